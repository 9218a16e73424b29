//! An OTLP receiver that is not ours: Python with the published messages of OpenTelemetry.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Receives until it is dropped.
pub struct Collector {
    child: Child,
    port: u16,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    pub async fn start() -> Self {
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/collector.py");
        let mut command = Command::new(crate::partner::python());
        command.arg(program).env("GRPC_VERBOSITY", "NONE").env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("the receiver says its port").parse().unwrap();
        let received = Arc::<Mutex<Vec<Value>>>::default();
        let sink = received.clone();
        platform::testing::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                sink.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port, received }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that arrived, once the receiver has ended.
    pub async fn all(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        platform::testing::within("the receiver ends", self.child.wait()).await.unwrap();
        let whole = || async { Arc::strong_count(&self.received) };
        platform::testing::eventually("its last line is read", whole, |readers| *readers == 1).await;
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}
