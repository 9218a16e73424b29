//! The table of the suite on a page, and the marks between which it stands.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::harness::process;
use crate::lines::LINES;
use crate::report::{HEAD, Taken};

/// Puts the lines into the table of a page; a line that was not measured this time keeps what it had.
/// A broken line is there with its problem.
pub fn write(page: &Path, taken: &[Taken], broken: &[(&str, String)]) -> anyhow::Result<()> {
    let [_, old, _] = parts(page, "bench")?;
    let mut rows: Vec<String> = taken.iter().map(row).collect();
    let problem = |(name, problem): &(&str, String)| {
        format!("| `{name}` {}| failed: {} |", "| ".repeat(7), problem.replace(['|', '\n'], " "))
    };
    rows.extend(broken.iter().map(problem));
    let measured: Vec<&str> = rows.iter().map(|row| name(row)).collect();
    let kept = old.lines().filter(|row| row.starts_with("| `") && !measured.contains(&name(row)));
    let mut all: Vec<String> = kept.map(str::to_owned).collect();
    all.extend(rows);
    all.sort_by_key(|row| place(name(row)));
    let head = format!("| {} | load | |\n|{}|", HEAD.join(" | "), ["---"; 9].join("|"));
    put(page, "bench", &format!("{}.\n\n{head}\n{}\n", process::machine(), all.join("\n")))
}

fn row(Taken { figure, load }: &Taken) -> String {
    let cells = figure.columns().map(|cell| cell.replace('|', "/"));
    format!("| `{}` | {} | {load} | {} |", cells[0], cells[1..].join(" | "), figure.note)
}

fn name(row: &str) -> &str {
    row.split('`').nth(1).unwrap_or_default()
}

/// Where the suite has it: figures carry the name of their line and more.
fn place(name: &str) -> (usize, usize) {
    let line = LINES.iter().enumerate().filter(|(_, line)| name.starts_with(line.name));
    let longest = line.max_by_key(|(_, line)| line.name.len());
    (longest.map_or(usize::MAX, |(at, _)| at), name.len())
}

/// Puts `text` between the marks `<!-- NAME: … -->` of a page.
pub fn put(page: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let [before, _, after] = parts(page, name)?;
    fs::write(page, format!("{before}\n\n{text}\n{after}"))?;
    Ok(())
}

/// What stands up to the first mark, between the marks, and from the second on.
fn parts(page: &Path, name: &str) -> anyhow::Result<[String; 3]> {
    let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).with_context(|| format!("no {begin}"))?;
    let (between, after) = rest.split_once(&end).with_context(|| format!("no {end}"))?;
    Ok([format!("{before}{begin}"), between.to_owned(), format!("{end}{after}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_stands_around_its_table() {
        let page = std::env::temp_dir().join(format!("page-{}", std::process::id()));
        fs::write(&page, "a\n<!-- t: begin -->old<!-- t: end -->\nb").expect("a file");
        put(&page, "t", "new").expect("it is written");
        let text = fs::read_to_string(&page).expect("a file");
        fs::remove_file(&page).expect("it is there");
        assert_eq!(text, "a\n<!-- t: begin -->\n\nnew\n<!-- t: end -->\nb");
    }
}
