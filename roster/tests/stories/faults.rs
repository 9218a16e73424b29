//! What happens when processes die: mixed work goes on, and afterwards every promise is counted.
//!
//! `make chaos` runs the same five times as often; docs/reliability.md tells what came out.

mod audience;
mod five;
mod ledger;
mod load;
mod one_process;
mod postgres;
mod scene;
mod stops;
mod worker;

/// Rounds of kills; of every other fault there is one for five of them. `make chaos` sets 25.
#[expect(clippy::disallowed_methods, reason = "how long a test goes on is no setting of the product")]
fn rounds() -> usize {
    std::env::var("ROSTER_CHAOS_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap())
}
