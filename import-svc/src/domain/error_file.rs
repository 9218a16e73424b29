//! The failed rows as a file that can be fixed and uploaded again (N4).

use super::delimiter::CANDIDATES;
use super::guard;
use super::problem::Problem;

/// Columns behind the uploader's own; all four together mark an error file, and are ignored
/// when it is uploaded.
pub const EXTRA_HEADERS: [&str; 4] = ["row", "column", "code", "message"];

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes an error file: UTF-8 with byte order mark, RFC 4180 quotes and line ends, and the
/// upload's own delimiter, because that is what the uploader's spreadsheet splits at.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    delimiter: u8,
    width: usize,
}

impl Writer {
    /// A writer for rows of at most `widest` cells under a header of `names` cells.
    pub fn new(delimiter: u8, names: usize, widest: usize) -> Self {
        Self { delimiter, width: names.max(widest) }
    }

    /// The start of the file: the original headers and the extra ones.
    pub fn header(&self, names: &[String]) -> Vec<u8> {
        let mut out = BYTE_ORDER_MARK.as_bytes().to_vec();
        let extra = EXTRA_HEADERS.map(str::to_owned);
        self.line(names, &extra, &mut out);
        out
    }

    /// One failed row with all its problems.
    pub fn row(&self, cells: &[String], problems: &[Problem]) -> Vec<u8> {
        let mut out = Vec::new();
        let line = problems.first().map_or_else(String::new, |problem| problem.line.to_string());
        let extra = [
            line,
            join(problems, |problem| problem.column.to_owned()),
            join(problems, |problem| problem.code.as_str().to_owned()),
            join(problems, message),
        ];
        self.line(cells, &extra, &mut out);
        out
    }

    fn line(&self, cells: &[String], extra: &[String], out: &mut Vec<u8>) {
        for position in 0..self.width {
            self.cell(cells.get(position).map_or("", String::as_str), out);
            out.push(self.delimiter);
        }
        for (position, cell) in extra.iter().enumerate() {
            if position > 0 {
                out.push(self.delimiter);
            }
            self.cell(cell, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn cell(&self, cell: &str, out: &mut Vec<u8>) {
        write_cell(&guard::add(cell), out);
    }
}

/// Quotes whatever any spreadsheet could take apart, also one that splits at another delimiter.
pub(super) fn write_cell(cell: &str, out: &mut Vec<u8>) {
    let splits = |byte: u8| CANDIDATES.contains(&byte) || matches!(byte, b'"' | b'\r' | b'\n');
    let padded = cell.starts_with(' ') || cell.ends_with(' ');
    if !padded && !cell.bytes().any(splits) {
        out.extend_from_slice(cell.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

fn join(problems: &[Problem], part: impl Fn(&Problem) -> String) -> String {
    problems.iter().map(part).collect::<Vec<_>>().join("; ")
}

fn message(problem: &Problem) -> String {
    match &problem.suggestion {
        Some(suggestion) => format!("{} Perhaps: {suggestion}", problem.message),
        None => problem.message.clone(),
    }
}
