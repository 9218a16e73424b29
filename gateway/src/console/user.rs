//! One user: the edit form and its three boxes (D5, D6, D9), and deactivation.

use axum::Router;
use axum::routing::get;
use prost_types::FieldMask;
use proto::identity::v1::{GetUserRequest, Role, UpdateUserRequest, User, user};

use super::failure::Failure;
use super::input::{Sent, fresh_id};
use super::notice::Notice;
use super::place::Place;
use super::view::confirm::Confirm;
use super::view::form::{Choice, Form};
use super::view::page::Here;
use super::view::user::Edit;
use super::{html, place, problems, shapes};
use crate::app::App;

/// `/o/{organization}/users/{user}` and its `/deactivate`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/o/{organization}/users/{user}", get(show).post(submit))
        .route("/o/{organization}/users/{user}/deactivate", get(ask).post(deactivate))
}

async fn read(place: &Place) -> Result<User, Failure> {
    let request = GetUserRequest { name: place.name_of("users", "user")? };
    Ok(place.users()?.get_user(request).await?.into_inner())
}

async fn show(place: Place) -> html::Answer {
    let user = read(&place).await?;
    let form = stored(&user);
    html::page(&view(&place, &user, form))
}

/// Sends only what differs from what is stored: two people may edit different fields.
async fn submit(place: Place, sent: Sent) -> html::Answer {
    let now = read(&place).await?;
    let (user, paths) = changed(&now, &sent);
    let password = sent.secret("password").to_owned();
    if paths.is_empty() && password.is_empty() {
        return html::go(&back(&place), Some(Notice::UserSaved));
    }
    // An empty mask would mean every field that is set.
    let user = if paths.is_empty() {
        User { name: now.name.clone(), etag: user.etag, ..User::default() }
    } else {
        user
    };
    let request = UpdateUserRequest {
        user: Some(user),
        update_mask: Some(FieldMask { paths }),
        password,
        request_id: sent.request_id(),
    };
    match place.users()?.update_user(request).await {
        Ok(_) => html::go(&back(&place), Some(Notice::UserSaved)),
        Err(status) => {
            let mut form = sent.form();
            problems::add(&mut form, status, &[("role", "admin"), ("user.role", "admin")])?;
            html::refused(&view(&place, &now, form))
        }
    }
}

fn changed(now: &User, sent: &Sent) -> (User, Vec<String>) {
    let mut user = User { name: now.name.clone(), etag: sent.text("etag").to_owned(), ..User::default() };
    let mut paths = Vec::new();
    let mut note = |path: &str, differs: bool| {
        if differs {
            paths.push(path.to_owned());
        }
    };
    user.given_name = sent.text("given_name").to_owned();
    note("given_name", user.given_name != now.given_name);
    user.family_name = sent.text("family_name").to_owned();
    note("family_name", user.family_name != now.family_name);
    user.email = sent.text("email").to_owned();
    note("email", now.kind() != user::Kind::Loginless && user.email.to_lowercase() != now.email);
    user.active = Some(sent.ticked("active"));
    note("active", user.active != Some(is_active(now)));
    user.portal_access = Some(sent.ticked("portal_access"));
    note("portal_access", user.portal_access != Some(now.portal_access()));
    let admin = sent.ticked("admin");
    user.set_role(if admin { Role::Admin } else { Role::Member });
    note("role", admin != is_admin(now));
    (user, paths)
}

/// Q16: the Admin box is Admin or Owner.
fn is_admin(user: &User) -> bool {
    matches!(user.role(), Role::Admin | Role::Owner)
}

fn is_active(user: &User) -> bool {
    user.active.unwrap_or(user.state() != user::State::Deactivated)
}

fn stored(user: &User) -> Form {
    let ticked = |on: bool| if on { "true" } else { "" };
    Form::with([
        ("given_name", user.given_name.as_str()),
        ("family_name", &user.family_name),
        ("email", &user.email),
        ("active", ticked(is_active(user))),
        ("admin", ticked(is_admin(user))),
        ("portal_access", ticked(user.portal_access())),
    ])
}

