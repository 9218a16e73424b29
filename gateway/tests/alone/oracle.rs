//! Python serves a foreign contract by grpcio and judges the JSON by google.protobuf.json_format.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::world::{serve, settings};

#[expect(clippy::disallowed_methods, reason = "the tests' Python is no setting of the product")]
fn python() -> String {
    std::env::var("ROSTER_PYTHON")
        .expect("ROSTER_PYTHON names the Python of tools/install.sh; make test sets it")
}

#[tokio::test]
async fn hundreds_of_messages_mean_the_same_to_python() {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/compare.py");
    let mut child = Command::new(python());
    child.arg(script).env("GRPC_VERBOSITY", "NONE").kill_on_drop(true);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let text = |name: &str| first[name].as_str().unwrap().to_owned();
    let settings =
        settings(&PathBuf::from(text("descriptors")), &format!("http://{}", text("upstream")), &[]);
    let front = serve(gateway::alone::router(&settings).unwrap()).await;
    let place = format!("{}\n", front.address);
    child.stdin.take().unwrap().write_all(place.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push(line);
    }
    let ended = child.wait().await.unwrap();
    let shown: Vec<&str> = said.iter().rev().take(6).map(String::as_str).collect();
    assert!(ended.success(), "{}", shown.join("\n"));
    let last: Value = serde_json::from_str(said.last().unwrap()).unwrap();
    assert!(last["asked"].as_u64().unwrap() > 600, "{last}");
}
