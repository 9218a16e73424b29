//! The four databases, in either shape.

use anyhow::{Context, bail};
use platform::db::{self, Db, Location, Migrations};

use crate::cli::Place;
use crate::folder::Folder;

const SERVICES: [&str; 4] = ["identity", "license", "import", "notify"];

/// One database a service; nobody joins across them.
#[derive(Clone)]
pub struct Storage {
    pub identity: Db,
    pub license: Db,
    pub import: Db,
    pub notify: Db,
}

impl Storage {
    /// Opens all four, makes what is missing and migrates under a lock.
    pub async fn open(place: &Place, folder: &Folder) -> anyhow::Result<Self> {
        Self::each(place, folder, async |at, migrations| Db::open(at, migrations).await).await
    }

    /// Opens all four in one way.
    async fn each(
        place: &Place,
        folder: &Folder,
        open: impl AsyncFn(&Location, &Migrations) -> db::Result<Db>,
    ) -> anyhow::Result<Self> {
        let open = async |service: &'static str, migrations: &Migrations| {
            let opened = open(&location(place, folder, service)?, migrations).await;
            opened.with_context(|| format!("the {service} database cannot be opened"))
        };
        Ok(Self {
            identity: open("identity", &identity_svc::MIGRATIONS).await?,
            license: open("license", &license_svc::MIGRATIONS).await?,
            import: open("import", &import_svc::MIGRATIONS).await?,
            notify: open("notify", &notify_svc::MIGRATIONS).await?,
        })
    }

    /// Opens an installation that is there to look at it: nothing is migrated or written, so that a
    /// newer program may look beside an older server.
    ///
    /// # Errors
    ///
    /// See [`there`]; a database that cannot be opened.
    pub async fn to_look_at(place: &Place) -> anyhow::Result<Self> {
        let folder = there(place)?;
        Self::each(place, &folder, async |at, _| Db::look_at(at).await).await
    }

    /// Opens an installation on SQLite that is there to copy it: it is not migrated either.
    ///
    /// # Errors
    ///
    /// See [`there`]; a database that cannot be opened.
    pub async fn to_copy(place: &Place) -> anyhow::Result<(Folder, Self)> {
        let folder = there(place)?;
        let storage = Self::each(place, &folder, async |at, _| Db::as_it_is(at).await).await?;
        Ok((folder, storage))
    }

    /// With their names, in the order of a backup (seams.md): who points is copied
    /// before who is pointed at.
    pub fn all(&self) -> [(&'static str, &Db); 4] {
        [
            ("import", &self.import),
            ("license", &self.license),
            ("identity", &self.identity),
            ("notify", &self.notify),
        ]
    }

    /// Waits for open transactions and closes them all.
    pub async fn close(&self) {
        for (_, db) in self.all() {
            db.close().await;
        }
    }
}

/// The folder of an installation. One that was misspelt, or a copy that lacks a database, would
/// otherwise be made anew, and nothing is wrong with what is empty.
pub fn there(place: &Place) -> anyhow::Result<Folder> {
    for service in SERVICES {
        let file = place.data.join(format!("{service}.db"));
        if place.postgres.is_none() && !file.is_file() {
            bail!("{} is missing: --data names the folder of an installation", file.display());
        }
    }
    Folder::open(&place.data)
}

fn location(place: &Place, folder: &Folder, service: &str) -> anyhow::Result<Location> {
    let Some(server) = &place.postgres else { return Ok(Location::Sqlite(folder.database(service))) };
    let url = database_url(server.expose(), service)?;
    Ok(Location::Postgres { url, connections: place.postgres_connections })
}

/// The URL of a service's database: `roster_identity`, or `acme_identity` when
/// the server's URL ends in `/acme`, so that one server can hold several installations.
fn database_url(server: &str, service: &str) -> anyhow::Result<String> {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let Some((scheme, rest)) = address.split_once("://") else {
        bail!("--postgres takes a URL such as postgres://user@127.0.0.1:5432");
    };
    let (host, named) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = if named.is_empty() { "roster" } else { named };
    let separator = if query.is_empty() { "" } else { "?" };
    Ok(format!("{scheme}://{host}/{prefix}_{service}{separator}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_gets_its_own_database_on_the_server() {
        let url = |server| database_url(server, "identity").expect("a URL");
        assert_eq!(url("postgres://u:p@h:1"), "postgres://u:p@h:1/roster_identity");
        assert_eq!(url("postgres://u@h/?sslmode=require"), "postgres://u@h/roster_identity?sslmode=require");
        assert_eq!(url("postgres://u@h/acme"), "postgres://u@h/acme_identity");
        assert!(database_url("localhost", "identity").is_err());
    }
}
