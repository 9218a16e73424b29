//! What happens when processes die: mixed work goes on, and afterwards every promise is counted.
//!
//! `make chaos` runs the same with ROSTER_CHAOS_ROUNDS=25; docs/reliability.md tells what came out.

mod five;
mod ledger;
mod load;
mod one_process;
mod postgres;
mod scene;
mod worker;
