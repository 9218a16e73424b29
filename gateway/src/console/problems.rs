//! Refusals as problems of a form, in people's words.

use proto::refusal::{Reason, Refusal};
use tonic::Status;

use super::failure::Failure;
use super::view::form::Form;

/// Adds what a service refused to the form. `names` maps fields of the request
/// to inputs (`("new_password", "password")`); others keep their last segment.
///
/// # Errors
///
/// A refusal that no form can show (not signed in, not there, unavailable) stays a failure.
pub(super) fn add(form: &mut Form, status: Status, names: &[(&str, &str)]) -> Result<(), Failure> {
    let violations = Refusal::violations_of(&status);
    if !violations.is_empty() {
        for bad in violations {
            form.refuse(input(&bad.field, names), sentence(&bad.description));
        }
        return Ok(());
    }
    let reason = Refusal::reason_of(&status);
    let field = if reason == Some(Reason::LinkUnknown) { "code" } else { "" };
    form.refuse(field, reason.and_then(|reason| words(reason, &status)).ok_or(status)?);
    Ok(())
}

fn input<'a>(field: &'a str, names: &[(&str, &'a str)]) -> &'a str {
    if let Some((_, input)) = names.iter().find(|(server, _)| *server == field) {
        return input;
    }
    if field.contains('[') { field } else { field.rsplit('.').next().unwrap_or(field) }
}

/// "must not be empty" reads "Must not be empty.", "is too long" reads "This is too long."
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.starts_with("is ") {
        return sentence(&format!("this {text}"));
    }
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let whole: String = first.chain(letters).collect();
    if whole.ends_with(['.', '!', '?']) { whole } else { whole + "." }
}

fn words(reason: Reason, status: &Status) -> Option<String> {
    if reason == Reason::InsufficientSeats {
        return Some(short_of_seats(status));
    }
    let text = match reason {
        Reason::IdempotencyKeyReused => {
            "This form was sent before with other contents. Look at the list, then try again."
        }
        Reason::RequestInProgress => "This is being done right now. Wait a moment and look at the list.",
        Reason::EtagMismatch => {
            "Somebody else changed this meanwhile. Nothing of yours was saved; look at the present state and try again."
        }
        Reason::PlanStale => {
            "The organization changed meanwhile, so that some rows mean something else now. Look at the new result and accept again."
        }
        Reason::EmailInUse => "A user of this organization has this e-mail address already.",
        Reason::AccountExists => "This e-mail address has an account already. Sign in with it.",
        Reason::PoolOverAllocated => {
            "More licences are in use than were bought, so no further one can be turned on."
        }
        Reason::UserDeactivated => "This user is deactivated. Make the user active first.",
        Reason::UserHasNoEmail => "This user has no e-mail address.",
        Reason::LastOwner => {
            "An organization keeps at least one active Owner. Make somebody else Owner first."
        }
        Reason::ImportHasErrors => {
            "Some rows have errors. Choose to leave them, or cancel and correct the file."
        }
        Reason::ImportNotReady => "The import is in another state by now. Look at its page again.",
        Reason::PurchaseAlreadyMapped => "This purchase was mapped already. Nothing was added a second time.",
        Reason::PurchaseNotPaid => {
            "This order is not paid yet. The link works as soon as the payment is confirmed."
        }
        Reason::LinkExpired => "This link has expired.",
        Reason::LinkUsed => "This link was used already.",
        Reason::LinkRevoked => "This link was withdrawn.",
        Reason::LinkUnknown => "We do not know this code. Copy the whole code from the mail.",
        Reason::PermissionDenied => "You may not do this here.",
        Reason::RoleNotAllowed => "You may not give this role.",
        Reason::RateLimited => "Too many tries. Wait a minute and try again.",
        Reason::SendCooldown => "A mail went out a moment ago. Wait a little and try again.",
        Reason::TooLarge => "This is too large.",
        _ => return None,
    };
    Some(text.to_owned())
}

fn short_of_seats(status: &Status) -> String {
    let fact = |key| Refusal::metadata_of(status, key);
    match (fact("seatsRequired"), fact("seatsFree")) {
        (Some(required), Some(free)) => {
            format!("Not enough free licences: {required} needed, {free} free. Nothing was changed.")
        }
        _ => "Not enough free licences. Nothing was changed.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(refusal: Refusal, names: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut form = Form::default();
        add(&mut form, refusal.into(), names).expect("a form can show it");
        form.problems.into_iter().map(|problem| (problem.field, problem.text)).collect()
    }

    #[test]
    fn bad_fields_land_at_their_inputs() {
        let pair = |field: &str, text: &str| (field.to_owned(), text.to_owned());
        let refusal = Refusal::field("new_password", "is too short");
        assert_eq!(
            problems(refusal, &[("new_password", "password")]),
            [pair("password", "This is too short.")]
        );
        let refusal = Refusal::field("user.given_name", "must not be empty");
        assert_eq!(problems(refusal, &[]), [pair("given_name", "Must not be empty.")]);
        let refusal = Refusal::field("lines[3].email", "'ann@' has no domain.");
        assert_eq!(problems(refusal, &[]), [pair("lines[3].email", "'ann@' has no domain.")]);
    }

    #[test]
    fn b9_missing_seats_are_told_with_their_numbers() {
        let refusal =
            Refusal::new(Reason::InsufficientSeats, "x").with("seatsRequired", "5").with("seatsFree", "2");
        let found = problems(refusal, &[]);
        assert_eq!(found[0].1, "Not enough free licences: 5 needed, 2 free. Nothing was changed.");
    }

    #[test]
    fn what_no_form_can_show_stays_a_failure() {
        let mut form = Form::default();
        let failed = add(&mut form, Refusal::unavailable("identity").into(), &[]);
        assert_eq!(failed.expect_err("no form shows it").http(), 503);
    }
}
