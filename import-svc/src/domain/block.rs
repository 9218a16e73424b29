//! Rows that are stored and carried out together.

use super::import_row::ImportRow;

/// The most that identity-svc writes at once. Names and addresses come in no order: the more rows a transaction
/// has, the more of them share the pages of an index that it writes.
pub const ROWS: usize = 2_500;
/// Of cells as they were uploaded: a page of few rows is found by reading a block.
const BYTES: usize = 640 << 10;

/// The rows in blocks, none of them empty, in their order.
pub fn cut(rows: Vec<ImportRow>) -> Vec<Vec<ImportRow>> {
    let (mut blocks, mut block, mut bytes) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        bytes += row.cells.iter().map(String::len).sum::<usize>();
        block.push(row);
        if block.len() == ROWS || bytes >= BYTES {
            blocks.push(std::mem::take(&mut block));
            bytes = 0;
        }
    }
    blocks.extend((!block.is_empty()).then_some(block));
    blocks
}
