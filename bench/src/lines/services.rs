//! Programs of this crate beside the line.

use std::process::Stdio;

use anyhow::Context;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::harness::process;

/// A program that has said where it listens; killed when dropped.
pub struct Beside {
    child: Child,
    /// The one line that it printed.
    pub said: Value,
}

impl Beside {
    /// Starts this program with other words.
    pub async fn start(words: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("no output")?;
        let line = BufReader::new(output).lines().next_line().await?.context("it ended")?;
        Ok(Self { child, said: serde_json::from_str(&line)? })
    }

    /// Where one of its services listens.
    pub fn address(&self, service: &str) -> String {
        format!("127.0.0.1:{}", self.said[service])
    }

    pub fn cpu(&self) -> anyhow::Result<f64> {
        process::cpu(self.child.id().unwrap_or_default())
    }
}
