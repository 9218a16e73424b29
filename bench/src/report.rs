//! `bench run`: the lines one after another; a table on the page if asked for.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::time::timeout;

use crate::cli;
use crate::harness::figure::Figure;
use crate::harness::lab::Lab;
use crate::harness::process;
use crate::lines::{LINES, Line};
use crate::table;

pub const HEAD: [&str; 7] = ["name", "ours", "limit", "ratio", "floor", "target", "CPU"];
const WIDTHS: [usize; 7] = [26, 14, 14, 7, 10, 10, 9];

/// A line that takes longer hangs; the slowest brings a million people in twice.
const LONGEST: Duration = Duration::from_secs(1_200);

/// A figure and the machine's load when it was taken.
pub struct Taken {
    pub figure: Figure,
    pub load: String,
}

/// Measures the lines that are named, or all.
pub async fn run(settings: cli::Run) -> anyhow::Result<ExitCode> {
    let mut lab = Lab::new(&settings.site, settings.rounds)?;
    lab.envoy.clone_from(&settings.envoy);
    lab.gateway.clone_from(&settings.gateway);
    let chosen = choose(&settings.lines)?;
    let began = Instant::now();
    println!("{}, load {}\n{}", process::machine(), process::load(), line(&HEAD.map(str::to_owned)));
    let (mut taken, mut broken) = (Vec::new(), Vec::new());
    for chosen in chosen {
        match measure(chosen, &lab).await {
            Ok(figures) => taken.extend(figures.into_iter().map(show)),
            Err(error) => {
                println!("{}: {error:#}", chosen.name);
                broken.push((chosen.name, format!("{error:#}")));
            }
        }
    }
    println!("{:.0} s", began.elapsed().as_secs_f64());
    if let Some(page) = &settings.site.write {
        table::write(page, &taken, &broken)?;
    }
    let holds = broken.is_empty() && taken.iter().all(|taken| taken.figure.holds());
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(line: &Line, lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    timeout(LONGEST, (line.measure)(lab)).await.unwrap_or_else(|_| bail!("not done in {LONGEST:?}"))
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
