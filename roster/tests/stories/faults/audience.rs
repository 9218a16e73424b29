//! People who watch, and come again to the next door when one says goodbye.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use platform::testing::{spawn, within};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::Http;

/// Before somebody comes again who was not told to.
const PAUSE: Duration = Duration::from_millis(100);

/// Everybody who watches.
pub struct Audience {
    watchers: Vec<JoinHandle<Watched>>,
    opened: watch::Receiver<usize>,
}

/// What one of them saw.
pub struct Watched {
    /// How often a door or a service behind it said goodbye.
    pub goodbyes: usize,
    /// The last message of all.
    pub last: Value,
}

impl Audience {
    /// So many begin at the first door.
    pub fn gather(count: usize, doors: &[Http], path: &str) -> Self {
        let (sender, opened) = watch::channel(0);
        let sender = Arc::new(sender);
        let watch = |_| spawn(follow(doors.to_vec(), path.to_owned(), sender.clone()));
        Self { watchers: (0..count).map(watch).collect(), opened }
    }

    /// Returns once so many watches were opened in all, and have shown their snapshot.
    pub async fn opened(&mut self, count: usize) {
        within("the watches open", self.opened.wait_for(|opened| *opened >= count)).await.unwrap();
    }

    /// Waits until everybody has seen the end.
    pub async fn leaves(self) -> Vec<Watched> {
        join_all(self.watchers).await.into_iter().map(Result::unwrap).collect()
    }
}

async fn follow(mut doors: Vec<Http>, path: String, opened: Arc<watch::Sender<usize>>) -> Watched {
    let mut goodbyes = 0;
    loop {
        let last = see(&doors[0], &path, &opened).await;
        match reason(&last) {
            Some("DRAINING") => goodbyes += 1,
            // A service behind the door has just gone: its peers find another.
            Some("DEPENDENCY_UNAVAILABLE" | "OVERLOADED") => tokio::time::sleep(PAUSE).await,
            _ => return Watched { goodbyes, last },
        }
        doors.rotate_left(1);
    }
}

/// One watch (NDJSON), from its snapshot to its last message.
async fn see(door: &Http, path: &str, opened: &watch::Sender<usize>) -> Value {
    let response = door.open(path, &[("accept", "application/x-ndjson")]).await;
    // Whoever comes in the moment of the stop is refused before the first message.
    let (taken, refused) = (response.status() == 200, response.status() == 503);
    assert!(taken || refused, "{}", response.status());
    let mut pieces = response.into_body().into_data_stream();
    let (mut text, mut open) = (Vec::new(), refused);
    // The heartbeat comes every 15 s.
    while let Some(piece) = within("a message", pieces.next()).await {
        text.extend(piece.expect("it ends with a message, not in the middle of one"));
        if !open && text.contains(&b'\n') {
            open = true;
            opened.send_modify(|opened| *opened += 1);
        }
    }
    let text = String::from_utf8(text).unwrap();
    if refused {
        return serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    serde_json::from_str(text.lines().rfind(|line| !line.is_empty()).expect("a message")).unwrap()
}

fn reason(message: &Value) -> Option<&str> {
    let details = message["error"]["details"].as_array()?;
    details.iter().find_map(|detail| detail["reason"].as_str())
}
