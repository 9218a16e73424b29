//! Reading a row of either database.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use super::error::{Error, Result};

/// A row that a statement returned.
pub enum Row {
    /// From PostgreSQL.
    Postgres(PgRow),
    /// From SQLite.
    Sqlite(SqliteRow),
}

mod sealed {
    pub trait Sealed {}
}

/// A type that a column can be read as. Sealed, the mirror of [`Bind`](super::Bind).
pub trait Column: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn postgres(row: &PgRow, column: &str) -> Result<Option<Self>>;
    #[doc(hidden)]
    fn sqlite(row: &SqliteRow, column: &str) -> Result<Option<Self>>;
    #[doc(hidden)]
    fn present(column: &str, value: Option<Self>) -> Result<Self> {
        value.ok_or_else(|| Error::broken(column, "it is null"))
    }
}

impl Row {
    /// The value of a column. `get::<Option<T>>` for a column that may be null.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when the column is absent, null or of another type.
    pub fn get<T: Column>(&self, column: &str) -> Result<T> {
        let value = match self {
            Self::Postgres(row) => T::postgres(row, column)?,
            Self::Sqlite(row) => T::sqlite(row, column)?,
        };
        T::present(column, value)
    }

    /// A column that the domain reads: `row.parse("state", State::parse)`.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] with the column's name when it is absent, null, of another type, or `read`
    /// refuses it.
    pub fn parse<T: Column, D, E: std::fmt::Display>(
        &self,
        column: &str,
        read: impl FnOnce(T) -> Result<D, E>,
    ) -> Result<D> {
        read(self.get(column)?).map_err(|problem| Error::broken(column, problem))
    }
}

macro_rules! column {
    ($($type:ty, $sqlite:ty, $read:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        impl Column for $type {
            fn postgres(row: &PgRow, column: &str) -> Result<Option<Self>> {
                Ok(row.try_get(column)?)
            }
            fn sqlite(row: &SqliteRow, column: &str) -> Result<Option<Self>> {
                let stored: Option<$sqlite> = row.try_get(column)?;
                stored.map($read).transpose().map_err(|problem: String| Error::broken(column, problem))
            }
        }
    )*};
}

column! {
    i64, i64, Ok;
    String, String, Ok;
    bool, i64, |number| Ok(number != 0);
    Vec<u8>, Vec<u8>, Ok;
    Uuid, String, |text| Uuid::try_parse(&text).map_err(|problem| problem.to_string());
    DateTime<Utc>, String, |text| text.parse().map_err(|problem: chrono::ParseError| problem.to_string());
    Json, String, |text| serde_json::from_str(&text).map_err(|problem| problem.to_string());
}

impl<T: Column> sealed::Sealed for Option<T> {}
impl<T: Column> Column for Option<T> {
    fn postgres(row: &PgRow, column: &str) -> Result<Option<Self>> {
        T::postgres(row, column).map(Some)
    }
    fn sqlite(row: &SqliteRow, column: &str) -> Result<Option<Self>> {
        T::sqlite(row, column).map(Some)
    }
}
