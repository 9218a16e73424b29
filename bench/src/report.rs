//! `bench run`: the lines one after another; a table on the page if asked for.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::cli;
use crate::harness::figure::Figure;
use crate::harness::lab::Lab;
use crate::harness::process;
use crate::lines::{LINES, Line};

const HEAD: [&str; 7] = ["name", "ours", "limit", "ratio", "floor", "target", "CPU"];
const WIDTHS: [usize; 7] = [26, 14, 14, 7, 10, 10, 9];

/// A figure and the machine's load when it was taken.
struct Taken {
    figure: Figure,
    load: String,
}

/// Measures the lines that are named, or all.
pub async fn run(settings: cli::Run) -> anyhow::Result<ExitCode> {
    let mut lab = Lab::new(&settings.site, settings.rounds)?;
    lab.envoy.clone_from(&settings.envoy);
    lab.gateway.clone_from(&settings.gateway);
    let chosen = choose(&settings.lines)?;
    let began = Instant::now();
    println!("{}, load {}\n{}", process::machine(), process::load(), line(&HEAD.map(str::to_owned)));
    let (mut taken, mut broken) = (Vec::new(), 0);
    for chosen in chosen {
        match (chosen.measure)(&lab).await {
            Ok(figures) => taken.extend(figures.into_iter().map(show)),
            Err(error) => {
                broken += 1;
                println!("{}: {error:#}", chosen.name);
            }
        }
    }
    println!("{:.0} s", began.elapsed().as_secs_f64());
    if let Some(page) = &settings.site.write {
        write(page, "bench", &table(&taken))?;
    }
    let holds = broken == 0 && taken.iter().all(|taken| taken.figure.holds());
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn choose(names: &[String]) -> anyhow::Result<Vec<&'static Line>> {
    if names.is_empty() {
        return Ok(LINES.iter().collect());
    }
    let find = |name: &String| match LINES.iter().find(|line| line.name == name) {
        Some(line) => Ok(line),
        None => bail!("no line is called {name}"),
    };
    names.iter().map(find).collect()
}

fn show(figure: Figure) -> Taken {
    let judgement = if figure.holds() { "" } else { "  BELOW ITS FLOOR" };
    let note = if figure.note.is_empty() { String::new() } else { format!("  ({})", figure.note) };
    println!("{}{judgement}{note}", line(&figure.columns()));
    Taken { figure, load: process::load() }
}

fn line(columns: &[String; 7]) -> String {
    let padded = columns.iter().zip(WIDTHS).map(|(column, width)| format!("{column:<width$}"));
    padded.collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

fn table(taken: &[Taken]) -> String {
    let mut text = format!("{}.\n\n", process::machine());
    text.push_str(&format!("| {} | load | |\n|{}|\n", HEAD.join(" | "), ["---"; 9].join("|")));
    for Taken { figure, load } in taken {
        let cells = figure.columns().map(|cell| cell.replace('|', "/"));
        let name = format!("`{}`", cells[0]);
        text.push_str(&format!("| {name} | {} | {load} | {} |\n", cells[1..].join(" | "), figure.note));
    }
    text
}

/// Puts `text` between the marks `<!-- NAME: … -->` of a page.
pub fn write(page: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let old = fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let (before, rest) = old.split_once(&begin).with_context(|| format!("no {begin}"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("no {end}"))?;
    fs::write(page, format!("{before}{begin}\n\n{text}\n{end}{after}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_what_stands_around_its_table() {
        let page = std::env::temp_dir().join(format!("page-{}", std::process::id()));
        fs::write(&page, "a\n<!-- t: begin -->old<!-- t: end -->\nb").expect("a file");
        write(&page, "t", "new").expect("it is written");
        let text = fs::read_to_string(&page).expect("a file");
        fs::remove_file(&page).expect("it is there");
        assert_eq!(text, "a\n<!-- t: begin -->\n\nnew\n<!-- t: end -->\nb");
    }
}
