//! Each statement of the stores without its organization: it would show or change another tenant's rows,
//! and behind the wall it does not. The first wall has tests of its own, on SQLite, which has no second.

use platform::db::{Assembled, Error, Row, Scope};
use uuid::Uuid;

use crate::SERVICES;
use crate::statements::{self, Statement};
use crate::two_tenants::{BEHIND, TwoTenants, literal};

/// So many mutants at least must be dangerous without the wall, or the proof is none.
const DANGEROUS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_forgets_the_organization_reaches_nobody_else() {
    let (mut dangerous, mut leaks) = (Vec::new(), Vec::new());
    for (service, migrations) in SERVICES {
        let world = TwoTenants::new(migrations).await;
        for statement in statements::of(service) {
            let Some(mutant) = mutant(&world, &statement.text).await else { continue };
            if reached(&world, BEHIND, &mutant).await.is_ok_and(|theirs| theirs) {
                dangerous.push(describe(&statement));
            }
            if reached(&world, world.us(), &mutant).await.is_ok_and(|theirs| theirs) {
                leaks.push(describe(&statement));
            }
        }
    }
    assert_eq!(leaks, [""; 0]);
    println!("{} mutants", dangerous.len());
    assert!(dangerous.len() >= DANGEROUS, "only {}: {dangerous:#?}", dangerous.len());
}

fn describe(statement: &Statement) -> String {
    format!("{}: {}", statement.place, statement.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The statement without its organization, asking for what is theirs, and answering whose rows it reached.
/// None for what only SQLite understands, or is no statement by itself.
async fn mutant(world: &TwoTenants, text: &str) -> Option<String> {
    let removed = without_organization(text);
    let kinds = parameters(world, &removed).await.ok()?;
    let mut filled = removed;
    for (index, kind) in kinds.iter().enumerate().rev() {
        let value = match kind.as_str() {
            "jsonb" => json(text, world.theirs),
            kind => literal(kind, world.theirs, 2),
        };
        filled = filled.replace(&format!("${}", index + 1), &value);
    }
    Some(answering(&filled))
}

/// A set that a statement takes as JSON holds ids, or rows with an id.
fn json(text: &str, theirs: Uuid) -> String {
    if text.contains("jsonb_array_elements_text") {
        return format!("'[\"{theirs}\"]'::jsonb");
    }
    let row = ["id", "user_id", "email"].map(|name| format!("\"{name}\": \"{theirs}\"")).join(", ");
    format!("'[{{{row}, \"line\": 2}}]'::jsonb")
}

fn without_organization(text: &str) -> String {
    let mut removed = text.to_owned();
    for number in 1..=9 {
        for column in ["organization_id", "target.id"] {
            let predicate = format!("{column} = ${number}");
            while let Some(at) = removed.find(&predicate) {
                let qualified = removed[..at].rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
                let start = qualified.map_or(0, |before| before + 1);
                removed.replace_range(start..at + predicate.len(), &format!("(${number}::uuid IS NOT NULL)"));
            }
        }
    }
    removed
}

/// The types of the placeholders, as PostgreSQL understands them.
async fn parameters(world: &TwoTenants, text: &str) -> Result<Vec<String>, Error> {
    let mut tx = world.db.of(BEHIND).write().await?;
    tx.query(Assembled::both(format!("PREPARE mutant AS {text}"))).execute().await?;
    let kinds = "SELECT CAST(kind AS TEXT) AS kind FROM pg_prepared_statements,
            unnest(parameter_types) WITH ORDINALITY AS types (kind, nth) WHERE name = 'mutant' ORDER BY nth";
    let found = tx.query(kinds).all(|row: &Row| row.get("kind")).await;
    tx.query("DEALLOCATE mutant").execute().await?;
    found
}

/// What a reader shows, and whose rows a writer touched, as one text column.
fn answering(text: &str) -> String {
    let verb = text.split_whitespace().next().unwrap_or_default().to_uppercase();
    let table = text.split_whitespace().nth(if verb == "DELETE" { 2 } else { 1 }).unwrap_or_default();
    if verb == "SELECT" || verb == "WITH" {
        return format!("SELECT CAST(m AS TEXT) AS reached FROM ({text}) AS m");
    }
    let text = text.split(" RETURNING ").next().unwrap_or_default();
    format!("WITH m AS ({text} RETURNING {table}.organization_id) SELECT CAST(m AS TEXT) AS reached FROM m")
}

/// Whether the statement reached a row of theirs; nothing of it stays.
async fn reached(world: &TwoTenants, scope: impl Into<Scope>, text: &str) -> Result<bool, Error> {
    let mut tx = world.db.of(scope).write().await?;
    let rows = tx.query(Assembled::both(text)).all(|row| row.get::<String>("reached")).await?;
    Ok(rows.iter().any(|row| row.contains(&world.theirs.to_string())))
}
