//! Processor time of a transcoded request: the gateway's transcoder and Envoy's before the same upstream.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use super::micros;
use super::services::Beside;
use crate::harness::figure::{Amount, Bounds, Figure};
use crate::harness::http::{Http, holds};
use crate::harness::installation::free_port;
use crate::harness::lab::Lab;
use crate::harness::load::{Until, closed};
use crate::harness::process;
use crate::harness::turns::{Round, median, turns};
use crate::limits::upstream::USER;

const CLIENTS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);

pub async fn measure(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let envoy = lab.envoy.as_ref().context("--envoy names no program")?;
    let gateway = lab.gateway.as_ref().context("--gateway names no program")?;
    let upstream = Beside::start(&["upstream"]).await?;
    let inside = Beside::start(&["transcoder"]).await?;
    let mut rounds = Vec::new();
    for _ in 0..lab.rounds {
        rounds.push(round(&inside.address("port"), || inside.cpu()).await?);
    }
    let rate = median(rounds.iter().map(|round| round.cpu).collect());
    let cpu = median(rounds.iter().map(|round| round.value).collect());
    let note = format!("transcoder and service in one process, {rate:.0} requests/s");
    let inside = Figure::shown("gateway_cpu_in_process", Amount(cpu, "µs"), None).note(note);

    let descriptors = lab.folder().join("descriptors.bin");
    tokio::fs::write(&descriptors, proto::DESCRIPTORS).await?;
    let envoy = Front::envoy(lab, envoy, &descriptors, &upstream).await?;
    let ours = Front::gateway(gateway, &descriptors, &upstream).await?;
    let both = turns(lab.rounds, |_| ours.round(), |_| envoy.round()).await?;
    let note = format!("{:.0} and {:.0} requests/s", both.ours.cpu, both.limit.cpu);
    let (ours, limit) = (Amount(both.ours.value, "µs"), Amount(both.limit.value, "µs"));
    Ok(vec![Figure::ratio("gateway_cpu", ours, limit, Bounds::at_most(0.9, 0.5)).note(note), inside])
}

/// A gateway that runs; killed when dropped.
struct Front {
    child: Child,
    address: String,
}

impl Front {
    async fn envoy(lab: &Lab, program: &Path, descriptors: &Path, upstream: &Beside) -> anyhow::Result<Self> {
        let port = free_port()?;
        let text = include_str!("envoy.yaml")
            .replace("@LISTEN@", &port.to_string())
            .replace("@UPSTREAM@", &upstream.said["port"].to_string())
            .replace("@DESCRIPTORS@", &descriptors.display().to_string());
        let settings = lab.folder().join("envoy.yaml");
        tokio::fs::write(&settings, text).await?;
        let mut command = Command::new(program);
        command
            .args(["--concurrency", "2", "--log-level", "error", "--disable-hot-restart", "-c"])
            .arg(settings);
        Self::start(command, port).await
    }

    async fn gateway(program: &Path, descriptors: &Path, upstream: &Beside) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(program);
        command.arg("transcode").arg("--descriptors").arg(descriptors);
        command.args(["--upstream", &format!("http://{}", upstream.address("port"))]);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        Self::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let front = Self { child, address: format!("127.0.0.1:{port}") };
        for _ in 0..1_000 {
            if let Ok(mut http) = Http::connect(&front.address, None).await
                && http.fetch(&format!("/v1/{USER}")).await.is_ok()
            {
                return Ok(front);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("{command:?} does not answer")
    }

    async fn round(&self) -> anyhow::Result<Round> {
        round(&self.address, || process::cpu(self.child.id().unwrap_or_default())).await
    }
}

/// Microseconds a request as the value; the rate stands beside it.
async fn round(address: &str, cpu: impl Fn() -> anyhow::Result<f64>) -> anyhow::Result<Round> {
    let clients = Http::many(CLIENTS, address, None).await?;
    let began = cpu()?;
    let measured = closed(clients, Until::Time(ROUND), |mut http, _| async move {
        holds(&http.fetch(&format!("/v1/{USER}")).await?, "Albergmann")?;
        Ok(http)
    })
    .await?;
    Ok(Round { value: micros(cpu()? - began, measured.calls), cpu: measured.rate() })
}
