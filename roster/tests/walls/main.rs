//! The second wall between tenants: PostgreSQL itself shows and changes nothing of another organization.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod coverage;
mod crossing;
mod mutants;
mod statements;
mod two_tenants;
mod without_a_tenant;

use platform::db::Migrations;

/// The services that remember, with their tables.
const SERVICES: [(&str, &Migrations); 4] = [
    ("identity", &identity_svc::MIGRATIONS),
    ("license", &license_svc::MIGRATIONS),
    ("import", &import_svc::MIGRATIONS),
    ("notify", &notify_svc::MIGRATIONS),
];
