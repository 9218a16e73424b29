//! A lean HTTP/1.1 client: one connection that is kept.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::beside;

/// A connection to one server, with or without a credential.
pub struct Http {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    bearer: Option<String>,
}

impl Http {
    /// Connects to `address` (`127.0.0.1:8080`).
    pub async fn connect(address: &str, bearer: Option<&str>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("{address} is away"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        beside(async move {
            // The next request on it tells what was wrong.
            drop(connection.await);
        });
        Ok(Self { sender, host: address.to_owned(), bearer: bearer.map(str::to_owned) })
    }

    /// `count` connections.
    pub async fn many(count: usize, address: &str, bearer: Option<&str>) -> anyhow::Result<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::connect(address, bearer).await?);
        }
        Ok(connections)
    }

    /// Status and body.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<(u16, Bytes)> {
        let mut request = http::Request::builder().method(method).uri(path).header("host", &self.host);
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body.into()))?).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// The answer of a GET that succeeds, unread.
    pub async fn fetch(&mut self, path: &str) -> anyhow::Result<Bytes> {
        let (status, body) = self.send("GET", path, "", Bytes::new()).await?;
        ensure!(status == 200, "GET {path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// The answer of a GET that succeeds.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.fetch(path).await?)?)
    }

    /// The answer of a POST that succeeds, unread.
    pub async fn push(&mut self, path: &str, body: &Value) -> anyhow::Result<Bytes> {
        let (status, answer) = self.send("POST", path, "application/json", body.to_string()).await?;
        ensure!(status == 200, "POST {path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(answer)
    }

    /// The answer of a POST that succeeds.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.push(path, body).await?)?)
    }
}

/// Whether `body` holds `text`: an answer that is looked at without the cost of reading it.
pub fn holds(body: &[u8], text: &str) -> anyhow::Result<()> {
    let found = body.windows(text.len()).any(|window| window == text.as_bytes());
    ensure!(found, "no {text:?} in: {}", String::from_utf8_lossy(body));
    Ok(())
}
