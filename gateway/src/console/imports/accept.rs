//! "Import accepted users", "Finish", and Cancel (F11, F12, B14).

use proto::imports::v1::accept_import_request::{AcceptMode, WhenSeatsRunOut};
use proto::imports::v1::import::State;
use proto::imports::v1::{AcceptImportRequest, CancelImportRequest};
use proto::refusal::{Reason, Refusal};

use super::{name, results, show};
use crate::console::failure::Failure;
use crate::console::input::Sent;
use crate::console::notice::Notice;
use crate::console::place::Place;
use crate::console::view::form::Form;
use crate::console::{html, problems};

/// The plan is another one than the person saw (N1).
const CHANGED: &str = "The plan has changed since you looked at it, and nothing was written. This is the new one; look at it and accept again.";

/// The address of a form that was opened again.
pub(super) async fn back(place: Place) -> html::Answer {
    html::go(&path(&place), None)
}

/// Accepts exactly the plan that was seen. A plan that has become another one is shown with a word about it.
pub(super) async fn accept(place: Place, sent: Sent) -> html::Answer {
    let request = request(name(&place)?, &sent);
    let status = match place.imports()?.accept_import(request).await {
        Ok(_) => return html::go(&path(&place), None),
        Err(status) => status,
    };
    if Refusal::reason_of(&status) == Some(Reason::ImportNotReady) {
        return html::go(&path(&place), Some(Notice::ImportMoved));
    }
    let mut form = Form::default();
    if Refusal::reason_of(&status) == Some(Reason::EtagMismatch) {
        form.refuse("", CHANGED);
    } else {
        problems::add(&mut form, status, &[])?;
    }
    let import = show::read(&place).await?;
    if import.state() != State::AwaitingAcceptance {
        return html::go(&path(&place), Some(Notice::ImportMoved));
    }
    html::refused(&results::view(&place, &import, form).await?)
}

/// Forgets the file, or stops the rest.
pub(super) async fn cancel(place: Place, sent: Sent) -> html::Answer {
    let request = CancelImportRequest { name: name(&place)?, request_id: sent.request_id() };
    match place.imports()?.cancel_import(request).await.map_err(Failure::from) {
        Err(failure) if failure.reason() == Some(Reason::ImportNotReady) => {
            html::go(&path(&place), Some(Notice::ImportMoved))
        }
        Err(failure) => Err(failure),
        Ok(_) => html::go(&path(&place), None),
    }
}

fn path(place: &Place) -> String {
    format!("{}/imports/{}", place.base(), place.segment("import"))
}

/// Nothing is left out and nobody goes without a licence unless a box says so (Q8, Q11).
fn request(name: String, sent: &Sent) -> AcceptImportRequest {
    let mode = match sent.text("accept_mode") {
        "VALID_ROWS" => AcceptMode::ValidRows,
        _ => AcceptMode::AllOrNothing,
    };
    let when_seats_run_out = match sent.text("when_seats_run_out") {
        "IMPORT_WITHOUT" => WhenSeatsRunOut::ImportWithout,
        _ => WhenSeatsRunOut::Refuse,
    };
    AcceptImportRequest {
        name,
        etag: sent.text("etag").to_owned(),
        accept_mode: mode.into(),
        when_seats_run_out: when_seats_run_out.into(),
        request_id: sent.request_id(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f12_without_boxes_everything_or_nothing_is_imported() {
        let plain = request("i".into(), &Sent::of(&[("etag", "7")]));
        assert_eq!((plain.etag.as_str(), plain.accept_mode()), ("7", AcceptMode::AllOrNothing));
        assert_eq!(plain.when_seats_run_out(), WhenSeatsRunOut::Refuse);
    }

    #[test]
    fn f12_boxes_are_explicit() {
        let sent = Sent::of(&[("accept_mode", "VALID_ROWS"), ("when_seats_run_out", "IMPORT_WITHOUT")]);
        let request = request("i".into(), &sent);
        assert_eq!(request.accept_mode(), AcceptMode::ValidRows);
        assert_eq!(request.when_seats_run_out(), WhenSeatsRunOut::ImportWithout);
    }
}
