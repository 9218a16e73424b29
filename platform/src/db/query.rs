//! One statement: its text, its values, and how its rows are read.

use futures::TryStreamExt as _;
use serde::Serialize;

use super::{
    error::{Error, Result},
    row::{Column, Row},
    rows::Rows,
    sql::Text,
    tx::{Connection, Tx},
    value::{self, Bind, Value},
};

/// A statement about to run. Made by [`Tx::query`].
#[must_use = "a statement runs when execute, one, optional or all is called"]
pub struct Query<'t> {
    tx: &'t mut Tx,
    text: Text,
    values: Vec<Value>,
    rows: Option<Rows>,
    broken: Option<Error>,
    /// Binds a set of rows.
    is_set: bool,
}

impl<'t> Query<'t> {
    pub(super) fn new(tx: &'t mut Tx, text: Text) -> Self {
        Self { tx, text, values: Vec::new(), rows: None, broken: None, is_set: false }
    }

    /// Binds the next placeholder: the first call is `$1`.
    pub fn bind<T: Bind>(mut self, value: T) -> Self {
        self.values.push(T::value(Some(value)));
        self
    }

    /// Binds values that were collected beside an [`Assembled`](super::Assembled) text.
    pub fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// Binds a list or an object as JSON, for `jsonb_array_elements_text($1)` on PostgreSQL and
    /// `jsonb_each($1)` on SQLite. For a set of rows see [`Query::bind_rows`].
    ///
    /// PostgreSQL plans such a statement each time it runs: a plan that was made while a table was empty,
    /// and kept, walks all of a table for each member of a set (16 s instead of 20 ms in a first import of
    /// 100,000 people).
    pub fn bind_json<T: Serialize + ?Sized>(mut self, list: &T) -> Self {
        self.is_set = true;
        match serde_json::value::to_raw_value(list) {
            Ok(list) => self.values.push(Value::List(list)),
            Err(error) => self.broken = Some(Error::other(error)),
        }
        self
    }

    /// Binds a set of rows, so that one statement writes thousands. Its placeholders come behind all others,
    /// wherever it is called: on PostgreSQL one for each column, `unnest($2::uuid[], $3::text[]) AS r(id,
    /// name)`, on SQLite one for all, `jsonb_each($2)` with `value ->> 0` and `value ->> 1`; bytes are hex
    /// there, `unhex(value ->> 2)`. A statement takes one set. Planned each time, as [`Query::bind_json`] is.
    pub fn bind_rows<const WIDTH: usize>(mut self, rows: impl IntoIterator<Item = [Value; WIDTH]>) -> Self {
        self.is_set = true;
        match Rows::new(rows) {
            Ok(rows) if self.rows.is_none() => self.rows = Some(rows),
            Ok(_) => self.broken = Some(Error::other("a statement takes one set")),
            Err(error) => self.broken = Some(Error::other(error)),
        }
        self
    }

    /// Runs the statement.
    ///
    /// # Errors
    ///
    /// See [`Error`]. Returns the number of rows that were written.
    pub async fn execute(self) -> Result<u64> {
        let is_set = self.is_set;
        let (tx, text, values) = self.checked()?;
        match &mut tx.connection {
            Connection::Postgres(lent) => {
                let arguments = value::postgres(values).map_err(Error::other)?;
                let query = sqlx::query_with(text.postgres(), arguments).persistent(!is_set);
                let done = query.execute(lent.busy()).await?;
                lent.done();
                Ok(done.rows_affected())
            }
            Connection::Sqlite(lent) => {
                let arguments = value::sqlite(values).map_err(Error::other)?;
                let done = sqlx::query_with(text.sqlite(), arguments).execute(lent.busy()).await?;
                lent.done();
                Ok(done.rows_affected())
            }
        }
    }

    /// Every row, in the statement's order.
    ///
    /// # Errors
    ///
    /// See [`Error`]; also what `read` answers.
    pub async fn all<T>(self, mut read: impl FnMut(&Row) -> Result<T>) -> Result<Vec<T>> {
        let is_set = self.is_set;
        let (tx, text, values) = self.checked()?;
        let mut found = Vec::new();
        match &mut tx.connection {
            Connection::Postgres(lent) => {
                let arguments = value::postgres(values).map_err(Error::other)?;
                let query = sqlx::query_with(text.postgres(), arguments).persistent(!is_set);
                let mut rows = query.fetch(lent.busy());
                while let Some(row) = rows.try_next().await? {
                    found.push(read(&Row::Postgres(row))?);
                }
                drop(rows);
                lent.done();
            }
            Connection::Sqlite(lent) => {
                let arguments = value::sqlite(values).map_err(Error::other)?;
                let mut rows = sqlx::query_with(text.sqlite(), arguments).fetch(lent.busy());
                while let Some(row) = rows.try_next().await? {
                    found.push(read(&Row::Sqlite(row))?);
                }
                drop(rows);
                lent.done();
            }
        }
        Ok(found)
    }

    /// The first row, or `None`.
    ///
    /// # Errors
    ///
    /// See [`Error`]; also what `read` answers.
    pub async fn optional<T>(self, read: impl FnOnce(&Row) -> Result<T>) -> Result<Option<T>> {
        if self.tx.may_write() {
            // To its end: SQLite looks at foreign keys behind the last row that a RETURNING gives.
            let mut read = Some(read);
            let first = self.all(|row| read.take().map(|read| read(row)).transpose()).await?;
            return Ok(first.into_iter().next().flatten());
        }
        let is_set = self.is_set;
        let (tx, text, values) = self.checked()?;
        let found = match &mut tx.connection {
            Connection::Postgres(lent) => {
                let arguments = value::postgres(values).map_err(Error::other)?;
                let query = sqlx::query_with(text.postgres(), arguments).persistent(!is_set);
                let found = query.fetch_optional(lent.busy()).await?;
                lent.done();
                found.map(Row::Postgres)
            }
            // The driver's thread answers once, and not a second time for the end.
            Connection::Sqlite(lent) => {
                let arguments = value::sqlite(values).map_err(Error::other)?;
                let query = sqlx::query_with(text.sqlite(), arguments);
                let found = query.fetch_optional(lent.busy()).await?;
                lent.done();
                found.map(Row::Sqlite)
            }
        };
        found.map(|row| read(&row)).transpose()
    }

    /// The row that must be there: an aggregate, or the row a `RETURNING` gives.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when there is none.
    pub async fn one<T>(self, read: impl FnOnce(&Row) -> Result<T>) -> Result<T> {
        self.optional(read).await?.ok_or_else(|| Error::broken("row", "the statement returned none"))
    }

    /// One column of the row that must be there: `SELECT count(*) AS n …`, `.value("n")`.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] when there is no row, or the column cannot be read as `T`.
    pub async fn value<T: Column>(self, column: &str) -> Result<T> {
        self.one(|row| row.get(column)).await
    }

    fn checked(mut self) -> Result<(&'t mut Tx, Text, Vec<Value>)> {
        self.values.extend(self.rows.take().map(Value::Rows));
        match self.broken {
            Some(error) => Err(error),
            None => Ok((self.tx, self.text, self.values)),
        }
    }
}
