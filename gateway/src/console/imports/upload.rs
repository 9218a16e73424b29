//! The upload: a form with a file, passed on while it arrives (F9, B13).

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use proto::imports::v1::upload_import_request::Start;
use proto::imports::v1::{Import, ImportKind};
use proto::refusal::{Reason, Refusal};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::chunks::{self, Fields, Refused};
use super::{kinds, new};
use crate::console::failure::Failure;
use crate::console::input::fresh_id;
use crate::console::place::Place;
use crate::console::view::form::Form;
use crate::console::{html, problems};

/// Validates the file and leads to its results; a refused one is told beside the field.
pub(super) async fn upload(place: Place, form: Result<Multipart, MultipartRejection>) -> html::Answer {
    let form = form.map_err(|_| Failure::Answer(400))?;
    let mut fields = Fields::new();
    let (read, answer) = pass_on(&place, form, &mut fields).await?;
    let kind = kinds::parse(&fields.kind).unwrap_or(ImportKind::LicenseInvite);
    let mut form = Form::with([("product", fields.product.as_str())]);
    match (read, answer) {
        (Err(Refused::Broken), _) => return Err(Failure::Answer(400)),
        (Err(refused), _) => form.refuse("file", words(refused, place.app.config.upload_bytes)),
        (Ok(()), Ok(import)) => return html::go(&super::path(&place, &import), None),
        (Ok(()), Err(status)) => tell(&mut form, status, place.app.config.upload_bytes)?,
    }
    html::refused(&new::view(&place, kind, form).await?)
}

/// The form and the call side by side: a service that reads slowly stops the browser from sending.
async fn pass_on(
    place: &Place,
    form: Multipart,
    fields: &mut Fields,
) -> Result<(Result<(), Refused>, Result<Import, Status>), Failure> {
    let (sink, source) = mpsc::channel(1);
    let mut imports = place.imports()?;
    let parent = place.parent();
    let start = |fields: &Fields, file_name| start(parent, fields, file_name);
    let read = chunks::read(form, fields, sink, place.app.config.upload_bytes, start);
    let (read, answer) = tokio::join!(read, imports.upload_import(ReceiverStream::new(source)));
    Ok((read, answer.map(tonic::Response::into_inner)))
}

fn start(parent: String, fields: &Fields, file_name: String) -> Start {
    let kind = kinds::parse(&fields.kind).unwrap_or(ImportKind::Unspecified);
    let product = if kind == ImportKind::LicenseInvite { fields.product.clone() } else { String::new() };
    let request_id = if fields.request_id.is_empty() { fresh_id() } else { fields.request_id.clone() };
    Start { parent, kind: kind.into(), file_name, product, request_id }
}

fn tell(form: &mut Form, status: Status, most: u64) -> Result<(), Failure> {
    if Refusal::reason_of(&status) == Some(Reason::TooLarge) {
        form.refuse("file", words(Refused::TooLarge, most));
        return Ok(());
    }
    problems::add(form, status, &[])
}

fn words(refused: Refused, most: u64) -> String {
    match refused {
        Refused::TooLarge => {
            let most = new::megabytes(most);
            format!(
                "This file is larger than {most}. Split it into several files and upload them one by one."
            )
        }
        Refused::NoFile | Refused::Broken => "Choose a CSV file first.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_a_file_that_is_too_large_is_told_with_the_limit() {
        let text = words(Refused::TooLarge, 64 << 20);
        assert!(text.starts_with("This file is larger than 64 MiB."), "{text}");
        let mut form = Form::default();
        let status = Refusal::new(Reason::TooLarge, "x").into();
        tell(&mut form, status, 64 << 20).expect("shown");
        assert!(form.error("file").is_some());
    }

    #[test]
    fn b12_only_the_licence_kind_carries_a_product() {
        let mut fields = Fields::new();
        (fields.kind, fields.product) = ("location_users".into(), "meet".into());
        assert_eq!(start(String::new(), &fields, String::new()).product, "");
        fields.kind = "license_invite".into();
        assert_eq!(start(String::new(), &fields, String::new()).product, "meet");
    }
}
