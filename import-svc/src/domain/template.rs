//! Files to start from (F5, B16).

use super::error_file::write_cell;
use super::kind::Kind;

/// The header row that the import accepts and nothing else: an example row in a template ends
/// up as a user sooner or later. UTF-8 with byte order mark, so that Excel reads it right.
pub fn template(kind: Kind) -> Vec<u8> {
    let mut out = "\u{feff}".as_bytes().to_vec();
    let headers: Vec<&str> = kind.profile().columns.iter().map(|column| column.header).collect();
    line(&headers, &mut out);
    out
}

/// The template with a few rows, to be looked at; its addresses belong to nobody (RFC 2606).
pub fn example(kind: Kind) -> Vec<u8> {
    let mut out = template(kind);
    for cells in kind.profile().samples {
        line(cells, &mut out);
    }
    out
}

fn line(cells: &[&str], out: &mut Vec<u8>) {
    for (position, cell) in cells.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_cell(cell, out);
    }
    out.extend_from_slice(b"\r\n");
}
