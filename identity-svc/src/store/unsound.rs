//! Rows that break an invariant: what `roster check` asks. Each query answers what it found, for people.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx};

/// An invariant and the query that finds its offenders, as one text column `detail`.
struct Question {
    invariant: &'static str,
    offenders: Sql,
}

const fn same(text: &'static str) -> Sql {
    Sql { postgres: text, sqlite: text }
}

const QUESTIONS: [Question; 8] = [
    Question {
        invariant: "every organization has an active Owner",
        offenders: same(
            "SELECT 'organizations/' || CAST(o.id AS TEXT) AS detail FROM organizations o
             WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.organization_id = o.id AND u.role = 'OWNER'
                 AND u.active AND u.accepted_time IS NOT NULL) LIMIT 100",
        ),
    },
    Question {
        invariant: "every path is the parent's path and the own id",
        offenders: same(
            "SELECT 'organizations/' || CAST(o.id AS TEXT) AS detail FROM organizations o
             LEFT JOIN organizations p ON p.id = o.parent_id
             WHERE o.path <> coalesce(p.path, '') || CAST(o.id AS TEXT) || '/'
                 OR o.depth <> coalesce(p.depth, -1) + 1 LIMIT 100",
        ),
    },
    Question {
        invariant: "a user belongs to an organization that is there",
        offenders: same(
            "SELECT 'users/' || CAST(u.id AS TEXT) AS detail FROM users u
             LEFT JOIN organizations o ON o.id = u.organization_id WHERE o.id IS NULL LIMIT 100",
        ),
    },
    Question {
        invariant: "a link leads to a user who is there",
        offenders: same(
            "SELECT 'users/' || CAST(l.user_id AS TEXT) AS detail FROM links l
             LEFT JOIN users u ON u.organization_id = l.organization_id AND u.id = l.user_id
             WHERE l.user_id IS NOT NULL AND u.id IS NULL LIMIT 100",
        ),
    },
    Question {
        invariant: "a user's address is its account's address",
        offenders: same(
            "SELECT 'users/' || CAST(u.id AS TEXT) AS detail FROM users u JOIN accounts a ON a.id = u.account_id
             WHERE u.email IS NULL OR u.email <> a.email LIMIT 100",
        ),
    },
    Question {
        invariant: "a login user has an address, and an account exactly when it has accepted",
        offenders: same(
            "SELECT 'users/' || CAST(u.id AS TEXT) AS detail FROM users u
             WHERE (u.kind = 'LOGIN' AND (u.email IS NULL OR (u.account_id IS NULL) <> (u.accepted_time IS NULL)))
                 OR (u.kind = 'LOGINLESS' AND (u.email IS NOT NULL OR u.account_id IS NOT NULL)) LIMIT 100",
        ),
    },
    Question {
        invariant: "at most one link of an invitation was used, and no other is alive then",
        offenders: same(
            "SELECT 'users/' || CAST(l.user_id AS TEXT) AS detail FROM links l WHERE l.user_id IS NOT NULL
             GROUP BY l.organization_id, l.user_id, l.email
             HAVING count(l.used_time) > 1 OR (count(l.used_time) = 1
                 AND sum(CASE WHEN l.used_time IS NULL AND l.revoked_time IS NULL THEN 1 ELSE 0 END) > 0
                 AND max(l.used_time) >= max(l.create_time)) LIMIT 100",
        ),
    },
    Question {
        invariant: "a final bulk run that was not cancelled left nobody out",
        offenders: same(
            "SELECT 'bulkRuns/' || CAST(r.id AS TEXT) AS detail FROM bulk_runs r
             WHERE r.state = 'SUCCEEDED' AND (
                 EXISTS (SELECT 1 FROM bulk_run_items i WHERE i.organization_id = r.organization_id
                     AND i.bulk_run_id = r.id AND i.outcome IS NULL)
                 OR r.total_count <> (SELECT count(*) FROM bulk_run_items i
                     WHERE i.organization_id = r.organization_id AND i.bulk_run_id = r.id)) LIMIT 100",
        ),
    },
];

/// Broken invariants with an offender each, at most 100 per invariant.
pub async fn find(tx: &mut Tx) -> Result<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for question in &QUESTIONS {
        let offenders = tx.query(question.offenders).all(|row| row.get::<String>("detail")).await?;
        found.extend(offenders.into_iter().map(|detail| (question.invariant, detail)));
    }
    Ok(found)
}

/// How many events have been due since before this time.
pub async fn undelivered(tx: &mut Tx, due_before: DateTime<Utc>) -> Result<i64> {
    tx.query(
        "SELECT CAST(coalesce(sum(event_count), 0) AS BIGINT) AS n FROM outbox
         WHERE delivered_time IS NULL AND due_time < $1",
    )
    .bind(due_before)
    .value("n")
    .await
}
