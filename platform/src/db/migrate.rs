//! Bringing a database's tables up to date.

use sha2::{Digest as _, Sha256};

use super::{
    error::{Error, Result},
    tx::{Connection, Tx},
};

/// The steps that a service's tables took, oldest first. Made by [`migrations!`](super::migrations).
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The steps, oldest first.
    pub steps: &'static [Migration],
}

/// One step, in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name without its ending: `0001_accounts`.
    pub name: &'static str,
    /// The text of `migrations/postgres/<name>.sql`.
    pub postgres: &'static str,
    /// The text of `migrations/sqlite/<name>.sql`.
    pub sqlite: &'static str,
}

/// `db::migrations!["0001_accounts", "0002_teams"]`: the [`Migrations`] of the crate that calls it,
/// from its `migrations/postgres` and `migrations/sqlite`. A name that lacks either file does not
/// compile, so the two dialects cannot drift apart in number.
#[doc(hidden)]
#[macro_export]
macro_rules! __migrations {
    ($($name:literal),* $(,)?) => {
        $crate::db::Migrations {
            steps: &[$($crate::db::Migration {
                name: $name,
                postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $name, ".sql")),
                sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $name, ".sql")),
            }),*],
        }
    };
}

/// The tables of the durable habits, in every database.
const HABITS: Migrations = crate::__migrations!["0001_habits", "0002_held", "0003_several"];

const HISTORY: &str =
    "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL)";

impl Migrations {
    /// Runs the steps that this database has not seen, all in the one transaction given. A step that
    /// only a newer version knows is left alone, so that old and new replicas can overlap. True when
    /// there was any.
    ///
    /// # Errors
    ///
    /// [`Error::Other`] when a step that was applied has been edited since.
    pub(super) async fn run(&self, tx: &mut Tx) -> Result<bool> {
        tx.query(HISTORY).execute().await?;
        let mut changed = false;
        for (name, step) in self.named() {
            if !step.was_applied(&name, tx).await? {
                step.apply(&name, tx).await?;
                changed = true;
            }
        }
        Ok(changed)
    }

    /// Those of the durable habits first.
    fn named(&self) -> impl Iterator<Item = (String, &Migration)> {
        let habits = HABITS.steps.iter().map(|step| (format!("platform/{}", step.name), step));
        habits.chain(self.steps.iter().map(|step| (format!("service/{}", step.name), step)))
    }

    /// Whether this PostgreSQL database has taken every step.
    ///
    /// # Errors
    ///
    /// [`Error::Behind`] names the first that is missing.
    pub(super) async fn verify(&self, tx: &mut Tx) -> Result<()> {
        let known = tx.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS known");
        let applied: Vec<String> = match known.value("known").await? {
            true => tx.query("SELECT name FROM schema_migrations").all(|row| row.get("name")).await?,
            false => Vec::new(),
        };
        let missing = self.named().map(|(name, _)| name).find(|name| !applied.contains(name));
        missing.map_or(Ok(()), |name| Err(Error::Behind(name)))
    }

    /// A hash over every step of both dialects: two databases with the same one have the same tables.
    pub fn checksum(&self) -> String {
        let steps = HABITS.steps.iter().chain(self.steps);
        let text: Vec<&str> = steps.flat_map(|step| [step.name, step.postgres, step.sqlite]).collect();
        hash(&text.join("\n"))
    }
}

impl Migration {
    async fn was_applied(&self, name: &str, tx: &mut Tx) -> Result<bool> {
        let applied = tx
            .query("SELECT checksum FROM schema_migrations WHERE name = $1")
            .bind(name)
            .optional(|row| row.get::<String>("checksum"))
            .await?;
        match applied {
            Some(checksum) if checksum != hash(self.text(tx)) => {
                Err(Error::other(format!("the applied migration {name} was edited")))
            }
            applied => Ok(applied.is_some()),
        }
    }

    async fn apply(&self, name: &str, tx: &mut Tx) -> Result<()> {
        let text = self.text(tx);
        script(tx, text).await?;
        tx.query("INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)")
            .bind(name)
            .bind(hash(text))
            .execute()
            .await?;
        Ok(())
    }

    fn text(&self, tx: &Tx) -> &'static str {
        if tx.is_postgres() { self.postgres } else { self.sqlite }
    }
}

/// Runs a text of several statements.
async fn script(tx: &mut Tx, text: &'static str) -> Result<()> {
    match &mut tx.connection {
        Connection::Postgres(lent) => {
            sqlx::raw_sql(text).execute(lent.busy()).await?;
            lent.done();
        }
        Connection::Sqlite(lent) => {
            sqlx::raw_sql(text).execute(lent.busy()).await?;
            lent.done();
        }
    }
    Ok(())
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
