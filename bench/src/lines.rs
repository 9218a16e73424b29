//! The suite: each line starts what it needs, measures, and gives its figures.

mod calls;
mod create_user;
mod gateway_cpu;
mod import;
pub mod lists;
mod mail;
mod memory;
mod seats;
mod services;
mod sign_in;
mod start;

use futures::future::BoxFuture;

use crate::harness::figure::Figure;
use crate::harness::lab::{Engine, Lab};

/// A line of the suite.
pub struct Line {
    pub name: &'static str,
    pub measure: fn(&Lab) -> BoxFuture<'_, anyhow::Result<Vec<Figure>>>,
}

/// All of them, in the order in which they run.
pub const LINES: &[Line] = &[
    Line { name: "import_validate", measure: |lab| Box::pin(import::validate(lab)) },
    Line { name: "import_apply_pg", measure: |lab| Box::pin(import::apply(lab, Engine::Postgres)) },
    Line { name: "import_apply_sqlite", measure: |lab| Box::pin(import::apply(lab, Engine::Sqlite)) },
    Line { name: "reimport_unchanged", measure: |lab| Box::pin(import::unchanged(lab)) },
    Line { name: "create_user", measure: |lab| Box::pin(create_user::measure(lab)) },
    Line { name: "check_entitlement", measure: |lab| Box::pin(calls::check_entitlement(lab)) },
    Line { name: "check_access", measure: |lab| Box::pin(calls::check_access(lab)) },
    Line { name: "get_user", measure: |lab| Box::pin(calls::get_user(lab)) },
    Line { name: "gateway_cpu", measure: |lab| Box::pin(gateway_cpu::measure(lab)) },
    Line { name: "seats_hot_pool", measure: |lab| Box::pin(seats::measure(lab)) },
    Line { name: "sign_in", measure: |lab| Box::pin(sign_in::rate(lab)) },
    Line { name: "sign_in_flood", measure: |lab| Box::pin(sign_in::flood(lab)) },
    Line { name: "list_users", measure: |lab| Box::pin(lists::list(lab)) },
    Line { name: "search_users", measure: |lab| Box::pin(lists::search(lab)) },
    Line { name: "mail", measure: |lab| Box::pin(mail::queue(lab)) },
    Line { name: "mail_bulk", measure: |lab| Box::pin(mail::bulk(lab)) },
    Line { name: "start", measure: |lab| Box::pin(start::measure(lab)) },
    Line { name: "idle_memory", measure: |lab| Box::pin(memory::idle(lab)) },
    Line { name: "import_memory", measure: |lab| Box::pin(memory::import(lab)) },
];

/// Microseconds of processor time for one of `calls`.
fn micros(seconds: f64, calls: usize) -> f64 {
    seconds * 1e6 / calls as f64
}
