//! The text of a statement, for one database or for each.

/// A statement that reads differently on the two databases; both texts take the same values.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    /// The text for PostgreSQL.
    pub postgres: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
}

/// A statement put together at run time from constants of the code (a list's filter and order).
/// Whoever builds one promises that no value from outside is in the text: values are bound.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The text for PostgreSQL.
    pub postgres: String,
    /// The text for SQLite.
    pub sqlite: String,
}

impl Assembled {
    /// The same text for both databases.
    pub fn both(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { postgres: text.clone(), sqlite: text }
    }
}

/// What [`Tx::query`](super::Tx::query) takes: a text, a [`Sql`] pair or an [`Assembled`] pair.
#[derive(Debug, Clone)]
pub enum Text {
    /// Written in the source.
    Constant(Sql),
    /// Put together at run time.
    Assembled(Assembled),
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Constant(Sql { postgres: text, sqlite: text })
    }
}

impl From<Sql> for Text {
    fn from(sql: Sql) -> Self {
        Self::Constant(sql)
    }
}

impl From<Assembled> for Text {
    fn from(text: Assembled) -> Self {
        Self::Assembled(text)
    }
}

impl Text {
    pub(super) fn postgres(self) -> sqlx::SqlStr {
        use sqlx::SqlSafeStr as _;
        match self {
            Self::Constant(sql) => sql.postgres.into_sql_str(),
            Self::Assembled(text) => sqlx::AssertSqlSafe(text.postgres).into_sql_str(),
        }
    }

    pub(super) fn sqlite(self) -> sqlx::SqlStr {
        use sqlx::SqlSafeStr as _;
        match self {
            Self::Constant(sql) => sql.sqlite.into_sql_str(),
            Self::Assembled(text) => sqlx::AssertSqlSafe(text.sqlite).into_sql_str(),
        }
    }
}
