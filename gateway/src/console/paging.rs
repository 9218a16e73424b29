//! Lists: search, page size and place, all in the address, so that Back works.
//!
//! Next goes by page token; Previous goes by number (`start`), because tokens
//! only lead forward. Services skip at most 10,000 rows, so a Previous from
//! further on leads to the last page before that.

use tonic::{Code, Status};

use super::address;
use super::desk::Desk;
use super::failure::Failure;
use super::view::list::{Empty, Paging, SIZES, Search, Size};

/// Most rows that a list may skip.
const SKIP_MOST: u64 = 10_000;
const DEFAULT_SIZE: u64 = 50;
/// A filter holds 20 terms and 1,024 bytes; some are the page's own.
const WORDS_MOST: usize = 12;
const WORD_BYTES: usize = 800;

/// What the address says about a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    /// Path of the page.
    path: String,
    /// Other parts of the query that links keep, such as a tab.
    keep: Vec<(String, String)>,
    /// What was typed (`q`).
    pub(super) text: String,
    size: u64,
    start: u64,
    token: String,
}

impl Turn {
    /// Reads `q`, `size`, `start`, `page_token` and the query parameters in `keep`.
    pub(super) fn of(desk: &Desk, path: &str, keep: &[&str]) -> Self {
        let size = desk.asked("size").parse().ok().filter(|size| SIZES.contains(size));
        let kept = keep.iter().map(|name| ((*name).to_owned(), desk.asked(name).to_owned()));
        Self {
            path: path.to_owned(),
            keep: kept.filter(|(_, value)| !value.is_empty()).collect(),
            text: desk.asked("q").to_owned(),
            size: size.unwrap_or(DEFAULT_SIZE),
            start: desk.asked("start").parse().unwrap_or(0),
            token: desk.asked("page_token").to_owned(),
        }
    }

    /// `page_size` of the request.
    pub(super) fn page_size(&self) -> i32 {
        i32::try_from(self.size).unwrap_or(i32::MAX)
    }

    /// `page_token` of the request.
    pub(super) fn page_token(&self) -> String {
        self.token.clone()
    }

    /// `skip` of the request: only without a token.
    pub(super) fn skip(&self) -> i32 {
        let skipped = if self.token.is_empty() { self.start.min(SKIP_MOST) } else { 0 };
        i32::try_from(skipped).unwrap_or(0)
    }

    /// The typed words as terms of a filter: quoted, so that nobody's name is an operator.
    pub(super) fn words(&self) -> String {
        words(&self.text)
    }

    /// Whether something was searched for.
    pub(super) fn searches(&self) -> bool {
        !self.text.is_empty()
    }

    /// The search box.
    pub(super) fn search(&self, label: &str, placeholder: &str) -> Search {
        let mut keep = self.keep.clone();
        if self.size != DEFAULT_SIZE {
            keep.push(("size".to_owned(), self.size.to_string()));
        }
        let (action, text) = (self.path.clone(), self.text.clone());
        Search { action, label: label.to_owned(), placeholder: placeholder.to_owned(), text, keep }
    }

    /// This list without search and place.
    pub(super) fn cleared(&self) -> String {
        let kept: Vec<(&str, &str)> =
            self.keep.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        address::with(&self.path, &kept)
    }

    /// This list from its start with another value for one of the kept parts: a tab, an order.
    pub(super) fn kept_with(&self, name: &str, value: &str) -> String {
        let mut turn = self.clone();
        turn.keep.retain(|(kept, _)| kept != name);
        turn.keep.push((name.to_owned(), value.to_owned()));
        turn.at(self.size, 0, "")
    }

    /// The foot of the list: `shown` rows of `total`, and the token of the next page.
    pub(super) fn paging(&self, shown: usize, total: i32, next_page_token: &str) -> Paging {
        let shown = u64::try_from(shown).unwrap_or(u64::MAX);
        let start = if self.token.is_empty() { self.start.min(SKIP_MOST) } else { self.start };
        let total = u64::try_from(total).unwrap_or(0).max(start + shown);
        let next = (!next_page_token.is_empty()).then(|| self.at(self.size, start + shown, next_page_token));
        let previous = (start > 0).then(|| self.at(self.size, self.before(start), ""));
        let sizes = SIZES.map(|rows| Size { rows, href: self.at(rows, 0, "") }).to_vec();
        let first = if shown == 0 { start } else { start + 1 };
        Paging { first, last: start + shown, total, size: self.size, previous, next, sizes }
    }

