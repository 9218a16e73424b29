//! What can go wrong between a service and its database.

use std::fmt::Display;

use proto::refusal::Refusal;

/// What a store function answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed statement. Its `Display` names no SQL and no value, so it may reach a log; callers see
/// only the refusal it is mapped to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be reached, was busy, or gave up one of two transactions that stood in
    /// each other's way. Nothing was written; the same call may succeed a moment later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// A row holds something that the code cannot read.
    #[error("a row is broken at {place}: {problem}")]
    Broken {
        /// The table and column, or the column alone where the table is not known.
        place: String,
        /// What was wrong with it. Never the value.
        problem: String,
    },
    /// A unique key, foreign key or check refused the row. A guard that should have been asked before:
    /// see `ON CONFLICT DO NOTHING`.
    #[error("the constraint {constraint} refused the row")]
    Conflict {
        /// Name of the constraint on PostgreSQL, the driver's message on SQLite.
        constraint: String,
    },
    /// The tables are older than this program: a step of its migrations was not taken yet.
    #[error("the tables are older than this program: they lack the migration {0}")]
    Behind(String),
    /// This program must not run on this database as it is; the text says what to do about it.
    #[error("{0}")]
    Unfit(String),
    /// Anything else: a wrong statement, a full disk.
    #[error("the database refused the statement")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Class 40 (rollback), 53 (no resources), 57 (shutdown, timeout), 55P03 (lock), 25P03 (a transaction that
/// stood still too long), 08 (connection);
/// SQLite's primary codes BUSY 5, LOCKED 6, IOERR 10, FULL 13, CANTOPEN 14 with their extended forms.
fn passes_by_itself(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    match code.parse::<i64>() {
        Ok(number) if error.as_error().is::<sqlx::sqlite::SqliteError>() => {
            matches!(number & 0xff, 5 | 6 | 10 | 13 | 14)
        }
        _ => ["40", "53", "57", "55P03", "25P03", "08"].iter().any(|class| code.starts_with(class)),
    }
}

impl Error {
    /// A row that the domain cannot read: `Error::broken("users.state", problem)`.
    pub fn broken(place: impl Into<String>, problem: impl Display) -> Self {
        Self::Broken { place: place.into(), problem: problem.to_string() }
    }

    /// True when the same call may succeed a moment later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The work was cut off before it was known whether it was written: worth another try.
    #[must_use]
    pub fn cut_off() -> Self {
        Self::Unavailable(sqlx::Error::WorkerCrashed)
    }

    pub(crate) fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as Driver;
        match &error {
            Driver::Database(inner) if passes_by_itself(inner.as_ref()) => Self::Unavailable(error),
            Driver::Database(inner) if !matches!(inner.kind(), sqlx::error::ErrorKind::Other) => {
                let constraint = inner.constraint().unwrap_or_else(|| inner.message()).to_owned();
                Self::Conflict { constraint }
            }
            Driver::Io(_) | Driver::Tls(_) | Driver::PoolTimedOut | Driver::PoolClosed => {
                Self::Unavailable(error)
            }
            Driver::WorkerCrashed | Driver::BeginFailed => Self::Unavailable(error),
            Driver::ColumnDecode { index, source } => Self::broken(index.clone(), source),
            Driver::ColumnNotFound(column) => {
                Self::broken(column.clone(), "the statement does not return it")
            }
            _ => Self::other(error),
        }
    }
}

/// What a caller sees of it. The cause is logged here, because it goes no further.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        if error.is_unavailable() {
            tracing::warn!(%error, cause, "db.unavailable");
            return Self::unavailable("database");
        }
        tracing::error!(%error, cause, "db.failed");
        Self::internal()
    }
}
