//! Rows that are stored and carried out together.

use super::import_row::ImportRow;

/// The most that identity-svc writes at once. Names and addresses come in no order: the more rows a transaction
/// has, the more of them share the pages of an index that it writes.
pub const ROWS: usize = 2_500;
/// Of cells as they were uploaded: a page of few rows is found by reading a block.
const BYTES: usize = 640 << 10;

/// The rows in blocks, none of them empty, in their order.
pub fn cut(rows: &[ImportRow]) -> Vec<&[ImportRow]> {
    let (mut blocks, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (row, end) in rows.iter().zip(1..) {
        bytes += row.cells.iter().map(String::len).sum::<usize>();
        if end - begin == ROWS || bytes >= BYTES {
            blocks.push(&rows[begin..end]);
            (begin, bytes) = (end, 0);
        }
    }
    blocks.extend(Some(&rows[begin..]).filter(|rest| !rest.is_empty()));
    blocks
}