fn view(place: &Place, user: &User, form: Form) -> Edit {
    let label = shapes::label(user);
    let may_edit = place.may_edit();
    let organization = place::shown(&place.organization).label();
    let deactivate = may_edit && is_active(user);
    Edit {
        page: place.page(&label),
        shell: place.shell(Here::Users),
        heading: label,
        status: shapes::status(user),
        invitation: shapes::invitation(user),
        organizations: vec![Choice::new(place.parent(), organization, "").picked(true)],
        may_change_email: may_edit && user.kind() == user::Kind::Login,
        may_set_password: may_edit && user.kind() == user::Kind::Login,
        may_edit,
        etag: user.etag.clone(),
        request_id: fresh_id(),
        deactivate_href: if deactivate {
            format!("{}/deactivate", shapes::user_href(&user.name))
        } else {
            String::new()
        },
        warns_admin_without_portal: form.ticked("admin") && !form.ticked("portal_access"),
        back_href: back(place),
        form,
    }
}

fn back(place: &Place) -> String {
    format!("{}/users", place.base())
}

async fn ask(place: Place) -> html::Answer {
    let user = read(&place).await?;
    html::page(&question(&place, &user))
}

fn question(place: &Place, user: &User) -> Confirm {
    let label = shapes::label(user);
    let href = shapes::user_href(&user.name);
    let effects = [
        "The user is signed out everywhere at once and cannot sign in again. Unused links of invitations stop working.",
        "The user stays in the list and can be made active again with the box Active.",
    ];
    Confirm {
        page: place.page(&format!("Deactivate {label}")),
        shell: place.shell(Here::Users),
        heading: format!("Deactivate {label}?"),
        paragraphs: effects.map(str::to_owned).to_vec(),
        facts: vec![("E-Mail".to_owned(), user.email.clone())],
        action: format!("{href}/deactivate"),
        hidden: vec![("request_id".to_owned(), fresh_id()), ("etag".to_owned(), user.etag.clone())],
        button: "Deactivate".to_owned(),
        cancel_href: href,
    }
}

/// A refusal is shown in the edit form, where the box is.
async fn deactivate(place: Place, sent: Sent) -> html::Answer {
    let name = place.name_of("users", "user")?;
    let user = User { name, active: Some(false), etag: sent.text("etag").to_owned(), ..User::default() };
    let mask = FieldMask { paths: vec!["active".to_owned()] };
    let request = UpdateUserRequest {
        user: Some(user),
        update_mask: Some(mask),
        request_id: sent.request_id(),
        ..UpdateUserRequest::default()
    };
    let Err(status) = place.users()?.update_user(request).await else {
        return html::go(&back(&place), Some(Notice::UserDeactivated));
    };
    let user = read(&place).await?;
    let mut form = stored(&user);
    problems::add(&mut form, status, &[])?;
    html::refused(&view(&place, &user, form))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> User {
        let mut user = User {
            email: "ann@example.com".into(),
            given_name: "Ann".into(),
            active: Some(true),
            portal_access: Some(true),
            ..User::default()
        };
        user.set_role(Role::Owner);
        user
    }

    #[test]
    fn d9_only_what_was_changed_is_sent() {
        let same = [
            ("email", "ann@example.com"),
            ("given_name", "Ann"),
            ("active", "true"),
            ("admin", "true"),
            ("portal_access", "true"),
        ];
        assert!(changed(&owner(), &Sent::of(&same)).1.is_empty());
        let (user, paths) = changed(
            &owner(),
            &Sent::of(&[
                ("email", "ann@example.com"),
                ("given_name", "Anna"),
                ("admin", "true"),
                ("portal_access", "true"),
            ]),
        );
        assert_eq!(paths, ["given_name", "active"]);
        assert_eq!((user.given_name.as_str(), user.active), ("Anna", Some(false)));
    }

    #[test]
    fn q16_an_owner_stays_owner_while_the_box_is_ticked() {
        let (_, paths) = changed(
            &owner(),
            &Sent::of(&[
                ("email", "ann@example.com"),
                ("given_name", "Ann"),
                ("active", "true"),
                ("portal_access", "true"),
            ]),
        );
        assert_eq!(paths, ["role"]);
    }
}
