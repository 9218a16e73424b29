//! The one PostgreSQL database of a service.

use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use tokio_util::sync::CancellationToken;

use crate::config;
use crate::db::{self, Db, Error, Location, Migrations};
use crate::serve::Component;

/// Between two tries to reach a server that is not there.
const PAUSE: Duration = Duration::from_millis(500);

/// Where a service keeps its rows.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Database {
    /// The service's own database, postgres://USER:PASSWORD@HOST:PORT/NAME.
    #[arg(long, value_name = "URL")]
    pub postgres: config::Secret,
    /// Connections to PostgreSQL of this process.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub postgres_connections: u32,
    /// When tables are brought up to date: at each start (under a lock), or never, because the command
    /// migrate does it.
    #[arg(long, value_enum, default_value = "at-start")]
    pub migrate: MigrateWhen,
}

/// Who brings tables up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MigrateWhen {
    /// Each process when it starts; the first one does it, the others wait for it.
    AtStart,
    /// Somebody else; a process that finds older tables refuses to start.
    Never,
}

/// `migrate`: brings the tables up to date, once, however many run it at a time.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Migrate {
    /// The service's own database, as a role that may change its tables.
    #[arg(long, value_name = "URL")]
    pub postgres: config::Secret,
}

impl Migrate {
    /// Runs the missing steps in one transaction, as `roster_owner`.
    ///
    /// # Errors
    /// The database cannot be reached, or an applied step was edited.
    pub async fn run(&self, migrations: &Migrations) -> anyhow::Result<()> {
        let migrated = db::migrate(self.postgres.expose(), migrations).await;
        migrated.context("the tables cannot be brought up to date")?;
        println!("the tables are up to date");
        Ok(())
    }
}

impl Database {
    /// Opens it for a command that ends by itself.
    ///
    /// # Errors
    /// It cannot be reached, or its tables are older than this program.
    pub async fn open(&self, migrations: &Migrations) -> anyhow::Result<Db> {
        self.try_open(migrations).await.map_err(explained)
    }

    /// Waits for the server; none when the process stops before it comes.
    pub(super) async fn wait(
        &self,
        migrations: &Migrations,
        component: &Component,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<Db>> {
        loop {
            match stop.run_until_cancelled(self.try_open(migrations)).await {
                None => return Ok(None),
                Some(Ok(db)) => return Ok(Some(db)),
                Some(Err(error)) if error.is_unavailable() => {
                    component.not_ready("the database cannot be reached");
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "the database cannot be reached");
                }
                Some(Err(error)) => return Err(explained(error)),
            }
            stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
    }

    async fn try_open(&self, migrations: &Migrations) -> Result<Db, Error> {
        let url = self.postgres.expose().to_owned();
        let location = Location::Postgres { url, connections: self.postgres_connections };
        match self.migrate {
            MigrateWhen::AtStart => Db::open(&location, migrations).await,
            MigrateWhen::Never => Db::connect(&location, migrations).await,
        }
    }
}

fn explained(error: Error) -> anyhow::Error {
    let behind = matches!(error, Error::Behind(_));
    let error = anyhow::Error::from(error);
    match behind {
        true => error.context("run the command migrate of this program first, with its --postgres"),
        false => error.context("the database cannot be opened"),
    }
}
