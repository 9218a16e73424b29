//! Progress of work as server-sent events: a console route relays a Watch RPC,
//! because the session cookie opens nothing under `/v1`.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{Stream, StreamExt, iter};
use serde::Serialize;
use tonic::Status;

use super::view::text::Count;

/// A sign of life when nothing changes; proxies close quiet connections after a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How far work is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) done: Count,
    /// 0 while unknown.
    pub(super) total: Count,
    pub(super) text: String,
    /// Nothing more happens by itself: the page shows what comes next.
    pub(super) over: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    done: u64,
    total: u64,
    text: &'a str,
}

/// Relays a watch. `tell` reads one message; none for a heartbeat. When the watch breaks off the browser
/// connects again by itself, which begins with a snapshot.
pub(super) fn relay<T: 'static>(
    watch: impl Stream<Item = Result<T, Status>> + Send + 'static,
    tell: impl Fn(T) -> Option<Step> + Send + 'static,
) -> Response {
    let told = tokio_stream::StreamExt::map_while(watch, Result::ok);
    let steps = told.filter_map(move |message| std::future::ready(tell(message)));
    let events = steps.flat_map(|step| iter(events(&step)).map(Ok::<Event, Infallible>));
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

/// A message, and behind the last one the word that the page may go on.
fn events(step: &Step) -> Vec<Event> {
    let Step { done, total, text, over } = step;
    let message = Event::default().json_data(Message { done: done.0, total: total.0, text });
    let end = over.then(|| Event::default().event("end").data("{}"));
    message.into_iter().chain(end).collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures::stream;

    use super::*;

    async fn sent(watch: Vec<Result<Option<Step>, Status>>) -> String {
        let response = relay(stream::iter(watch), |step| step);
        let body = to_bytes(response.into_body(), 4096).await.expect("the stream ends");
        String::from_utf8(body.to_vec()).expect("text")
    }

    fn step(done: u64, over: bool) -> Step {
        Step { done: Count(done), total: Count(2), text: format!("{done} of 2 rows"), over }
    }

    #[tokio::test]
    async fn g11_progress_ends_with_the_word_that_shows_the_next_page() {
        let text = sent(vec![Ok(Some(step(1, false))), Ok(None), Ok(Some(step(2, true)))]).await;
        let expected = "data: {\"done\":1,\"total\":2,\"text\":\"1 of 2 rows\"}\n\n\
                        data: {\"done\":2,\"total\":2,\"text\":\"2 of 2 rows\"}\n\n\
                        event: end\ndata: {}\n\n";
        assert_eq!(text, expected);
    }

    #[tokio::test]
    async fn a_watch_that_breaks_off_is_no_end() {
        let text = sent(vec![Ok(Some(step(1, false))), Err(Status::unavailable("gone"))]).await;
        assert!(!text.contains("event: end"));
    }
}
