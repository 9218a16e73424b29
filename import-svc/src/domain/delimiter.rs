//! Which character separates the cells.

use std::collections::BTreeMap;

use super::refusal::{Reason, Refusal};

/// The delimiters that are known, the likeliest first.
pub const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

const RECORDS_LOOKED_AT: usize = 2_000;

/// The delimiter and how many bytes of the head are a `sep=` line.
pub(super) fn detect(head: &str, complete: bool) -> Result<(u8, usize), Refusal> {
    if let Some((delimiter, length)) = separator_line(head) {
        let known = CANDIDATES.into_iter().find(|candidate| *candidate == delimiter);
        return known.map(|delimiter| (delimiter, length)).ok_or_else(unknown);
    }
    let mut best = (CANDIDATES[0], (false, 0));
    for candidate in CANDIDATES {
        let score = score(&field_counts(head.as_bytes(), candidate, complete));
        if score > best.1 {
            best = (candidate, score);
        }
    }
    Ok((best.0, 0))
}

/// Excel's own first line, `sep=;`, which it hides from the sheet.
fn separator_line(head: &str) -> Option<(u8, usize)> {
    let end = head.find(['\r', '\n']).unwrap_or(head.len());
    let line = head.get(..end)?.trim_matches('"');
    let (name, value) = line.split_at_checked(4)?;
    if !name.eq_ignore_ascii_case("sep=") || value.len() != 1 {
        return None;
    }
    let rest = head.get(end..)?;
    let terminator = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
    Some((*value.as_bytes().first()?, end + terminator))
}

/// Cells per record, quotes respected; blank lines and a record cut off by the head's end left out.
fn field_counts(head: &[u8], delimiter: u8, complete: bool) -> Vec<usize> {
    let mut counts = Vec::new();
    let (mut fields, mut quoted, mut cell_start, mut blank) = (1, false, true, true);
    let mut just_closed = false;
    for &byte in head {
        if quoted {
            quoted = byte != b'"';
            just_closed = !quoted;
            continue;
        }
        if byte == b'\n' || byte == b'\r' {
            if !blank {
                counts.push(fields);
            }
            (fields, cell_start, blank, just_closed) = (1, true, true, false);
            if counts.len() == RECORDS_LOOKED_AT {
                return counts;
            }
            continue;
        }
        blank = false;
        // A quote right behind a closing one stands for a quote: the cell goes on.
        quoted = byte == b'"' && (cell_start || just_closed);
        just_closed = false;
        cell_start = byte == delimiter;
        fields += usize::from(cell_start);
    }
    if complete && !blank {
        counts.push(fields);
    }
    counts
}

/// Better delimiters split the first record and give many records the same number of cells.
fn score(counts: &[usize]) -> (bool, usize) {
    let mut frequency = BTreeMap::new();
    for count in counts {
        *frequency.entry(*count).or_insert(0_usize) += 1;
    }
    let Some((cells, records)) =
        frequency.into_iter().filter(|(cells, _)| *cells > 1).max_by_key(|(c, n)| c * n)
    else {
        return (false, 0);
    };
    (counts.first().is_some_and(|first| *first > 1), records * cells)
}

fn unknown() -> Refusal {
    let message = "The first line says sep= with an unknown delimiter. Use a comma, semicolon, tab or |.";
    Refusal::new(Reason::DelimiterUnknown, message)
}