    /// The same for a list that cannot skip: Previous leads to its start.
    pub(super) fn paging_forward(&self, shown: usize, total: i32, next_page_token: &str) -> Paging {
        let paging = self.paging(shown, total, next_page_token);
        let previous = paging.previous.map(|_| self.at(self.size, 0, ""));
        Paging { previous, ..paging }
    }

    /// What a list shows that was refused: no right, or not to be had now.
    ///
    /// # Errors
    ///
    /// Everything else is a page of its own.
    pub(super) fn without_rows(&self, status: Status) -> Result<Empty, Failure> {
        match status.code() {
            Code::PermissionDenied => Ok(Empty::no_right()),
            Code::Unavailable | Code::DeadlineExceeded => {
                Ok(Empty::failed(self.at(self.size, self.start, &self.token)))
            }
            _ => Err(status.into()),
        }
    }

    fn before(&self, start: u64) -> u64 {
        start.saturating_sub(self.size).min(SKIP_MOST / self.size * self.size)
    }

    fn at(&self, size: u64, start: u64, token: &str) -> String {
        let size = if size == DEFAULT_SIZE { String::new() } else { size.to_string() };
        let start = if start == 0 { String::new() } else { start.to_string() };
        let place = [("q", self.text.as_str()), ("size", &size), ("start", &start), ("page_token", token)];
        address::with(&self.cleared(), &place)
    }
}

/// Typed text as terms of a filter: quoted, so that nobody's name is an operator.
pub(super) fn words(typed: &str) -> String {
    let split = |character: char| character.is_whitespace() || matches!(character, ',' | ';');
    let mut terms = String::new();
    for word in typed.split(split).filter(|word| !word.is_empty()).take(WORDS_MOST) {
        let term = format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
        if terms.len() + term.len() > WORD_BYTES {
            break;
        }
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&term);
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(start: u64, token: &str) -> Turn {
        let (path, token) = ("/o/1/users".to_owned(), token.to_owned());
        Turn { path, text: "ann".to_owned(), size: 50, start, token, keep: Vec::new() }
    }

    #[test]
    fn d3_the_place_is_in_the_address() {
        let first = turn(0, "").paging(50, 120, "t1");
        assert_eq!(first.range(), "1-50 of 120");
        assert_eq!(first.previous, None);
        assert_eq!(first.next.as_deref(), Some("/o/1/users?q=ann&start=50&page_token=t1"));
        let last = turn(100, "t2").paging(20, 120, "");
        assert_eq!(last.range(), "101-120 of 120");
        assert_eq!((last.previous.as_deref(), last.next), (Some("/o/1/users?q=ann&start=50"), None));
        assert_eq!(last.sizes[0].href, "/o/1/users?q=ann&size=10");
    }

    #[test]
    fn a_token_goes_on_and_a_number_skips() {
        assert_eq!(turn(100, "t2").skip(), 0);
        assert_eq!(turn(100, "").skip(), 100);
        assert_eq!(turn(1_000_000, "").skip(), 10_000);
        let far = turn(20_000, "t").paging(50, 30_000, "").previous;
        assert_eq!(far.as_deref(), Some("/o/1/users?q=ann&start=10000"));
    }

    #[test]
    fn typed_words_are_never_operators() {
        let typed = |text: &str| Turn { text: text.to_owned(), ..turn(0, "") }.words();
        assert_eq!(typed("lee, ann"), "\"lee\" \"ann\"");
        assert_eq!(typed("NOT state = \"x\\"), r#""NOT" "state" "=" "\"x\\""#);
        assert_eq!(typed("  "), "");
        assert!(typed(&"word ".repeat(500)).len() < 1024);
        assert!(typed(&"語\" ".repeat(500)).len() < 1024);
    }
}
