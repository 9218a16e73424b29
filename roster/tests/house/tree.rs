//! Reading a tree: every file that is not ignored, by its path below the root.

use std::fs;
use std::path::Path;

/// A file of the tree.
pub struct File {
    /// Path below the root, with `/` between the parts.
    pub path: String,
    /// The content; `None` if it is not text.
    pub text: Option<String>,
}

impl File {
    /// Whether the file is Rust that a person wrote.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.contains("/generated/")
    }

    /// Whether the file only proves and is not shipped.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.contains("/benches/") || self.path.starts_with("bench/")
    }

    /// The text of a file that must be text.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// Every file below `root` that .gitignore does not name, in the order of their paths.
pub fn files(root: &Path) -> Vec<File> {
    let ignored = Ignored::read(root);
    let mut found = Vec::new();
    walk(root, "", &ignored, &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// The Rust files of [`files`].
pub fn rust(root: &Path) -> Vec<File> {
    files(root).into_iter().filter(File::is_rust).collect()
}

/// The names in one folder that .gitignore does not name; empty if there is no such folder.
pub fn names(root: &Path, folder: &str) -> Vec<String> {
    let ignored = Ignored::read(root);
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !ignored.covers(format!("{folder}/{name}").trim_start_matches('/')));
    names.sort();
    names
}

fn walk(root: &Path, below: &str, ignored: &Ignored, found: &mut Vec<File>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        let path = path.trim_start_matches('/').to_owned();
        if ignored.covers(&path) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            walk(root, &path, ignored, found);
            continue;
        }
        let text = fs::read(entry.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        found.push(File { path, text });
    }
}

/// The patterns of .gitignore, of the three shapes in use: `/here/only/`, `anywhere/`, `*.ending`.
struct Ignored(Vec<String>);

impl Ignored {
    fn read(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(str::to_owned).collect())
    }

    fn covers(&self, path: &str) -> bool {
        path == ".git" || self.0.iter().any(|pattern| matches(pattern, path))
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    if let Some(here) = pattern.strip_prefix('/') {
        return path == here.trim_end_matches('/');
    }
    if let Some(ending) = pattern.strip_prefix('*') {
        return path.ends_with(ending);
    }
    path.rsplit('/').next() == Some(pattern.trim_end_matches('/'))
}
