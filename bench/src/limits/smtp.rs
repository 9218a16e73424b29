//! A bare SMTP client: one connection, TCP_NODELAY, PIPELINING (RFC 2920), one write for the envelope and
//! one for the message.

use std::time::Instant;

use anyhow::ensure;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Messages of `size` bytes a second.
pub async fn per_second(port: u16, messages: usize, size: usize) -> anyhow::Result<f64> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    expect(&mut stream, "220").await?;
    stream.write_all(b"EHLO bench\r\n").await?;
    expect(&mut stream, "250").await?;
    let envelope = b"MAIL FROM:<a@bench.example>\r\nRCPT TO:<b@bench.example>\r\nDATA\r\n";
    let mut mail = b"From: a@bench.example\r\nTo: b@bench.example\r\nSubject: mail\r\n\r\n".to_vec();
    while mail.len() < size {
        mail.extend_from_slice(b"A line of the mail, as long as lines of mails are.\r\n");
    }
    mail.extend_from_slice(b".\r\n");
    let began = Instant::now();
    for _ in 0..messages {
        stream.write_all(envelope).await?;
        for code in ["250", "250", "354"] {
            expect(&mut stream, code).await?;
        }
        stream.write_all(&mail).await?;
        expect(&mut stream, "250").await?;
    }
    Ok(messages as f64 / began.elapsed().as_secs_f64())
}

/// Reads one answer, which may have several lines.
async fn expect(stream: &mut BufReader<TcpStream>, code: &str) -> anyhow::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        ensure!(line.starts_with(code), "{code} was expected: {line:?}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::sink::Sink;

    #[tokio::test]
    async fn the_sink_counts_what_the_bare_client_sends() {
        let (sink, port) = Sink::open().await.expect("a port");
        per_second(port, 10, 2000).await.expect("a rate");
        assert_eq!(sink.count(), 10);
    }
}
