//! What tests stand on: databases of both kinds that vanish, and a clock that obeys.
//!
//! ```text
//! on_both! {
//!     async fn b6_toggle_off_adds_the_user(engine: Engine) {
//!         let db = engine.database(&license_svc::MIGRATIONS).await;
//!         …
//!     }
//! }
//! ```
//!
//! gives the two tests `b6_toggle_off_adds_the_user::on_sqlite` and `…::on_postgres`.

pub use self::{
    calls::called_by,
    clock::TestClock,
    database::{Engine, TestDb},
    parity::assert_parity,
    prefix::Prefix,
    wait::{eventually, patiently, spawn, within},
};
pub use crate::__on_both as on_both;

mod calls;
mod clock;
mod database;
mod parity;
mod postgres;
mod prefix;
mod wait;
