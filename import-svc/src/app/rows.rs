//! What each row of a file means, or meant.

use platform::caller::Caller;
use proto::filter::{self, Field, Filter, Kind, Operator, Value};
use proto::name;
use proto::page::{Position, Query};
use proto::refusal::{Reason, Refusal};

use super::{App, not_found};
use crate::domain::import::Import;
use crate::domain::import_row::ImportRow;
use crate::store::import_blocks::{self, Outcomes, Slice};
use crate::store::imports;

/// Names in the contract.
const OUTCOMES: &[&str] = &[
    "ROW_OUTCOME_NEW",
    "ROW_OUTCOME_UPDATED",
    "ROW_OUTCOME_UNCHANGED",
    "ROW_OUTCOME_SUPERSEDED",
    "ROW_OUTCOME_ERROR",
];
const FIELDS: &[Field] = &[Field { name: "outcome", kind: Kind::Enum(OUTCOMES) }];

/// Which rows.
pub struct List {
    /// Of which import.
    pub parent: name::Import,
    /// At most.
    pub size: i64,
    /// Of the page before.
    pub page_token: String,
    /// `outcome = ROW_OUTCOME_ERROR`
    pub filter: String,
}

/// A page of rows.
pub struct Page {
    /// Their import.
    pub import: Import,
    /// In file order.
    pub rows: Vec<ImportRow>,
    /// Of the next page.
    pub next: String,
    /// On all pages.
    pub total: i64,
}

/// A page of the rows that pass the filter.
pub async fn list(app: &App, caller: &Caller, list: List) -> Result<Page, Refusal> {
    let tenant = app.require(caller, list.parent.organization).await?;
    let outcomes = outcomes(&filter::parse(&list.filter, FIELDS)?)?;
    let (parent, principal, now) = (list.parent.to_string(), caller.principal().key(), app.clock.now());
    let query = Query {
        rpc: "ListImportRows",
        parent: &parent,
        filter: &list.filter,
        order_by: "",
        principal: &principal,
    };
    let tokens = app.keys.page_tokens();
    let position = tokens.open(&list.page_token, &query, now)?;
    let mut tx = app.db.of(tenant).read().await?;
    let import = imports::find(&mut tx, tenant, list.parent.import).await?;
    let import = planned(import.ok_or_else(|| not_found(&list.parent))?)?;
    let (after, total) = match position {
        Some(position) => (last(&position)?, position.total_size),
        None => (0, i64::from(import_blocks::count(&mut tx, tenant, import.id, outcomes).await?)),
    };
    let slice = Slice { import: import.id, after, outcomes };
    let size = usize::try_from(list.size).unwrap_or_default();
    let mut rows = import_blocks::page(&mut tx, tenant, slice, size + 1).await?;
    let mut next = String::new();
    if rows.len() > size {
        rows.pop();
        let last = rows.last().map(|row| row.line.to_string()).into_iter().collect();
        next = tokens.seal(&query, &Position { last, total_size: total }, now)?;
    }
    Ok(Page { import, rows, next, total })
}

/// An import whose rows have a meaning: while it is validated a later row may still replace an earlier.
pub fn planned(import: Import) -> Result<Import, Refusal> {
    if import.state.has_no_plan() {
        let text = "the file is still being validated";
        return Err(Refusal::new(Reason::ImportNotReady, text).with("state", import.state.as_str()));
    }
    Ok(import)
}

fn last(position: &Position) -> Result<u32, Refusal> {
    let line = position.last.first().and_then(|line| line.parse().ok());
    line.ok_or_else(|| Refusal::new(Reason::BadPageToken, "this page token is damaged"))
}

/// The outcomes that pass: there are five, so each is tried.
fn outcomes(filter: &Filter) -> Result<Outcomes, Refusal> {
    Ok(Outcomes {
        new: passes(filter, "ROW_OUTCOME_NEW")?,
        updated: passes(filter, "ROW_OUTCOME_UPDATED")?,
        unchanged: passes(filter, "ROW_OUTCOME_UNCHANGED")?,
        superseded: passes(filter, "ROW_OUTCOME_SUPERSEDED")?,
        errors: passes(filter, "ROW_OUTCOME_ERROR")?,
    })
}

fn passes(filter: &Filter, outcome: &str) -> Result<bool, Refusal> {
    let each =
        |terms: &[Filter]| terms.iter().map(|term| passes(term, outcome)).collect::<Result<Vec<_>, _>>();
    match filter {
        Filter::All => Ok(true),
        Filter::And(terms) => Ok(each(terms)?.into_iter().all(|passes| passes)),
        Filter::Or(terms) => Ok(each(terms)?.into_iter().any(|passes| passes)),
        Filter::Not(term) => Ok(!passes(term, outcome)?),
        Filter::Compare { operator: Operator::Equal, value: Value::Enum(name), .. } => Ok(*name == outcome),
        Filter::Compare { operator: Operator::NotEqual, value: Value::Enum(name), .. } => {
            Ok(*name != outcome)
        }
        Filter::Compare { .. } | Filter::Word(_) => {
            let text = "filter: rows are found by outcome only, such as outcome = ROW_OUTCOME_ERROR";
            Err(Refusal::new(Reason::BadFilter, text).with("position", "0"))
        }
    }
}
