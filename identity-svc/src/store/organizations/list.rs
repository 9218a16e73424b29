//! Pages of organizations, by name.

use platform::db::{Assembled, Result, Tx, Value};
use proto::filter::{Filter, Operator, Value as Operand};
use uuid::Uuid;

use super::{columns, read};
use crate::domain::organization::{Organization, Subtree};
use crate::store::predicate::{Values, compile, containing, within};

/// Where a page begins, and how long it is.
pub struct Page<'a> {
    /// Sort name and id of the last row before it.
    pub after: Option<(&'a str, Uuid)>,
    /// At most this many rows.
    pub limit: i64,
}

/// An organization with its sort key.
pub struct Listed {
    /// The row.
    pub organization: Organization,
    /// For the next page's token.
    pub sort_name: String,
}

/// A page of the organizations in `visible`; `editable` is what `caller_may_edit` asks about.
pub async fn page(
    tx: &mut Tx,
    visible: &[Subtree],
    editable: &[Subtree],
    filter: &Filter,
    page: &Page<'_>,
) -> Result<Vec<Listed>> {
    let (mut condition, values) = condition(visible, editable, filter);
    let mut values = Values(values);
    if let Some((name, id)) = page.after {
        let (name, id) = (values.add(name), values.add(id));
        condition = format!("{condition} AND (o.sort_name, o.id) > ({name}, {id})");
    }
    let limit = values.add(page.limit);
    let text = format!(
        "SELECT {}, o.sort_name FROM organizations o WHERE {condition} ORDER BY o.sort_name, o.id LIMIT {limit}",
        columns!()
    );
    let read =
        |row: &platform::db::Row| Ok(Listed { organization: read(row)?, sort_name: row.get("sort_name")? });
    tx.query(Assembled::both(text)).bind_all(values.0).all(read).await
}

pub(super) fn condition(visible: &[Subtree], editable: &[Subtree], filter: &Filter) -> (String, Vec<Value>) {
    let mut values = Values::default();
    let within_visible = within(visible, &mut values);
    let leaf = |filter: &Filter, values: &mut Values| match filter {
        Filter::Word(word) => format!("o.search_text LIKE {} ESCAPE '\\'", values.add(containing(word))),
        Filter::Compare { operator, value, .. } => {
            let wanted = (*value == Operand::Bool(true)) == (*operator == Operator::Equal);
            let editable = within(editable, values);
            if wanted { editable } else { format!("NOT {editable}") }
        }
        _ => "TRUE".to_owned(),
    };
    let filter = compile(filter, &mut values, &leaf);
    (format!("{within_visible} AND {filter}"), values.0)
}
