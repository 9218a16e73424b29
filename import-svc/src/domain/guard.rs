//! The mark that keeps a spreadsheet from running a cell (ASVS 1.2.10), and its removal.
//!
//! A `'` is put before each dangerous character that begins a cell, or would begin one in a
//! spreadsheet that splits at another delimiter than the file's: LibreOffice and Excel of another
//! country turn `x;=1+1` into two cells. It is also put before `'`s that precede such a character,
//! so that taking one `'` off at each spot gives back every cell as it was.

use std::borrow::Cow;

/// The cell as it may stand in a file that a spreadsheet opens.
pub(super) fn add(cell: &str) -> Cow<'_, str> {
    rewrite(cell, |guarded, run| {
        guarded.push('\'');
        guarded.push_str(run);
    })
}

/// The cell before [`add`].
pub(super) fn remove(cell: &str) -> Cow<'_, str> {
    rewrite(cell, |bare, run| bare.push_str(run.strip_prefix('\'').unwrap_or(run)))
}

/// Hands over the text from each guarded spot up to the next.
fn rewrite(cell: &str, write: impl Fn(&mut String, &str)) -> Cow<'_, str> {
    let spots = spots(cell);
    let Some(&first) = spots.first() else {
        return Cow::Borrowed(cell);
    };
    let mut out = cell[..first].to_owned();
    let ends = spots.iter().skip(1).copied().chain([cell.len()]);
    for (start, end) in spots.iter().copied().zip(ends) {
        write(&mut out, &cell[start..end]);
    }
    Cow::Owned(out)
}

/// Where a cell begins or could begin, and `'`s, if any, lead to a dangerous character.
fn spots(cell: &str) -> Vec<usize> {
    let mut spots = Vec::new();
    let mut begins = true;
    for (position, character) in cell.char_indices() {
        if begins && is_dangerous(&cell[position..]) {
            spots.push(position);
        }
        begins = matches!(character, ',' | ';' | '\t' | '|' | '"' | '\r' | '\n');
    }
    spots
}

fn is_dangerous(rest: &str) -> bool {
    let first = rest.trim_start_matches('\'').chars().next();
    first.is_some_and(|character| {
        matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠')
    })
}
