//! Organizations and their place in the tree.

use chrono::{DateTime, Utc};
use proto::refusal::Violation;
use uuid::Uuid;

use super::text;

const MAX_NAME: usize = 200;

/// An organization: a company, or a customer of one (Q31).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// UUIDv7.
    pub id: Uuid,
    /// The visible number, never reused (Q25).
    pub account_number: i64,
    /// The organization it is a customer of.
    pub parent: Option<Uuid>,
    /// The ids from the root to itself, each followed by a slash.
    pub path: String,
    /// 0 at the top.
    pub depth: i64,
    /// 1 to 200 characters.
    pub display_name: String,
    /// BCP 47, may be empty.
    pub default_language_code: String,
    /// Q1's setting.
    pub admins_may_grant_admin: bool,
    /// Row version: the etag.
    pub version: i64,
    /// When it was made.
    pub create_time: DateTime<Utc>,
    /// When it was changed last.
    pub update_time: DateTime<Utc>,
}

/// The range of paths that a subtree covers: `start <= path < end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// The root's own path.
    pub start: String,
    /// The first path behind the subtree.
    pub end: String,
}

impl Organization {
    /// The etag of this version.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

impl Subtree {
    /// The subtree of the organization with this path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        // The slash at the end is raised by one, so that every longer path lies below it.
        let end = format!("{}0", path.trim_end_matches('/'));
        Self { start: path.to_owned(), end }
    }

    /// Whether an organization with this path is in it.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        path.starts_with(&self.start)
    }

    /// Without those that lie in another one.
    #[must_use]
    pub fn outermost(mut subtrees: Vec<Self>) -> Vec<Self> {
        subtrees.sort_by(|a, b| a.start.cmp(&b.start));
        let mut outer: Vec<Self> = Vec::new();
        for subtree in subtrees {
            if outer.last().is_none_or(|last| !last.contains(&subtree.start)) {
                outer.push(subtree);
            }
        }
        outer
    }
}

/// The path of a child of the organization with `parent`'s path.
#[must_use]
pub fn path(parent: Option<&str>, id: Uuid) -> String {
    format!("{}{id}/", parent.unwrap_or_default())
}

/// A display name, 1 to 200 characters.
///
/// # Errors
/// A violation of `field`.
pub fn display_name(field: &str, text: &str) -> Result<String, Violation> {
    let name = text::checked(field, text, MAX_NAME)?;
    if name.is_empty() {
        return Err(text::violation(field, "is required"));
    }
    Ok(name)
}

/// What a search looks into (Q28).
#[must_use]
pub fn search_text(display_name: &str, account_number: i64) -> String {
    format!("{} {account_number}", text::fold(display_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q19_a_subtree_is_a_range_of_paths() {
        let (root, child, sibling) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let root = path(None, root);
        let child = path(Some(&root), child);
        let subtree = Subtree::of(&root);
        let covers = |path: &str| *path >= *subtree.start && *path < *subtree.end;
        assert!(covers(&root) && covers(&child) && subtree.contains(&child));
        assert!(!covers(&path(None, sibling)) && !subtree.contains(&path(None, sibling)));
        assert_eq!(Subtree::outermost(vec![Subtree::of(&child), subtree.clone()]), [subtree]);
    }
}
