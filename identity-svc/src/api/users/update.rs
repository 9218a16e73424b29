//! UpdateUser: message and mask to value (AIP-134).

use proto::identity::v1::{Role as WireRole, UpdateUserRequest, User};
use proto::name;
use proto::refusal::{Reason, Refusal};

use crate::api::input::{self, Violations};
use crate::app::users::update::Edit;
use crate::domain::profile::Changes;

/// What can be changed.
const PATHS: [&str; 12] = [
    "email",
    "given_name",
    "family_name",
    "display_name",
    "title",
    "office_phone",
    "mobile_phone",
    "fax",
    "role",
    "active",
    "portal_access",
    "language_code",
];

pub(super) fn edit(request: UpdateUserRequest, password: String) -> Result<Edit, Refusal> {
    let user = request.user.unwrap_or_default();
    let name = name::User::parse(&user.name, "user.name")?;
    let mask = mask(request.update_mask.map(|mask| mask.paths), &user)?;
    let named = |path: &str| mask.iter().any(|listed| listed == path);
    let text = |path: &str, value: &str| named(path).then(|| value.to_owned());
    let mut violations = Violations::default();
    let email = match named("email") {
        true => violations.take(input::email("user.email", &user.email)),
        false => None,
    };
    let role = match named("role") {
        true => violations.take(input::role("user.role", user.role)).flatten(),
        false => None,
    };
    if named("role") && user.role == i32::from(WireRole::Unspecified) {
        violations.push("user.role", "is required");
    }
    let changes = Changes {
        given_name: text("given_name", &user.given_name),
        family_name: text("family_name", &user.family_name),
        display_name: text("display_name", &user.display_name),
        title: text("title", &user.title),
        office_phone: text("office_phone", &user.office_phone),
        mobile_phone: text("mobile_phone", &user.mobile_phone),
        fax: text("fax", &user.fax),
        language_code: text("language_code", &user.language_code),
    };
    let profile = violations.take_all(changes.checked("user.")).unwrap_or_default();
    violations.refuse()?;
    Ok(Edit {
        name,
        etag: user.etag.clone(),
        email,
        profile,
        role,
        active: user.active.filter(|_| named("active")),
        portal_access: user.portal_access.filter(|_| named("portal_access")),
        password,
    })
}

/// The paths to change; without a mask every field that is set.
fn mask(paths: Option<Vec<String>>, user: &User) -> Result<Vec<String>, Refusal> {
    let paths = paths.unwrap_or_default();
    if paths.iter().any(|path| path == "*") {
        return Ok(PATHS.iter().map(|path| (*path).to_owned()).collect());
    }
    if paths.is_empty() {
        let set = PATHS.iter().filter(|path| is_set(user, path));
        return Ok(set.map(|path| (*path).to_owned()).collect());
    }
    match paths.iter().find(|path| !PATHS.contains(&path.as_str())) {
        Some(unknown) => {
            let message = format!("\"{}\" cannot be updated", unknown.chars().take(80).collect::<String>());
            Err(Refusal::new(Reason::BadFieldMask, message).with("expected", PATHS.join(", ")))
        }
        None => Ok(paths),
    }
}

fn is_set(user: &User, path: &str) -> bool {
    match path {
        "email" => !user.email.is_empty(),
        "given_name" => !user.given_name.is_empty(),
        "family_name" => !user.family_name.is_empty(),
        "display_name" => !user.display_name.is_empty(),
        "title" => !user.title.is_empty(),
        "office_phone" => !user.office_phone.is_empty(),
        "mobile_phone" => !user.mobile_phone.is_empty(),
        "fax" => !user.fax.is_empty(),
        "role" => user.role != i32::from(WireRole::Unspecified),
        "active" => user.active.is_some(),
        "portal_access" => user.portal_access.is_some(),
        _ => !user.language_code.is_empty(),
    }
}
