//! One client, from the greeting to QUIT (RFC 5321).

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::{Ear, Fault, Faults, Heard, PATIENCE};

/// The longest line that is read: twice what RFC 5321 lets a client send.
const MOST_OF_A_LINE: u64 = 2_000;
/// The largest mail.
const MOST_OF_A_MAIL: usize = 8 * 1024 * 1024;

/// What comes next.
enum Next {
    /// This is said.
    Say(String),
    /// This is said, if anything, and the connection closed.
    Close(Option<String>),
}

struct Conversation<'a> {
    lines: BufReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
    faults: &'a Faults,
    ear: &'a Ear,
    /// Of the mail at hand, or of the greeting.
    fault: Option<Fault>,
    /// The sender of the mail at hand was accepted.
    has_sender: bool,
    /// Somebody may get it.
    has_recipient: bool,
}

/// Talks until either side has enough.
pub(super) async fn hold(stream: TcpStream, faults: &Faults, ear: &Ear) -> io::Result<()> {
    let (lines, out) = stream.into_split();
    let fault = faults.of_greeting();
    let lines = BufReader::new(lines);
    let mut conversation =
        Conversation { lines, out, faults, ear, fault, has_sender: false, has_recipient: false };
    conversation.say("220 roster mailbox").await?;
    while let Some(line) = read(&mut conversation.lines).await? {
        match conversation.next(&line).await? {
            Next::Say(answer) => conversation.say(&answer).await?,
            Next::Close(last) => {
                if let Some(last) = last {
                    conversation.say(&last).await?;
                }
                return Ok(());
            }
        }
    }
    Ok(())
}

impl Conversation<'_> {
    async fn next(&mut self, line: &str) -> io::Result<Next> {
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (verb.as_str(), &self.fault) {
            ("EHLO", Some(Fault::Hello(answer))) => answer.clone(),
            ("EHLO", _) => "250-roster mailbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            ("MAIL", _) => {
                self.fault = self.faults.of_mail();
                let answer =
                    if let Some(Fault::Sender(answer)) = &self.fault { answer.clone() } else { ok() };
                (self.has_sender, self.has_recipient) = (answer.starts_with('2'), false);
                answer
            }
            ("RCPT", _) => {
                let answer = self.recipient(line).await;
                self.has_recipient |= answer.starts_with('2');
                answer
            }
            // A client that pipelines sends it before it knows (RFC 2920).
            ("DATA", _) if !self.has_recipient => "554 5.5.1 no recipient".to_owned(),
            ("DATA", Some(Fault::CutBeforeData)) => return Ok(Next::Close(None)),
            ("DATA", _) => return self.data().await,
            ("QUIT", _) => return Ok(Next::Close(Some("221 bye".to_owned()))),
            ("RSET", _) => {
                (self.has_sender, self.has_recipient) = (false, false);
                ok()
            }
            ("HELO" | "NOOP", _) => ok(),
            _ => "502 5.5.1 not here".to_owned(),
        };
        Ok(Next::Say(answer))
    }

    async fn recipient(&self, line: &str) -> String {
        (self.ear)(Heard::Recipient(line));
        match &self.fault {
            _ if !self.has_sender => "503 5.5.1 no sender".to_owned(),
            Some(Fault::Recipient(answer)) => answer.clone(),
            Some(Fault::Held(go_on)) => {
                go_on.notified().await;
                ok()
            }
            _ => ok(),
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        self.say("354 go on").await?;
        let Some(mail) = mail(&mut self.lines).await? else { return Ok(Next::Close(None)) };
        (self.ear)(Heard::Mail(&mail));
        (self.has_sender, self.has_recipient) = (false, false);
        let taken = || "250 2.0.0 taken".to_owned();
        Ok(match &self.fault {
            Some(Fault::CutAfterFinalDot) => Next::Close(None),
            Some(Fault::FinalDot(answer)) => Next::Say(answer.clone()),
            Some(Fault::Leaves(word)) if word.is_empty() => Next::Close(Some(taken())),
            Some(Fault::Leaves(word)) => Next::Close(Some(format!("{}\r\n{word}", taken()))),
            _ => Next::Say(taken()),
        })
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        timeout(PATIENCE, self.out.write_all(format!("{answer}\r\n").as_bytes())).await?
    }
}

fn ok() -> String {
    "250 ok".to_owned()
}

/// A line without its end; none at the end of the connection.
async fn read(lines: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    timeout(PATIENCE, lines.take(MOST_OF_A_LINE).read_until(b'\n', &mut line)).await??;
    match line.strip_suffix(b"\n") {
        Some(whole) => {
            let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
            Ok(Some(String::from_utf8_lossy(whole).into_owned()))
        }
        None if line.is_empty() => Ok(None),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long, or cut off")),
    }
}

/// Up to the final dot; none when the client is gone before it.
async fn mail(lines: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut mail = String::new();
    while let Some(line) = read(lines).await? {
        if line == "." {
            return Ok(Some(mail));
        }
        if mail.len() + line.len() > MOST_OF_A_MAIL {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a mail is too large"));
        }
        // RFC 5321, 4.5.2.
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        mail.push('\n');
    }
    Ok(None)
}
