//! The connection to a relay, read line by line until it is encrypted.
//!
//! lettre reads ahead and keeps what it read when it begins TLS. Whoever sits on the wire could send answers behind
//! the one to STARTTLS, in the clear, which would be taken for those of the relay inside of TLS (the response
//! injection of CVE-2011-0411). What is not read ahead stands before the relay's handshake instead, and ends it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::config::Security;

/// The first byte of a TLS handshake (RFC 8446, 5.1); no command of SMTP begins with it.
const HANDSHAKE: u8 = 0x16;

/// Connects without TLS, or without it yet.
pub async fn open(address: (&str, u16), security: Security) -> io::Result<Box<dyn AsyncTokioStream>> {
    let stream = TcpStream::connect(address).await?;
    // The final dot is a write of its own: without this it waits 40 ms for an ACK.
    stream.set_nodelay(true)?;
    Ok(if security == Security::Starttls { Box::new(LineByLine::new(stream)) } else { Box::new(stream) })
}

/// Gives a line at a time, until a handshake is written.
#[derive(Debug)]
struct LineByLine {
    stream: TcpStream,
    is_encrypted: bool,
}

impl LineByLine {
    /// A connection on which nothing was said yet.
    fn new(stream: TcpStream) -> Self {
        Self { stream, is_encrypted: false }
    }

    /// How many bytes there are up to the end of the line, or of what has come of it.
    fn poll_line(&self, context: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        let mut seen = [0; 1024];
        let room = room.min(seen.len());
        let mut peeked = ReadBuf::new(&mut seen[..room]);
        let count = ready!(self.stream.poll_peek(context, &mut peeked))?;
        let end = peeked.filled().iter().position(|byte| *byte == b'\n');
        Poll::Ready(Ok(end.map_or(count, |end| end + 1)))
    }
}

impl AsyncRead for LineByLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_encrypted {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let length = ready!(self.poll_line(context, buffer.remaining()))?;
        let mut line = vec![0; length];
        let mut taken = ReadBuf::new(&mut line);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut taken))?;
        buffer.put_slice(taken.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineByLine {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_encrypted |= bytes.first() == Some(&HANDSHAKE);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_stands_behind_the_answer_to_starttls_is_not_read_before_the_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let (relay, ours) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (mut relay, mut ours) = (relay.expect("a relay").0, LineByLine::new(ours.expect("a connection")));
        relay.write_all(b"220 go on\r\n250 AUTH PLAIN\r\n").await.expect("both lines in one packet");
        let mut read = [0; 100];
        assert_eq!(ours.read(&mut read).await.expect("a line"), b"220 go on\r\n".len());
        ours.write_all(&[HANDSHAKE, 3, 1]).await.expect("a handshake");
        let rest = ours.read(&mut read).await.expect("the rest");
        assert_eq!(&read[..rest], b"250 AUTH PLAIN\r\n", "left for TLS, which does not understand it");
    }
}
