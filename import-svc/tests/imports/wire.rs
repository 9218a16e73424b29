//! A wire to PostgreSQL that breaks when a commit is done, before anybody hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use platform::db::Location;
use platform::testing::spawn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The end of a message that commits.
const COMMIT: &[u8] = b"COMMIT\0";

/// The same database behind a wire. The connection on which somebody says `mark` and then commits breaks with
/// the answer; all others, and all after it, hold.
pub async fn breaking_at(location: &Location, mark: String) -> Location {
    let Location::Postgres { url, connections } = location else { panic!("SQLite has no wire") };
    let (user, place) = url.split_once('@').unwrap();
    let (server, database) = place.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{user}@{}/{database}", listener.local_addr().unwrap());
    let (server, broken) = (server.to_owned(), Arc::new(AtomicBool::new(false)));
    spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            spawn(carry(client, server, mark.clone(), broken.clone()));
        }
    });
    // Only what is not encrypted can be read on the way.
    Location::Postgres { url: url.replace("sslmode=prefer", "sslmode=disable"), connections: *connections }
}

/// Carries what both sides say until one of them ends, or the wire breaks.
async fn carry(mut client: TcpStream, mut server: TcpStream, mark: String, broken: Arc<AtomicBool>) {
    let (mut question, mut answer) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let (mut said, mut is_over) = (Vec::new(), false);
    loop {
        tokio::select! {
            count = client.read(&mut question) => {
                let Ok(count @ 1..) = count else { return };
                said.extend_from_slice(&question[..count]);
                is_over |= commits(&said, &mark) && !broken.swap(true, Ordering::SeqCst);
                if server.write_all(&question[..count]).await.is_err() {
                    return;
                }
            }
            count = server.read(&mut answer) => {
                let Ok(count @ 1..) = count else { return };
                // Whoever commits has heard all answers before: this one is that it is done.
                if is_over || client.write_all(&answer[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn commits(said: &[u8], mark: &str) -> bool {
    said.ends_with(COMMIT) && said.windows(mark.len()).any(|part| part == mark.as_bytes())
}
