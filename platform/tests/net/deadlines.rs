//! R11: no call outlives its deadline by more than 500 ms, whatever the other side does.

use std::time::{Duration, Instant};

use platform::peer::{self, Peer, remote::Settings};
use platform::serve::Spawner;
use platform::testing::{eventually, within};
use proto::identity::v1::CheckAccessRequest;
use proto::identity::v1::access_service_client::AccessServiceClient;
use tonic::{Code, Request, Status};

use crate::replica::{Replica, peer, read, settings};

const DEADLINE: Duration = Duration::from_millis(200);
const GRACE: Duration = Duration::from_millis(500);

async fn timed(peer: &Peer, user: &str) -> Result<(), Status> {
    let mut request = Request::new(CheckAccessRequest { user: user.to_owned(), ..Default::default() });
    request.set_timeout(DEADLINE);
    let began = Instant::now();
    let answer = within("the answer", AccessServiceClient::new(peer.clone()).check_access(request)).await;
    assert!(began.elapsed() < DEADLINE + GRACE, "{:?}", began.elapsed());
    answer.map(drop)
}

#[tokio::test]
async fn r11_who_accepts_and_never_answers_holds_nobody() {
    // The system accepts connections for a listener that never looks.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = peer(&[listener.local_addr().unwrap()]);
    for _ in 0..3 {
        assert_eq!(timed(&peer, "any").await.unwrap_err().code(), Code::DeadlineExceeded);
    }
}

#[tokio::test]
async fn the_work_ends_with_the_deadline() {
    let replica = Replica::start();
    let peer = peer(&[replica.address]);
    assert_eq!(timed(&peer, "never").await.unwrap_err().code(), Code::DeadlineExceeded);
    timed(&peer, "any").await.unwrap();
}

#[tokio::test]
async fn r11_a_stopped_replica_is_left_and_comes_back() {
    let (stopped, other) = (Replica::start(), Replica::start());
    let (ping, pong) = (Duration::from_millis(100), Duration::from_millis(200));
    let settings = Settings { ping, pong, ..settings(&[stopped.address, other.address], None) };
    let peer = peer::remote(settings, &Spawner::new());
    eventually(
        "both",
        async || {
            read(&peer, "any").await.unwrap();
            stopped.calls()
        },
        |calls| *calls > 10,
    )
    .await;
    let thaw = stopped.freeze();
    let mut late = 0;
    let began = Instant::now();
    // Well until nothing fails any more for as long as it took to notice.
    let mut well = 0;
    while well < 50 {
        match timed(&peer, "any").await {
            Ok(()) => well += 1,
            Err(_) => (late, well) = (late + 1, 0),
        }
        assert!(began.elapsed() < Duration::from_secs(5), "heals within 5 s; {late} were late");
    }
    drop(thaw);
    let before = stopped.calls();
    eventually(
        "the way back",
        async || {
            read(&peer, "any").await.unwrap();
            stopped.calls()
        },
        |calls| *calls > before,
    )
    .await;
}
