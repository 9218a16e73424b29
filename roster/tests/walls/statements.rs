//! The statements of the stores, read from their source.

use std::path::Path;

/// A statement as its store writes it.
pub struct Statement {
    pub place: String,
    pub text: String,
}

/// Every text in a service's `store/` that chooses rows by their organization. The columns that a macro
/// names are all columns here.
pub fn of(service: &str) -> Vec<Statement> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{service}-svc/src/store"));
    let mut statements = Vec::new();
    visit(&store, &mut |path, source| {
        for text in texts(source) {
            let place = format!("{service} {}", path.file_name().unwrap().to_string_lossy());
            statements.push(Statement { place, text });
        }
    });
    statements
}

fn visit(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => visit(&path, see),
            false => see(&path, &std::fs::read_to_string(&path).unwrap()),
        }
    }
}

/// Literals, those of a `concat!` joined.
fn texts(source: &str) -> Vec<String> {
    let source =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut texts = Vec::new();
    let mut pieces = source.split('"');
    let (mut text, mut before) = (String::new(), pieces.next().unwrap_or_default());
    while let Some(literal) = pieces.next() {
        let joined = matches!(before.trim(), ", columns!()," | ", columns!(),\n" | ",");
        let columns = before.contains("columns!()");
        if !(joined || columns) {
            texts.push(std::mem::take(&mut text));
        }
        text.push_str(if columns { "*" } else { "" });
        text.push_str(literal);
        before = pieces.next().unwrap_or_default();
    }
    texts.push(text);
    texts.retain(|text| text.contains("organization_id = $"));
    texts
}
