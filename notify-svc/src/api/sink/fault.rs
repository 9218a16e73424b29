//! What can go wrong with a mail.

use std::str::FromStr;
use std::sync::Arc;

use tokio::sync::Notify;

/// What happens to one mail, or to a conversation.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer to EHLO.
    Hello(String),
    /// This answer to MAIL.
    Sender(String),
    /// This answer to RCPT.
    Recipient(String),
    /// RCPT is answered when somebody says so.
    Held(Arc<Notify>),
    /// This answer after the final dot.
    FinalDot(String),
    /// The connection is closed after DATA.
    CutBeforeData,
    /// The connection is closed after the final dot, without an answer: nobody knows whether it was taken.
    CutAfterFinalDot,
    /// The mail is taken, then this is said unasked, if anything, and the connection is closed.
    Leaves(String),
}

/// It names no fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unknown {
    /// Not `STAGE=ANSWER`.
    #[error(
        "`{0}` is no fault: hello=ANSWER, sender=ANSWER, recipient=ANSWER, final-dot=ANSWER, leave=ANSWER, \
         cut=before-data or cut=after-final-dot"
    )]
    Fault(String),
    /// RFC 5321, 4.2: three digits and a text.
    #[error("`{0}` is no answer of a mail server: three digits and a text, such as `451 4.7.1 greylisted`")]
    Answer(String),
}

impl FromStr for Fault {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let unknown = || Unknown::Fault(text.to_owned());
        let (stage, said) = text.split_once('=').ok_or_else(unknown)?;
        match (stage, said) {
            ("cut", "before-data") => Ok(Self::CutBeforeData),
            ("cut", "after-final-dot") => Ok(Self::CutAfterFinalDot),
            ("hello", said) => answer(said).map(Self::Hello),
            ("sender", said) => answer(said).map(Self::Sender),
            ("recipient", said) => answer(said).map(Self::Recipient),
            ("final-dot", said) => answer(said).map(Self::FinalDot),
            ("leave", said) => answer(said).map(Self::Leaves),
            _ => Err(unknown()),
        }
    }
}

fn answer(said: &str) -> Result<String, Unknown> {
    let code = said.as_bytes().first_chunk::<3>();
    let known = code.is_some_and(|[first, rest @ ..]| {
        matches!(first, b'2'..=b'5') && rest.iter().all(u8::is_ascii_digit)
    });
    let one_line = !said.contains(['\r', '\n']);
    let parted = said.as_bytes().get(3).is_none_or(|next| *next == b' ');
    if known && one_line && parted { Ok(said.to_owned()) } else { Err(Unknown::Answer(said.to_owned())) }
}
