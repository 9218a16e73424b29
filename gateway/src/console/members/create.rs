//! Members > Create (G4 to G10), and the password that an admin sets (C4, C13).

use proto::identity::v1::{CreateUserRequest, Onboarding, Role, User, user};

use crate::console::failure::Failure;
use crate::console::input::{Sent, fresh_id};
use crate::console::notice::Notice;
use crate::console::place::Place;
use crate::console::view::form::{Choice, Form};
use crate::console::view::members::New;
use crate::console::view::page::Here;
use crate::console::{html, password, problems};

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] =
    &[("user.display_name", "name"), ("user.given_name", "name"), ("user.family_name", "name")];

/// The empty form: a member with Portal Access who waits for a mail.
pub(super) async fn ask(place: Place) -> html::Answer {
    if !place.may_edit() {
        return Err(Failure::Answer(403));
    }
    let fresh = [("kind", "portal"), ("role", "member"), ("onboarding", "pending")];
    html::page(&view(&place, Form::with(fresh)))
}

/// Creates the member and leads to the tab that lists it.
pub(super) async fn create(place: Place, sent: Sent) -> html::Answer {
    let typed = Typed::of(&sent);
    let mut form = sent.form();
    if !typed.sets_password() || password::twice(&sent, "password", &mut form) {
        match place.users()?.create_user(typed.request(&place.parent())).await {
            Ok(_) => return html::go(&typed.listed(&place.base()), Some(typed.notice())),
            Err(status) => {
                problems::add(&mut form, status, NAMES)?;
                // One input stands for three fields of the name.
                form.problems.dedup();
            }
        }
    }
    html::refused(&view(&place, form))
}

/// The form as it was typed.
struct Typed<'a> {
    sent: &'a Sent,
    kind: user::Kind,
}

impl<'a> Typed<'a> {
    fn of(sent: &'a Sent) -> Self {
        let loginless = sent.text("kind") == "none";
        Self { sent, kind: if loginless { user::Kind::Loginless } else { user::Kind::Login } }
    }

    fn sets_password(&self) -> bool {
        self.onboarding() == Onboarding::PasswordSet
    }

    fn onboarding(&self) -> Onboarding {
        match (self.kind, self.sent.text("onboarding")) {
            (user::Kind::Loginless, _) => Onboarding::None,
            (_, "password") => Onboarding::PasswordSet,
            _ => Onboarding::PendingManual,
        }
    }

    /// Nobody is made Owner here (G8); without login there is no address, password or role (G6).
    fn request(&self, parent: &str) -> CreateUserRequest {
        let login = self.kind == user::Kind::Login;
        let admin = login && self.sent.text("role") == "admin";
        let text = |name: &str| if login { self.sent.text(name).to_owned() } else { String::new() };
        let password = if self.sets_password() { self.sent.secret("password") } else { "" };
        let user = User {
            display_name: self.sent.text("name").to_owned(),
            email: text("email"),
            kind: self.kind.into(),
            role: if admin { Role::Admin } else { Role::Member }.into(),
            ..User::default()
        };
        CreateUserRequest {
            parent: parent.to_owned(),
            user: Some(user),
            onboarding: self.onboarding().into(),
            password: password.to_owned(),
            request_id: self.sent.request_id(),
        }
    }

    fn listed(&self, base: &str) -> String {
        let status = if self.onboarding() == Onboarding::PendingManual { "PENDING" } else { "ACTIVE" };
        format!("{base}/members?status={status}")
    }

    fn notice(&self) -> Notice {
        if self.onboarding() == Onboarding::PendingManual {
            Notice::MemberPending
        } else {
            Notice::MemberCreated
        }
    }
}

fn view(place: &Place, form: Form) -> New {
    let choice = |field: &str, value: &str, label: &str, hint: &str| {
        Choice::new(value, label, hint).picked(form.value(field) == value)
    };
    New {
        page: place.page("Create member"),
        shell: place.shell(Here::Members),
        kinds: vec![
            choice("kind", "portal", "Portal Access", "Allows users to log in to the web portal."),
            choice(
                "kind",
                "none",
                "No Portal Access",
                "Creates login-less users, for instance for IP phones.",
            ),
        ],
        roles: vec![
            choice("role", "admin", "Admin", "Invites members and admins, manages licences and imports."),
            choice("role", "member", "Member", "Uses what is turned on for them."),
        ],
        ways: vec![
            choice(
                "onboarding",
                "pending",
                "Send an activation email later",
                "The member is listed under Pending. No mail is sent until you send it.",
            ),
            choice(
                "onboarding",
                "password",
                "Set the password now",
                "The member is Active and can log in at once. No mail is sent.",
            ),
        ],
        password_minimum: password::MINIMUM,
        teams: Vec::new(),
        request_id: fresh_id(),
        form,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, &str)]) -> CreateUserRequest {
        Typed::of(&Sent::of(fields)).request("organizations/1")
    }

    #[test]
    fn g10_a_portal_member_waits_and_no_mail_goes_out() {
        let request = request(&[
            ("name", " Ann Lee "),
            ("email", "ann@example.com"),
            ("kind", "portal"),
            ("role", "admin"),
            ("onboarding", "pending"),
            ("password", "typed, then changed their mind"),
        ]);
        assert_eq!(request.onboarding(), Onboarding::PendingManual);
        assert_eq!(request.password, "");
        let user = request.user.expect("a user");
        assert_eq!((user.display_name.as_str(), user.email.as_str()), ("Ann Lee", "ann@example.com"));
        assert_eq!((user.role(), user.kind()), (Role::Admin, user::Kind::Login));
    }

    #[test]
    fn g6_a_login_less_member_has_no_address_and_no_password() {
        let request = request(&[
            ("name", "Lobby phone"),
            ("email", "left@example.com"),
            ("kind", "none"),
            ("role", "admin"),
            ("onboarding", "password"),
            ("password", "secret"),
        ]);
        assert_eq!((request.onboarding(), request.password.as_str()), (Onboarding::None, ""));
        let user = request.user.expect("a user");
        assert_eq!((user.email.as_str(), user.role()), ("", Role::Member));
    }

    #[test]
    fn g8_owner_is_not_offered_even_when_sent() {
        let user = request(&[("role", "owner")]).user.expect("a user");
        assert_eq!(user.role(), Role::Member);
    }

    #[test]
    fn c4_c13_a_set_password_goes_as_typed_and_makes_the_member_active() {
        let sent =
            Sent::of(&[("onboarding", "password"), ("password", " a b "), ("password_again", " a b ")]);
        let typed = Typed::of(&sent);
        assert_eq!(typed.request("organizations/1").password, " a b ");
        assert_eq!(typed.listed("/o/1"), "/o/1/members?status=ACTIVE");
    }
}
