//! The tables without row-level security, each with the reason. Every other table has it.

/// In every database.
pub const EVERYWHERE: [(&str, &str); 4] = [
    ("schema_migrations", "the steps that the tables took; roster_app may only read it"),
    (
        "once",
        "found by caller and request id before anybody knows an organization; it answers that caller only",
    ),
    ("outbox", "a relay delivers the events of all organizations in their order"),
    ("inbox", "ids of events"),
];

/// In the database of one service.
pub const OF_A_SERVICE: [(&str, &str, &str); 8] = [
    ("identity", "counters", "one number for the installation"),
    ("identity", "accounts", "a person belongs to no organization (Q13); users say where they are members"),
    ("identity", "sessions", "a session is an account's"),
    ("identity", "setup_links", "the first start, before there is an organization"),
    ("identity", "sign_in_failures", "counts per hashed address, known or not"),
    ("identity", "mail_requests", "times per hashed address, known or not"),
    (
        "license",
        "purchase_links",
        "a hash and a purchase; found by the token alone, and the purchase has a wall",
    ),
    ("notify", "mailbox", "the development mailbox; empty in production"),
];

/// Whether the list names this table.
pub fn lists(service: &str, table: &str) -> bool {
    EVERYWHERE.iter().any(|(name, _)| *name == table)
        || OF_A_SERVICE.iter().any(|(owner, name, _)| (*owner, *name) == (service, table))
}
