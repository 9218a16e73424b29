//! A mail server that takes everything and delays its acknowledgements, as real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use rustix::net::sockopt::set_tcp_quickack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::harness::beside;

/// Messages taken so far, and whether any are.
#[derive(Clone)]
pub struct Sink {
    taken: Arc<AtomicUsize>,
    open: Arc<watch::Sender<bool>>,
}

impl Sink {
    /// Listens; answers with its port.
    pub async fn open() -> anyhow::Result<(Self, u16)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let sink = Self { taken: Arc::default(), open: Arc::new(watch::Sender::new(true)) };
        let taken = sink.clone();
        beside(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let taken = taken.clone();
                beside(async move {
                    // A client that breaks off is missed in the count.
                    drop(taken.serve(stream).await);
                });
            }
        });
        Ok((sink, port))
    }

    pub fn count(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Shut, it hears what it is told and says nothing more; open again, it goes on where it was.
    pub fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Messages a second, from the first to the last of `messages` more.
    pub async fn rate(&self, from: usize, messages: usize) -> anyhow::Result<f64> {
        let begun = self.reaches(from + 1).await?;
        let ended = self.reaches(from + messages).await?;
        ensure!(messages > 1, "one message has no rate");
        Ok((messages - 1) as f64 / (ended - begun).as_secs_f64())
    }

    async fn reaches(&self, count: usize) -> anyhow::Result<Instant> {
        let (mut seen, mut moved) = (self.count(), Instant::now());
        while self.count() < count {
            tokio::time::sleep(Duration::from_micros(500)).await;
            if self.count() > seen {
                (seen, moved) = (self.count(), Instant::now());
            }
            if moved.elapsed() > Duration::from_secs(60) {
                bail!("{seen} of {count} mails arrived, and no more for a minute");
            }
        }
        Ok(Instant::now())
    }

    async fn serve(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let (mut read, mut in_message) = (Vec::new(), false);
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await?;
        stream.write_all(b"220 sink\r\n").await?;
        loop {
            // It answers for one segment only: asked for again before each.
            set_tcp_quickack(&stream, false)?;
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
            open.wait_for(|open| *open).await?;
            let mut answers = Vec::new();
            while let Some(end) = end(&read, in_message) {
                let line: Vec<u8> = read.drain(..end).collect();
                let answer = if in_message { self.took(&line) } else { answer(&line) };
                in_message = answer.starts_with("354");
                answers.extend_from_slice(answer.as_bytes());
            }
            stream.write_all(&answers).await?;
        }
    }

    fn took(&self, message: &[u8]) -> &'static str {
        if message.len() < 100 {
            return "554 that is no mail\r\n";
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        "250 taken\r\n"
    }
}

/// Behind a line, or behind a message.
fn end(read: &[u8], in_message: bool) -> Option<usize> {
    let mark: &[u8] = if in_message { b"\r\n.\r\n" } else { b"\r\n" };
    read.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len())
}

fn answer(line: &[u8]) -> &'static str {
    match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_slice() {
        b"EHLO" | b"HELO" => {
            "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000\r\n"
        }
        b"DATA" => "354 go on\r\n",
        b"QUIT" => "221 bye\r\n",
        _ => "250 ok\r\n",
    }
}
