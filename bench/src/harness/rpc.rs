//! Raw unary gRPC: the same bytes each time over kept HTTP/2 connections.

use anyhow::{Context, ensure};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;

use super::beside;

/// A connection to one server; clones share it.
#[derive(Clone)]
pub struct Rpc {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    headers: HeaderMap,
}

impl Rpc {
    /// Connects; each call carries `headers`.
    pub async fn connect(address: &str, headers: HeaderMap) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("{address} is away"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        beside(async move {
            // The next call on it tells what was wrong.
            drop(connection.await);
        });
        Ok(Self { sender, address: address.to_owned(), headers })
    }

    /// `callers` of `connections` connections.
    pub async fn many(
        callers: usize,
        connections: usize,
        address: &str,
        headers: &HeaderMap,
    ) -> anyhow::Result<Vec<Self>> {
        let mut opened = Vec::with_capacity(connections);
        for _ in 0..connections {
            opened.push(Self::connect(address, headers.clone()).await?);
        }
        Ok((0..callers).map(|caller| opened[caller % connections].clone()).collect())
    }

    /// The answer's message, undecoded; refusals are errors.
    pub async fn call(&mut self, path: &str, message: Bytes) -> anyhow::Result<Bytes> {
        let uri = format!("http://{}{path}", self.address);
        let mut request = Request::builder().method("POST").uri(uri);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
            headers.insert("content-type", http::HeaderValue::from_static("application/grpc"));
            headers.insert("te", http::HeaderValue::from_static("trailers"));
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(message))?).await?;
        let refused = response.headers().get("grpc-status").filter(|code| *code != "0").cloned();
        ensure!(refused.is_none(), "{path}: {:?}", response.headers());
        let body = response.into_body().collect().await?;
        let code = body.trailers().and_then(|trailers| trailers.get("grpc-status")).cloned();
        ensure!(code.is_none_or(|code| code == "0"), "{path}: {:?}", body.trailers());
        let mut bytes = body.to_bytes();
        ensure!(bytes.len() >= 5, "{path}: no message");
        Ok(bytes.split_off(5))
    }
}

/// A message in its frame.
pub fn framed(message: &impl Message) -> anyhow::Result<Bytes> {
    let mut bytes = BytesMut::with_capacity(message.encoded_len() + 5);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.encoded_len())?);
    message.encode(&mut bytes)?;
    Ok(bytes.freeze())
}
