//! The first step: what is in the file, its template, its rules, and the file itself (F4 to F7, B16).

use proto::imports::v1::{GetImportGuidelinesRequest, ImportGuidelines, ImportKind, import_guidelines};
use proto::license::v1::ListPoolsRequest;

use super::kinds;
use crate::console::failure::Failure;
use crate::console::html;
use crate::console::input::fresh_id;
use crate::console::place::{self, Place};
use crate::console::view::form::{Choice, Form};
use crate::console::view::import::{Column, New};
use crate::console::view::page::Here;
use crate::console::view::text::Count;

const MEBIBYTE: u64 = 1 << 20;

/// The form of the kind in the address; of the first one without.
pub(super) async fn ask(place: Place) -> html::Answer {
    // F1, G15: a file that will be refused is better not chosen.
    if !place.may_edit() {
        return Err(Failure::Answer(403));
    }
    let kind = kinds::parse(place.asked("kind")).unwrap_or(ImportKind::LicenseInvite);
    html::page(&view(&place, kind, Form::default()).await?)
}

/// The form, with what was wrong with it.
pub(super) async fn view(place: &Place, kind: ImportKind, form: Form) -> Result<New, Failure> {
    let request = GetImportGuidelinesRequest { kind: kind.into() };
    let guidelines = place.imports()?.get_import_guidelines(request).await?.into_inner();
    let path = format!("{}/imports/new", place.base());
    let most = place.app.config.upload_bytes.min(u64::try_from(guidelines.max_bytes).unwrap_or(0));
    let mut page = place.page("Import users");
    page.here = format!("{path}?kind={}", kinds::word(kind));
    Ok(New {
        page,
        shell: place.shell(Here::Import),
        kinds: kinds::choices(&path, kind),
        kind: kinds::word(kind),
        products: products(place, kind, form.value("product")).await?,
        button: kinds::upload_button(kind).to_owned(),
        template_href: format!("{}/imports/templates/{}.csv", place.base(), kinds::word(kind)),
        example: example(&guidelines),
        columns: guidelines.columns.iter().map(column).collect(),
        limits: limits(most, guidelines.max_rows),
        max_bytes: most,
        notes: guidelines.notes,
        request_id: fresh_id(),
        form,
    })
}

/// Products whose licences the second column turns on.
async fn products(place: &Place, kind: ImportKind, picked: &str) -> Result<Vec<Choice>, Failure> {
    if kind != ImportKind::LicenseInvite {
        return Ok(Vec::new());
    }
    let request = ListPoolsRequest { parent: place.parent(), page_size: 1_000, page_token: String::new() };
    let pools = place.licenses()?.list_pools(request).await?.into_inner().pools;
    let choice = |(index, pool): (usize, &proto::license::v1::Pool)| {
        let product = place::last(&pool.name);
        let first = picked.is_empty() && index == 0;
        Choice::new(product, &pool.product_display_name, "").picked(first || product == picked)
    };
    Ok(pools.iter().enumerate().map(choice).collect())
}

fn column(column: &import_guidelines::Column) -> Column {
    Column {
        header: column.header.clone(),
        required: column.required,
        description: column.description.clone(),
        allowed: column.allowed_values.clone(),
        // A closed set of values says more than their length.
        max_length: if column.allowed_values.is_empty() {
            u32::try_from(column.max_length).unwrap_or(0)
        } else {
            0
        },
        example: column.example.clone(),
    }
}

/// The header, a full row, and one in which all that may be blank is blank and a choice goes the other way.
fn example(guidelines: &ImportGuidelines) -> Vec<Vec<String>> {
    let columns = &guidelines.columns;
    let header = columns.iter().map(|column| column.header.clone()).collect();
    let full = columns.iter().map(|column| column.example.clone()).collect();
    let second = |column: &import_guidelines::Column| match column.allowed_values.last() {
        Some(value) => value.clone(),
        None if column.example.contains('@') => "jose.garcia@example.com".to_owned(),
        None if !column.required => String::new(),
        None if column.header.starts_with("first") => "José".to_owned(),
        None if column.header.starts_with("last") => "García".to_owned(),
        None => column.example.clone(),
    };
    vec![header, full, columns.iter().map(second).collect()]
}

fn limits(most: u64, rows: i32) -> String {
    let rows = Count(u64::try_from(rows).unwrap_or(0));
    format!("A CSV file, at most {} and {rows} rows.", megabytes(most))
}

/// "64 MiB".
pub(super) fn megabytes(bytes: u64) -> String {
    if bytes < MEBIBYTE {
        return Count(bytes).of("byte", "bytes");
    }
    format!("{} MiB", Count(bytes / MEBIBYTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guidelines() -> ImportGuidelines {
        let column = |header: &str, example: &str, allowed: &[&str], required| import_guidelines::Column {
            header: header.into(),
            example: example.into(),
            allowed_values: allowed.iter().map(|&value| value.to_owned()).collect(),
            max_length: 5,
            required,
            ..import_guidelines::Column::default()
        };
        let columns = vec![
            column("email", "ann@example.com", &[], true),
            column("license", "true", &["true", "false"], true),
            column("fax", "+1", &[], false),
        ];
        ImportGuidelines { columns, ..ImportGuidelines::default() }
    }

    #[test]
    fn b16_the_example_shows_both_values_and_what_may_be_blank() {
        let rows = example(&guidelines());
        assert_eq!(rows[0], ["email", "license", "fax"]);
        assert_eq!(rows[1], ["ann@example.com", "true", "+1"]);
        assert_eq!(rows[2], ["jose.garcia@example.com", "false", ""]);
    }

    #[test]
    fn f6_limits_are_told_before_the_upload() {
        assert_eq!(limits(64 << 20, 100_000), "A CSV file, at most 64 MiB and 100,000 rows.");
        assert_eq!(megabytes(1_000), "1,000 bytes");
        assert_eq!(column(&guidelines().columns[1]).max_length, 0);
    }
}
