//! Values that both databases can encode.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, value::RawValue};
use sqlx::{Arguments as _, error::BoxDynError, postgres::PgArguments, sqlite::SqliteArguments};
use uuid::Uuid;

use super::rows::Rows;

/// A bound value. Made by [`Bind`]; a `None` keeps its type, because PostgreSQL asks for it.
#[derive(Debug, Clone)]
pub enum Value {
    /// `BIGINT`
    Integer(Option<i64>),
    /// `TEXT`
    Text(Option<String>),
    /// `BOOLEAN`
    Bool(Option<bool>),
    /// `BYTEA`
    Bytes(Option<Vec<u8>>),
    /// `UUID`
    Uuid(Option<Uuid>),
    /// `TIMESTAMPTZ`
    Time(Option<DateTime<Utc>>),
    /// `JSONB`
    Json(Option<Json>),
    /// `JSONB` as it was written: a list, too long for a tree of values.
    List(Box<RawValue>),
    /// Rows, one behind the other.
    Rows(Rows),
}

mod sealed {
    pub trait Sealed {}
}

/// A type that may be bound to a `$n`. Sealed: these are the types that both databases keep without
/// loss. Smaller integers are widened by the caller: `i64::from(count)`.
pub trait Bind: sealed::Sealed {
    /// The value, or the typed null for `None`.
    fn value(this: Option<Self>) -> Value
    where
        Self: Sized;
}

macro_rules! bind {
    ($($type:ty => $variant:ident, $own:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        impl Bind for $type {
            fn value(this: Option<Self>) -> Value {
                Value::$variant(this.map($own))
            }
        }
    )*};
}

bind! {
    i64 => Integer, |value| value;
    String => Text, |value| value;
    &String => Text, String::clone;
    &str => Text, str::to_owned;
    bool => Bool, |value| value;
    Vec<u8> => Bytes, |value| value;
    &Vec<u8> => Bytes, Vec::clone;
    &[u8] => Bytes, <[u8]>::to_vec;
    Uuid => Uuid, |value| value;
    &Uuid => Uuid, |value| *value;
    DateTime<Utc> => Time, |value| value;
    Json => Json, |value| value;
    &Json => Json, Json::clone;
}

impl<const N: usize> sealed::Sealed for [u8; N] {}
impl<const N: usize> Bind for [u8; N] {
    fn value(this: Option<Self>) -> Value {
        Value::Bytes(this.map(|bytes| bytes.to_vec()))
    }
}

impl<T: Bind> From<T> for Value {
    fn from(value: T) -> Self {
        T::value(Some(value))
    }
}

impl<T: Bind> sealed::Sealed for Option<T> {}
impl<T: Bind> Bind for Option<T> {
    fn value(this: Option<Self>) -> Value {
        T::value(this.flatten())
    }
}

/// The fixed-width text of a time, `2026-01-31T08:00:00.000000Z`: how SQLite keeps it. It sorts
/// as text.
pub fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(super) fn postgres(values: Vec<Value>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Integer(value) => arguments.add(value)?,
            Value::Text(value) => arguments.add(value)?,
            Value::Bool(value) => arguments.add(value)?,
            Value::Bytes(value) => arguments.add(value)?,
            Value::Uuid(value) => arguments.add(value)?,
            Value::Time(value) => arguments.add(value)?,
            Value::Json(value) => arguments.add(value)?,
            Value::List(list) => arguments.add(sqlx::types::Json(list))?,
            Value::Rows(rows) => rows.add_to(&mut arguments)?,
        }
    }
    Ok(arguments)
}

pub(super) fn sqlite(values: Vec<Value>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Integer(value) => arguments.add(value)?,
            Value::Text(value) => arguments.add(value)?,
            Value::Bool(value) => arguments.add(value.map(i64::from))?,
            Value::Bytes(value) => arguments.add(value)?,
            Value::Uuid(value) => arguments.add(value.map(|id| id.to_string()))?,
            Value::Time(value) => arguments.add(value.map(time_text))?,
            Value::Json(value) => arguments.add(value.map(|json| json.to_string()))?,
            Value::List(list) => arguments.add(String::from(Box::<str>::from(list)))?,
            Value::Rows(rows) => arguments.add(serde_sqlite_jsonb::to_vec(&rows)?)?,
        }
    }
    Ok(arguments)
}
