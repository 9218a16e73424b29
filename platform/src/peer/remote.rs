//! A service in other processes, called over the network.
//!
//! All addresses of its name are looked up again and again, each gets several HTTP/2 connections, and a
//! call takes the one with the fewest calls under way. An address that does not answer is left out until
//! it does; one that answers UNAVAILABLE comes behind the others for a moment. tonic's own balanced channel
//! keeps choosing dead endpoints and failed 42 % of calls with one of two dead (grpc-rust#2839), so this one
//! is ours: hyper's connections, tower's retry budget.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

mod answer;
mod attempt;
mod dial;
mod exchange;
mod keep;
mod pool;
mod refusals;
mod replay;
mod resolve;

use exchange::Exchange;
pub use resolve::Resolver;

use super::{Limits, Peer, deadline};
use crate::serve::Spawner;
use crate::tls;

/// Where a service is and how it is called.
#[derive(Clone)]
pub struct Settings {
    /// Its name, which its certificate must carry.
    pub service: &'static str,
    /// `host:port`, or several with commas between. All addresses of each name are used.
    pub address: String,
    /// Mutual TLS; none only in development, on loopback.
    pub tls: Option<tls::Client>,
    /// Connections to each address.
    pub connections: usize,
    /// How often the addresses are looked up.
    pub refresh: Duration,
    /// The longest that a connection may take, handshakes included.
    pub connect: Duration,
    /// How long a call waits for a connection while there is none.
    pub patience: Duration,
    /// A silent connection is asked this often whether it is there.
    pub ping: Duration,
    /// And is given up after this long.
    pub pong: Duration,
    /// How long calls may take.
    pub limits: Limits,
    /// How names become addresses.
    pub resolver: Resolver,
}

impl Settings {
    /// The usual settings for `service` at `address` (`host:port`, several with commas between). A
    /// stopped process is noticed within 5 s (reliability.md, R11).
    #[must_use]
    pub fn new(service: &'static str, address: impl Into<String>, tls: Option<tls::Client>) -> Self {
        Self {
            service,
            address: address.into(),
            tls,
            connections: 2,
            refresh: Duration::from_secs(2),
            connect: Duration::from_secs(2),
            patience: Duration::from_secs(1),
            ping: Duration::from_millis(1500),
            pong: Duration::from_secs(3),
            limits: Limits::default(),
            resolver: Resolver::dns(),
        }
    }
}

/// The service that `settings` describe. Connects in the background, at once and for as long as the peer
/// is held. Calls end at their deadline whatever the other side does; UNAVAILABLE when nobody answers.
///
/// What did not reach a process is sent to another one. What may have been begun there is repeated once,
/// only if repeating is safe by the contract ([`proto::repeat`]), and at most one such repeat for five
/// calls of the last ten seconds.
pub fn remote(settings: Settings, spawner: &Spawner) -> Peer {
    Peer::new(Remote(Arc::new(Exchange::start(settings, spawner))))
}

#[derive(Clone)]
struct Remote(Arc<Exchange>);

impl Service<Request<Body>> for Remote {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let deadline = self.0.limits().impose(&mut request);
        let exchange = self.0.clone();
        // The body is cut too: a peer may stop after the head of its answer.
        Box::pin(deadline::until(async move { exchange.call(request).await }, deadline, true))
    }
}
