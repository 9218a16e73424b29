//! What a buyer submitted on the page of the link.

use proto::license::v1::map_purchase_request::Target as Submitted;
use proto::license::v1::{SignUpBuyerRequest, map_purchase_request};
use proto::name;
use proto::refusal::{Refusal, Violation};

use crate::api::well_formed;
use crate::app::purchases::sign_up::SignUp;
use crate::domain::purchase::{MOST_DISPLAY_NAME, Target};

/// Where the licences are to go.
pub(super) fn target(submitted: Option<Submitted>) -> Result<Target, Refusal> {
    match submitted {
        Some(Submitted::NewOrganization(new)) => new_organization(&new),
        Some(Submitted::ExistingOrganization(existing)) => {
            let name = name::Organization::parse(&existing, "existing_organization")?;
            Ok(Target::Existing { organization: name.organization })
        }
        None => Err(Refusal::field("target", "must be new_organization or existing_organization")),
    }
}

fn new_organization(new: &map_purchase_request::NewOrganization) -> Result<Target, Refusal> {
    let display_name = new.display_name.trim().to_owned();
    let length = display_name.chars().count();
    if !(1..=MOST_DISPLAY_NAME).contains(&length) || display_name.chars().any(char::is_control) {
        let wanted = "must be 1 to 200 characters, none of them a control character";
        return Err(Refusal::field("new_organization.display_name", wanted));
    }
    Ok(Target::New { display_name })
}

/// Who signs up.
pub(super) fn sign_up(request: SignUpBuyerRequest) -> Result<SignUp, Refusal> {
    well_formed(&request.request_id)?;
    let (given_name, family_name) = (request.given_name.trim(), request.family_name.trim());
    let names = [("given_name", given_name), ("family_name", family_name)];
    let empty = names.into_iter().filter(|(_, name)| name.is_empty());
    let missing = |(field, _): (&str, &str)| Violation {
        field: field.to_owned(),
        description: "must not be empty".to_owned(),
    };
    let violations: Vec<Violation> = empty.map(missing).collect();
    if !violations.is_empty() {
        return Err(Refusal::fields(violations));
    }
    Ok(SignUp {
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        password: request.password,
        request_id: request.request_id,
    })
}
