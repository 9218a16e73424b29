//! What an operator types: `notify-svc mailbox`, the sink as a program.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use platform::serve::Signals;
use tokio::net::TcpListener;

use super::sink::{self, Fault, Faults, Heard};

/// Where it listens and what it answers.
#[derive(Debug, Args)]
pub struct Mailbox {
    /// Where mails come in; port 0 takes a free one. The first line of the output names it.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1025")]
    listen: SocketAddr,
    /// What goes wrong; several take turns. `hello=`, `sender=`, `recipient=`, `final-dot=` or `leave=` with an
    /// answer such as `451 4.7.1 greylisted`, or `cut=before-data`, `cut=after-final-dot`.
    #[arg(long = "fault", value_name = "STAGE=ANSWER")]
    faults: Vec<Fault>,
    /// One in so many mails has a fault.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    every: u16,
}

impl Mailbox {
    /// Prints a JSON object a line until the process is stopped: the address, then each mail that came in whole.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut signals = Signals::install()?;
        let listener =
            TcpListener::bind(self.listen).await.with_context(|| format!("listen on {}", self.listen))?;
        print(&serde_json::json!({ "listening": listener.local_addr()? }));
        let ear = Arc::new(|heard: Heard<'_>| {
            if let Heard::Mail(mail) = heard {
                print(&serde_json::json!({ "mail": mail }));
            }
        });
        tokio::select! {
            () = sink::serve(listener, Faults::in_turn(self.faults, self.every), ear) => {}
            () = signals.next() => {}
        }
        Ok(())
    }
}

/// Nobody reads any more when it fails: the mails are taken all the same.
fn print(line: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
