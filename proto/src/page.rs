//! Page tokens (AIP-158): keyset positions, sealed and bound to their query.
//!
//! A token holds the last sort values and the total counted for the first
//! page. It is sealed with XChaCha20-Poly1305, so that it shows nothing and
//! cannot be made up, and it is refused for any other query, parent or caller.
//! Authorization is checked afresh on each page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refusal::{Reason, Refusal};

const DEFAULT_SIZE: i64 = 50;
const MAX_SIZE: i64 = 1000;
const NONCE_BYTES: usize = 24;
/// Tokens are at most this long, printed: the longest sort values (a name of 200 characters, each of
/// four bytes, in its folded form) fit in.
const MAX_TOKEN_BYTES: usize = 4096;
const LIFE: TimeDelta = TimeDelta::days(3);

/// Rows per page: 50 when unset, coerced to 1000; negative is refused.
pub fn size(page_size: i32) -> Result<i64, Refusal> {
    match i64::from(page_size) {
        size if size < 0 => Err(Refusal::field("page_size", "must not be negative")),
        0 => Ok(DEFAULT_SIZE),
        size => Ok(size.min(MAX_SIZE)),
    }
}

/// What a token belongs to. A token of another query is PAGE_TOKEN_MISMATCH.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Method, such as `UserService/ListUsers`.
    pub rpc: &'a str,
    /// The parent as the caller sent it.
    pub parent: &'a str,
    /// The filter as the caller sent it.
    pub filter: &'a str,
    /// The order as the caller sent it.
    pub order_by: &'a str,
    /// Who asks, without the session: tokens are not passed around.
    pub principal: &'a str,
}

/// Where the next page starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Values of the sort keys of the last row, the unique one last.
    pub last: Vec<String>,
    /// Counted once, for the first page.
    pub total_size: i64,
}

/// What is sealed. The binding is inside, so that a token of another query can
/// be told from one that was made up.
#[derive(Serialize, Deserialize)]
struct Sealed {
    position: Position,
    issued: i64,
    binding: String,
}

/// Seals and opens tokens.
#[derive(Clone)]
pub struct Tokens {
    keys: Vec<[u8; 32]>,
}

impl Tokens {
    /// The first key seals, all of them open: two versions live during a rotation.
    pub fn new(keys: Vec<[u8; 32]>) -> Self {
        Self { keys }
    }

    /// The token that opens the page after `position`.
    pub fn seal(
        &self,
        query: &Query<'_>,
        position: &Position,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let sealed = Sealed { position: position.clone(), issued: now.timestamp(), binding: binding(query) };
        let plain = serde_json::to_vec(&sealed).map_err(|_| Refusal::internal())?;
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Refusal::internal())?;
        let key = self.keys.first().ok_or_else(Refusal::internal)?;
        let sealed = XChaCha20Poly1305::new(&Key::from(*key))
            .encrypt(&XNonce::from(nonce), plain.as_slice())
            .map_err(|_| Refusal::internal())?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The position in a token; `None` for the first page (an empty token).
    ///
    /// Errors: BAD_PAGE_TOKEN (made up, damaged, older than 3 days),
    /// PAGE_TOKEN_MISMATCH (of another query).
    pub fn open(
        &self,
        token: &str,
        query: &Query<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Position>, Refusal> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = Some(token).filter(|token| token.len() <= MAX_TOKEN_BYTES);
        let bytes = bytes.and_then(|token| URL_SAFE_NO_PAD.decode(token).ok()).ok_or_else(bad)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(bad)?;
        let plain = self.unseal(nonce, sealed)?;
        let opened: Sealed = serde_json::from_slice(&plain).map_err(|_| bad())?;
        if opened.binding != binding(query) {
            return Err(Refusal::new(Reason::PageTokenMismatch, "this page token belongs to another query"));
        }
        let age = now.timestamp() - opened.issued;
        if age > LIFE.num_seconds() {
            return Err(bad());
        }
        Ok(Some(opened.position))
    }

    fn unseal(&self, nonce: &[u8; NONCE_BYTES], sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
        let open = |key: &[u8; 32]| {
            let cipher = XChaCha20Poly1305::new(&Key::from(*key));
            cipher.decrypt(&XNonce::from(*nonce), sealed).ok()
        };
        self.keys.iter().find_map(open).ok_or_else(bad)
    }
}

fn binding(query: &Query<'_>) -> String {
    let parts = [query.rpc, query.parent, query.filter, query.order_by, query.principal];
    let mut hash = Sha256::new();
    for part in parts {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

fn bad() -> Refusal {
    Refusal::new(
        Reason::BadPageToken,
        "this page token is damaged or older than 3 days: start at the first page",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(filter: &'static str) -> Query<'static> {
        Query {
            rpc: "UserService/ListUsers",
            parent: "organizations/-",
            filter,
            order_by: "",
            principal: "account:1",
        }
    }

    fn position() -> Position {
        Position { last: vec!["Lee, Ann".into(), "id".into()], total_size: 1234 }
    }

    fn time() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("in range")
    }

    #[test]
    fn a_token_opens_for_its_own_query_under_either_key() {
        let sealed = Tokens::new(vec![[1; 32]]).seal(&query("ann"), &position(), time()).expect("sealed");
        let rotated = Tokens::new(vec![[2; 32], [1; 32]]);
        assert_eq!(rotated.open(&sealed, &query("ann"), time()).expect("opens"), Some(position()));
        assert_eq!(rotated.open("", &query("ann"), time()).expect("first page"), None);
    }

    #[test]
    fn a_row_with_the_longest_name_can_end_a_page() {
        let tokens = Tokens::new(vec![[1; 32]]);
        let last = vec!["\u{20000}".repeat(400), "0198c7a0-0000-7000-8000-000000000001".into()];
        let position = Position { last, total_size: i64::MAX };
        let sealed = tokens.seal(&query("ann"), &position, time()).expect("sealed");
        assert_eq!(tokens.open(&sealed, &query("ann"), time()).expect("opens"), Some(position));
    }

    #[test]
    fn a_token_of_another_query_is_a_mismatch_and_a_made_up_one_is_bad() {
        let tokens = Tokens::new(vec![[1; 32]]);
        let sealed = tokens.seal(&query("ann"), &position(), time()).expect("sealed");
        let reason =
            |token: &str, filter, at| tokens.open(token, &query(filter), at).expect_err("refused").reason;
        assert_eq!(reason(&sealed, "bob", time()), Reason::PageTokenMismatch);
        assert_eq!(reason(&sealed, "ann", time() + LIFE + TimeDelta::seconds(1)), Reason::BadPageToken);
        assert_eq!(reason(&sealed[1..], "ann", time()), Reason::BadPageToken);
        assert_eq!(reason("x", "ann", time()), Reason::BadPageToken);
        assert_eq!(reason(&"A".repeat(5000), "ann", time()), Reason::BadPageToken);
    }
}
