//! CreateUser: message to value.

use proto::identity::v1::user::Kind;
use proto::identity::v1::{CreateUserRequest, Onboarding as WireOnboarding, User};
use proto::name;
use proto::refusal::Refusal;

use crate::api::input::{self, Violations};
use crate::app::users::create::{New, Onboarding};
use crate::domain::email::Email;
use crate::domain::profile::{Changes, Profile, require_name};
use crate::domain::role::Role;

pub(super) fn new(request: CreateUserRequest, password: String) -> Result<New, Refusal> {
    let organization = name::Organization::parse(&request.parent, "parent")?.organization;
    let wire_onboarding = request.onboarding();
    let user = request.user.unwrap_or_default();
    let loginless = user.kind() == Kind::Loginless;
    let mut violations = Violations::default();
    let email = email(&user, loginless, &mut violations);
    let profile = profile(&user, &mut violations);
    let role = violations.take(input::role("user.role", user.role)).flatten().unwrap_or(Role::Member);
    let onboarding = onboarding(wire_onboarding, loginless, &password, &mut violations);
    if loginless && role != Role::Member {
        violations.push("user.role", "must be ROLE_MEMBER for a user without login");
    }
    if loginless && user.portal_access == Some(true) {
        violations.push("user.portal_access", "must be off for a user without login");
    }
    violations.refuse()?;
    Ok(New {
        organization,
        email,
        profile: profile.unwrap_or_default(),
        role,
        active: user.active.unwrap_or(true),
        portal_access: user.portal_access.unwrap_or(!loginless),
        onboarding,
        password,
    })
}

fn email(user: &User, loginless: bool, violations: &mut Violations) -> Option<Email> {
    if !loginless {
        return violations.take(input::email("user.email", &user.email));
    }
    if !user.email.is_empty() {
        violations.push("user.email", "must be empty for a user without login");
    }
    None
}

/// C6: the form asks for a name.
fn profile(user: &User, violations: &mut Violations) -> Option<Profile> {
    let changes = Changes {
        given_name: Some(user.given_name.clone()),
        family_name: Some(user.family_name.clone()),
        display_name: Some(user.display_name.clone()),
        title: Some(user.title.clone()),
        office_phone: Some(user.office_phone.clone()),
        mobile_phone: Some(user.mobile_phone.clone()),
        fax: Some(user.fax.clone()),
        language_code: Some(user.language_code.clone()),
    };
    let profile = violations.take_all(changes.checked("user."))?.applied_to(&Profile::default());
    violations.take(require_name(&profile.name, "user.")).map(|()| profile)
}

fn onboarding(
    wire: WireOnboarding,
    loginless: bool,
    password: &str,
    violations: &mut Violations,
) -> Onboarding {
    if loginless && !matches!(wire, WireOnboarding::Unspecified | WireOnboarding::None) {
        violations.push("onboarding", "must be ONBOARDING_NONE for a user without login");
    }
    match (wire, password.is_empty()) {
        (WireOnboarding::PasswordSet, true) => violations.push("password", "is required"),
        (WireOnboarding::PasswordSet, false) | (_, true) => {}
        (_, false) => violations.push("password", "goes with ONBOARDING_PASSWORD_SET only"),
    }
    match wire {
        WireOnboarding::InviteNow => Onboarding::InviteNow,
        WireOnboarding::PasswordSet => Onboarding::Password,
        WireOnboarding::Unspecified | WireOnboarding::PendingManual | WireOnboarding::None => {
            Onboarding::Wait
        }
    }
}
