//! The invariants, asked of all organizations at once (N2, N3).

use platform::db::{Result, Tx};

/// A rule, and the text that finds who breaks it: rows with one column `detail`.
pub struct Rule {
    /// Its name.
    pub invariant: &'static str,
    text: &'static str,
}

/// Every rule that holds at every commit, and those that hold once the work is done.
pub const RULES: &[Rule] = &[
    Rule { invariant: "pool.purchased_is_what_was_granted", text: PURCHASED },
    Rule { invariant: "pool.held_is_what_users_hold", text: HELD },
    Rule { invariant: "pool.reserved_is_what_is_set_aside", text: RESERVED },
    Rule { invariant: "pool.never_over_purchased", text: OVER },
    Rule { invariant: "seat.has_a_pool", text: POOLED },
    Rule { invariant: "ledger.replays_to_the_seats", text: LEDGER },
    Rule { invariant: "purchase.mapped_once_and_whole", text: MAPPED },
    Rule { invariant: "mapping.drained", text: MAPPINGS },
    Rule { invariant: "announcements.drained", text: ANNOUNCEMENTS },
    Rule { invariant: "invites.drained", text: INVITES },
];

/// Who breaks the rule, at most 100.
pub async fn broken(tx: &mut Tx, rule: &Rule) -> Result<Vec<String>> {
    tx.query(rule.text).all(|row| row.get("detail")).await
}

const PURCHASED: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || product AS detail
    FROM pools WHERE purchased <> (SELECT coalesce(sum(seat_count), 0) FROM pool_grants
        WHERE pool_grants.organization_id = pools.organization_id AND pool_grants.product = pools.product)
    LIMIT 100";

const HELD: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || product AS detail
    FROM pools WHERE held <> (SELECT count(*) FROM seats
        WHERE seats.organization_id = pools.organization_id AND seats.product = pools.product)
    LIMIT 100";

const RESERVED: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || product AS detail
    FROM pools WHERE reserved <> (SELECT coalesce(sum(seat_count), 0) FROM reservations
        WHERE reservations.organization_id = pools.organization_id AND reservations.product = pools.product)
    LIMIT 100";

const OVER: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || product AS detail
    FROM pools WHERE held + reserved > purchased AND NOT over_allocated LIMIT 100";

const POOLED: &str = "SELECT CAST(seats.organization_id AS TEXT) || ' ' || seats.product AS detail
    FROM seats LEFT JOIN pools ON pools.organization_id = seats.organization_id
        AND pools.product = seats.product
    WHERE pools.product IS NULL LIMIT 100";

const LEDGER: &str =
    "SELECT coalesce(CAST(ledger.organization_id AS TEXT), CAST(seats.organization_id AS TEXT))
        || ' ' || coalesce(CAST(ledger.user_id AS TEXT), CAST(seats.user_id AS TEXT)) AS detail
    FROM (SELECT organization_id, product, user_id,
            sum(CASE kind WHEN 'ASSIGNED' THEN 1 ELSE -1 END) AS held
        FROM seat_events GROUP BY organization_id, product, user_id) AS ledger
    FULL OUTER JOIN seats ON seats.organization_id = ledger.organization_id
        AND seats.product = ledger.product AND seats.user_id = ledger.user_id
    WHERE coalesce(ledger.held, 0) <> CASE WHEN seats.user_id IS NULL THEN 0 ELSE 1 END LIMIT 100";

const MAPPED: &str = "SELECT CAST(purchases.id AS TEXT) || ' ' || purchase_lines.product AS detail
    FROM purchases JOIN purchase_lines ON purchase_lines.purchase_id = purchases.id
    LEFT JOIN pool_grants ON pool_grants.purchase_id = purchases.id
        AND pool_grants.product = purchase_lines.product
    WHERE (purchases.state = 'MAPPED') <> (pool_grants.purchase_id IS NOT NULL)
        OR pool_grants.seat_count <> purchase_lines.seat_count
        OR pool_grants.organization_id <> purchases.organization_id LIMIT 100";

const MAPPINGS: &str = "SELECT CAST(id AS TEXT) AS detail FROM purchases WHERE state = 'MAPPING' LIMIT 100";

const ANNOUNCEMENTS: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || CAST(id AS TEXT) AS detail
    FROM (SELECT organization_id, id FROM seat_announcements
        UNION ALL SELECT organization_id, id FROM announcements) AS waiting LIMIT 100";

const INVITES: &str = "SELECT CAST(organization_id AS TEXT) || ' ' || CAST(id AS TEXT) AS detail
    FROM invites LIMIT 100";
