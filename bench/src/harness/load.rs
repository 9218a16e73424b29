//! Load: many clients at once, or calls at a fixed pace. Every answer is looked at, every rate includes
//! the drain of what is in flight, and Little's law must hold.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::task::JoinSet;

use super::turns::quantile;

/// What a load measured.
#[derive(Debug, Default)]
pub struct Measured {
    /// Calls that were answered and whose answer was right.
    pub calls: usize,
    /// From the first call's start to the last one's end, seconds.
    pub elapsed: f64,
    /// Of each call, seconds.
    pub latencies: Vec<f64>,
}

impl Measured {
    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.elapsed
    }

    /// Of all latencies, milliseconds.
    pub fn p99(&mut self) -> f64 {
        quantile(&mut self.latencies, 0.99) * 1000.0
    }

    fn in_flight(&self) -> f64 {
        self.latencies.iter().sum::<f64>() / self.elapsed
    }
}

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    Time(Duration),
    Calls(usize),
}

/// Each client calls again as soon as it is answered. `call` gets the number of the call.
pub async fn closed<Client, Call, Answer>(
    clients: Vec<Client>,
    until: Until,
    call: Call,
) -> anyhow::Result<Measured>
where
    Client: Send + 'static,
    Call: Fn(Client, usize) -> Answer + Clone + Send + 'static,
    Answer: Future<Output = anyhow::Result<Client>> + Send,
{
    let (count, next, began) = (clients.len(), Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut running = JoinSet::new();
    for mut client in clients {
        let (next, call) = (next.clone(), call.clone());
        running.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if over(until, number, began) {
                    return anyhow::Ok(latencies);
                }
                let sent = Instant::now();
                client = call(client, number).await?;
                latencies.push(sent.elapsed().as_secs_f64());
            }
        });
    }
    let measured = collect(running, began).await?;
    let in_flight = measured.in_flight();
    let expected = count as f64;
    ensure!(
        in_flight <= expected * 1.02 && (in_flight >= expected * 0.7 || measured.calls < count * 20),
        "Little's law: {count} clients, {in_flight:.1} calls in flight on average"
    );
    Ok(measured)
}

fn over(until: Until, number: usize, began: Instant) -> bool {
    match until {
        Until::Time(time) => began.elapsed() >= time,
        Until::Calls(calls) => number >= calls,
    }
}

/// `calls` calls, one each `pause`, by whichever client is free. A latency counts from the moment the
/// call was due, so that a stall of the server is seen by all that had to wait for it.
pub async fn paced<Client, Call, Answer>(
    clients: Vec<Client>,
    pause: Duration,
    calls: usize,
    call: Call,
) -> anyhow::Result<Measured>
where
    Client: Send + 'static,
    Call: Fn(Client, usize) -> Answer + Clone + Send + 'static,
    Answer: Future<Output = anyhow::Result<Client>> + Send,
{
    let (count, next, began) = (clients.len(), Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut running = JoinSet::new();
    for mut client in clients {
        let (next, call) = (next.clone(), call.clone());
        running.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return anyhow::Ok(latencies);
                }
                let due = began + pause * u32::try_from(number).unwrap_or(u32::MAX);
                tokio::time::sleep_until(due.into()).await;
                client = call(client, number).await?;
                latencies.push(due.elapsed().as_secs_f64());
            }
        });
    }
    let measured = collect(running, began).await?;
    let in_flight = measured.in_flight();
    ensure!(
        in_flight < count as f64,
        "Little's law: {in_flight:.1} calls in flight on average, and only {count} clients"
    );
    Ok(measured)
}

async fn collect(mut running: JoinSet<anyhow::Result<Vec<f64>>>, began: Instant) -> anyhow::Result<Measured> {
    let mut latencies = Vec::new();
    while let Some(ended) = running.join_next().await {
        latencies.extend(ended??);
    }
    Ok(Measured { calls: latencies.len(), elapsed: began.elapsed().as_secs_f64(), latencies })
}

/// A rate that nothing can beat; whatever does was measured wrongly.
pub fn below(ceiling: f64, rate: f64) -> anyhow::Result<f64> {
    ensure!(rate <= ceiling * 1.1, "{rate:.0} a second is beyond the ceiling of {ceiling:.0}");
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_calls_are_counted_and_the_drain_with_them() {
        let call = |client: (), _| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(client)
        };
        let measured = closed(vec![(); 4], Until::Calls(40), call).await.expect("it holds");
        assert_eq!(measured.calls, 40);
        assert!(measured.elapsed >= 0.05, "ten calls of 5 ms for each client");
        assert!(below(10.0, 12.0).is_err());
    }

    #[tokio::test]
    async fn a_wrong_answer_ends_the_line() {
        let call = |_: (), _| async { anyhow::bail!("wrong") };
        assert!(closed(vec![()], Until::Calls(1), call).await.is_err());
    }
}
