//! CreateUser: message to value.

use proto::identity::v1::user::Kind;
use proto::identity::v1::{CreateUserRequest, Onboarding as WireOnboarding, User};
use proto::name;
use proto::refusal::Refusal;

use crate::api::input::{self, Violations};
use crate::app::users::create::{New, Onboarding};
use crate::domain::email::Email;
use crate::domain::password::Policy;
use crate::domain::profile::{Changes, Profile, require_name};
use crate::domain::role::Role;

pub(super) fn new(request: CreateUserRequest, password: String, policy: Policy) -> Result<New, Refusal> {
    let organization = name::Organization::parse(&request.parent, "parent")?.organization;
    let wire_onboarding = request.onboarding();
    let user = request.user.unwrap_or_default();
    let loginless = user.kind() == Kind::Loginless;
    let mut violations = Violations::default();
    let email = email(&user, loginless, &mut violations);
    let profile = profile(&user, &mut violations);
    let role = violations.take(input::role("user.role", user.role)).flatten().unwrap_or(Role::Member);
    let asked = Asked { onboarding: wire_onboarding, loginless, password: &password };
    let onboarding = onboarding(&asked, email.as_ref(), policy, &mut violations);
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
        onboarding: onboarding.unwrap_or(Onboarding::Wait),
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
    let named = require_name(&user.given_name, &user.family_name, &user.display_name, "user.");
    violations.take_all(named);
    Some(violations.take_all(changes.checked("user."))?.applied_to(&Profile::default()))
}

/// What the form says about the beginning.
struct Asked<'a> {
    onboarding: WireOnboarding,
    loginless: bool,
    password: &'a str,
}

fn onboarding(
    asked: &Asked<'_>,
    email: Option<&Email>,
    policy: Policy,
    violations: &mut Violations,
) -> Option<Onboarding> {
    let quiet = matches!(asked.onboarding, WireOnboarding::Unspecified | WireOnboarding::None);
    if asked.loginless && !quiet {
        violations.push("onboarding", "must be ONBOARDING_NONE for a user without login");
    }
    if asked.onboarding != WireOnboarding::PasswordSet {
        if !asked.password.is_empty() {
            violations.push("password", "goes with ONBOARDING_PASSWORD_SET only");
        }
        let at_once = asked.onboarding == WireOnboarding::InviteNow;
        return Some(if at_once { Onboarding::InviteNow } else { Onboarding::Wait });
    }
    if asked.password.is_empty() {
        violations.push("password", "is required");
        return None;
    }
    let password = policy.accept("password", asked.password, email?);
    violations.take(password).map(Onboarding::Password)
}
