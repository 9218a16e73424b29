//! Nothing is too long to be read at one go. Tests and generated code aside.

use std::path::Path;

use crate::Offences;
use crate::source::Source;
use crate::tree::{self, File};

const FILE_LINES: usize = 300;
const FUNCTION_LINES: usize = 60;

/// Files over 300 lines.
pub fn files(root: &Path) -> Offences {
    let too_long = |file: File| {
        let lines = file.text().lines().count() - Source::parse(&file).test_lines();
        (lines > FILE_LINES).then(|| format!("{}: {lines} lines", file.path))
    };
    shipped(root).filter_map(too_long).collect()
}

/// Functions over 60 lines, counted from the signature to the closing brace.
pub fn functions(root: &Path) -> Offences {
    let too_long = |file: File| {
        let functions = Source::parse(&file).functions();
        let long = functions.into_iter().filter(|function| function.lines > FUNCTION_LINES);
        long.map(move |found| {
            format!("{}:{}: {} has {} lines", file.path, found.line, found.name, found.lines)
        })
    };
    shipped(root).flat_map(too_long).collect()
}

fn shipped(root: &Path) -> impl Iterator<Item = File> {
    tree::rust(root).into_iter().filter(|file| !file.is_test())
}
