//! The table `bulk_run_items`.

use platform::db::{Result, Sql, Tx};
use uuid::Uuid;

use crate::domain::bulk_run::Outcome;

/// Writes the users of a new run; those without an outcome are to do.
pub async fn insert(
    tx: &mut Tx,
    organization: Uuid,
    run: Uuid,
    items: impl IntoIterator<Item = (Uuid, Option<Outcome>)>,
) -> Result<()> {
    let row = |(user, outcome): (Uuid, Option<Outcome>)| [user.into(), outcome.map(Outcome::as_str).into()];
    tx.query(Sql {
        postgres: "INSERT INTO bulk_run_items (organization_id, bulk_run_id, user_id, outcome)
            SELECT $1::uuid, $2::uuid, r.*
            FROM unnest($3::uuid[], $4::text[]) AS r",
        sqlite: "INSERT INTO bulk_run_items (organization_id, bulk_run_id, user_id, outcome)
            SELECT $1, $2, value ->> 0, value ->> 1 FROM jsonb_each($3)",
    })
    .bind(organization)
    .bind(run)
    .bind_rows(items.into_iter().map(row))
    .execute()
    .await?;
    Ok(())
}

/// The next users to do.
pub async fn to_do(tx: &mut Tx, organization: Uuid, run: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    tx.query(
        "SELECT user_id FROM bulk_run_items
         WHERE organization_id = $1 AND bulk_run_id = $2 AND outcome IS NULL ORDER BY user_id LIMIT $3",
    )
    .bind(organization)
    .bind(run)
    .bind(limit)
    .all(|row| row.get("user_id"))
    .await
}

/// Writes what became of users.
pub async fn done(tx: &mut Tx, organization: Uuid, run: Uuid, items: &[(Uuid, Outcome)]) -> Result<u64> {
    let row = |(user, outcome): &(Uuid, Outcome)| [user.into(), outcome.as_str().into()];
    // A table of its own: see users/sets.rs.
    tx.query(Sql {
        postgres: "UPDATE bulk_run_items SET outcome = r.outcome
            FROM (SELECT $1::uuid AS organization_id, $2::uuid AS bulk_run_id, given.*
                FROM unnest($3::uuid[], $4::text[]) AS given(user_id, outcome) OFFSET 0) AS r
            WHERE bulk_run_items.organization_id = r.organization_id
                AND bulk_run_items.bulk_run_id = r.bulk_run_id
                AND bulk_run_items.user_id = r.user_id AND bulk_run_items.outcome IS NULL",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, $2 AS bulk_run_id,
                value ->> 0 AS user_id, value ->> 1 AS outcome FROM jsonb_each($3))
            UPDATE bulk_run_items SET outcome = r.outcome FROM r
            WHERE bulk_run_items.organization_id = r.organization_id
                AND bulk_run_items.bulk_run_id = r.bulk_run_id
                AND bulk_run_items.user_id = r.user_id AND bulk_run_items.outcome IS NULL",
    })
    .bind(organization)
    .bind(run)
    .bind_rows(items.iter().map(row))
    .execute()
    .await
}

/// How many users have which outcome.
pub async fn count(tx: &mut Tx, organization: Uuid, run: Uuid) -> Result<Vec<(Outcome, i64)>> {
    let query = tx.query(
        "SELECT outcome, count(*) AS n FROM bulk_run_items
         WHERE organization_id = $1 AND bulk_run_id = $2 AND outcome IS NOT NULL GROUP BY outcome",
    );
    let mut counted = query
        .bind(organization)
        .bind(run)
        .all(|row| Ok((row.parse("outcome", Outcome::parse)?, row.get("n")?)))
        .await?;
    counted.sort();
    Ok(counted)
}
