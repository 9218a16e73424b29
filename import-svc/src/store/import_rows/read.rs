//! A row of `import_rows` as a row of an import.

use platform::db::{self, Row};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::import_row::ImportRow;
use crate::domain::plan::Disposition;
use crate::store::imports::number;

pub(super) fn read(row: &Row) -> db::Result<ImportRow> {
    let by_line: Option<i64> = row.get("superseded_by")?;
    let by_line = by_line.and_then(|line| u32::try_from(line).ok()).unwrap_or_default();
    Ok(ImportRow {
        line: number(row, "line")?,
        person: json(row, "person")?,
        cells: json(row, "cells")?.unwrap_or_default(),
        problems: json(row, "problems")?.unwrap_or_default(),
        disposition: row.parse("outcome", |name: String| Disposition::parse(&name, by_line).ok_or(name))?,
        needs_seat: row.get("needs_seat")?,
        user: row.get("user_id")?,
        license_enabled: row.get("license_enabled")?,
    })
}

fn json<T: DeserializeOwned>(row: &Row, column: &str) -> db::Result<Option<T>> {
    let value: Option<Value> = row.get(column)?;
    value.map(serde_json::from_value).transpose().map_err(|error| db::Error::broken(column, error))
}
