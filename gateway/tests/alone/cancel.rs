//! A client that goes away takes its call with it, at once and every time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

use super::world::{Contract, Served, serve, settings};

const CALLS: usize = 1_000;
const LIMIT: Duration = Duration::from_millis(100);

/// What the upstream sees of one call.
#[derive(Debug)]
enum Seen {
    Began,
    Dropped,
}

struct Alive(mpsc::UnboundedSender<Seen>);

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = self.0.send(Seen::Dropped);
    }
}

/// A server that never answers, and tells when a call begins and when it is dropped.
fn silent(seen: mpsc::UnboundedSender<Seen>) -> Router {
    let seen = Arc::new(seen);
    Router::new().fallback(move || {
        let alive = Alive(seen.as_ref().clone());
        async move {
            alive.0.send(Seen::Began).unwrap();
            let _alive = alive;
            std::future::pending::<()>().await;
        }
    })
}

async fn world() -> (Served, Served, mpsc::UnboundedReceiver<Seen>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let upstream = serve(silent(sender)).await;
    let contract = Contract::of("lab.proto", true);
    let settings = settings(&contract.path(), &format!("http://{}", upstream.address), &[]);
    (serve(gateway::alone::router(&settings).unwrap()).await, upstream, receiver)
}

fn caller(http2: bool) -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).http2_only(http2).pool_max_idle_per_host(0).build_http()
}

#[tokio::test]
async fn a_thousand_clients_go_away_and_the_server_hears_of_each_within_100_ms() {
    let (front, _upstream, mut seen) = world().await;
    let clients = [caller(false), caller(true)];
    let (mut slow, mut slowest) = (0, Duration::ZERO);
    for number in 0..CALLS {
        let path = if number % 4 == 0 { "/v1/things/one:watch" } else { "/v1/things/one" };
        let request = Request::get(format!("http://{}{path}", front.address));
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let call = clients[number % 2].request(request);
        tokio::select! {
            biased;
            began = seen.recv() => assert!(matches!(began, Some(Seen::Began)), "{began:?}"),
            answer = call => panic!("nobody answers: {answer:?}"),
        }
        // The call is dropped here: HTTP/1.1 loses its connection, HTTP/2 a stream.
        let gone = Instant::now();
        assert!(matches!(seen.recv().await, Some(Seen::Dropped)));
        slowest = slowest.max(gone.elapsed());
        slow += usize::from(gone.elapsed() > LIMIT);
    }
    // A shared machine may stop all of us for a moment; the gateway may not.
    assert!(slow <= 2, "{slow} of {CALLS} took longer than {LIMIT:?}, the slowest {slowest:?}");
}
