//! An SMTP server that says what it is told to say and keeps what it gets.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to the next conversation.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer to EHLO.
    Hello(&'static str),
    /// This answer to MAIL.
    Sender(&'static str),
    /// RCPT is answered when somebody says so.
    Held(Arc<Notify>),
    /// This answer to RCPT.
    Recipient(&'static str),
    /// This answer after the final dot.
    FinalDot(&'static str),
    /// The connection is closed after the final dot, without an answer.
    CutAfterFinalDot,
    /// The connection is closed after DATA.
    CutBeforeData,
    /// The mail is taken, then this is said unasked and the connection is closed.
    Leaves(&'static str),
}

#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    recipients: Arc<Mutex<Vec<String>>>,
    faults: Arc<Mutex<Vec<Fault>>>,
}

impl Sink {
    pub async fn start(faults: Vec<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Self {
            port,
            mails: Arc::default(),
            recipients: Arc::default(),
            faults: Arc::new(Mutex::new(faults)),
        };
        let serving = sink.clone();
        platform::testing::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sink = serving.clone();
                platform::testing::spawn(async move { sink.converse(stream).await });
            }
        });
        sink
    }

    /// What came in whole, answered or not.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// The RCPT lines so far, answered or not.
    pub fn recipients(&self) -> Vec<String> {
        self.recipients.lock().unwrap().clone()
    }

    /// The next fault, when it is one of the greeting.
    fn hello(&self) -> Option<Fault> {
        let greets = matches!(self.faults.lock().unwrap().first(), Some(Fault::Hello(_)));
        if greets { self.next_fault() } else { None }
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        (!faults.is_empty()).then(|| faults.remove(0))
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 sink\r\n").await.ok()?;
        let mut fault = self.hello();
        loop {
            let line = lines.next_line().await.ok()??;
            let verb = line.split_whitespace().next().unwrap_or_default().to_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => match &fault {
                    Some(Fault::Hello(answer)) => (*answer).to_owned(),
                    _ => "250-sink\r\n250-PIPELINING\r\n250 8BITMIME".to_owned(),
                },
                "MAIL" => {
                    fault = self.next_fault();
                    match &fault {
                        Some(Fault::Sender(answer)) => (*answer).to_owned(),
                        _ => "250 ok".to_owned(),
                    }
                }
                "RCPT" => {
                    self.recipients.lock().unwrap().push(line);
                    match &fault {
                        Some(Fault::Recipient(answer)) => (*answer).to_owned(),
                        Some(Fault::Held(go_on)) => {
                            go_on.notified().await;
                            "250 ok".to_owned()
                        }
                        _ => "250 ok".to_owned(),
                    }
                }
                "DATA" => {
                    if matches!(fault, Some(Fault::CutBeforeData)) {
                        return None;
                    }
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    let mail = message(&mut lines).await?;
                    self.mails.lock().unwrap().push(mail);
                    match &fault {
                        Some(Fault::CutAfterFinalDot) => return None,
                        Some(Fault::FinalDot(answer)) => (*answer).to_owned(),
                        Some(Fault::Leaves(word)) => {
                            writer.write_all(format!("250 2.0.0 taken\r\n{word}").as_bytes()).await.ok()?;
                            return None;
                        }
                        _ => "250 2.0.0 taken".to_owned(),
                    }
                }
                "QUIT" => "221 bye".to_owned(),
                _ => "250 ok".to_owned(),
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
    }
}

/// Up to the final dot.
async fn message(lines: &mut Lines<BufReader<OwnedReadHalf>>) -> Option<String> {
    let mut mail = String::new();
    loop {
        let line = lines.next_line().await.ok()??;
        if line == "." {
            return Some(mail);
        }
        mail.push_str(&line);
        mail.push('\n');
    }
}
