//! The mails identity asks for. The words are notify's; a link's token travels sealed.

use chrono::{DateTime, Utc};
use proto::events::v1::event::Payload;
use proto::events::v1::{Event, MailRequested};
use uuid::Uuid;

use super::account::Account;
use super::email::Email;
use super::events::event;
use super::organization::Organization;
use super::user::User;

/// Why somebody is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion<'a> {
    /// "Your account has been created!" (G12)
    Activation,
    /// To a product (B5).
    License {
        /// Its name.
        product: &'a str,
    },
}

/// A link on its way into a mail.
pub struct SealedLink {
    /// The token, sealed with the mail's dedupe key as its context.
    pub token: Vec<u8>,
    /// When the link dies.
    pub expire_time: DateTime<Utc>,
}

/// The one mail of one generation of a user's invitation.
#[must_use]
pub fn invitation_key(user: Uuid, generation: i64) -> String {
    format!("activation/{user}/{generation}")
}

/// User and generation of [`invitation_key`].
#[must_use]
pub fn parse_invitation_key(key: &str) -> Option<(Uuid, i64)> {
    let (user, generation) = key.strip_prefix("activation/")?.split_once('/')?;
    Some((Uuid::try_parse(user).ok()?, generation.parse().ok()?))
}

/// The one mail of a password reset.
#[must_use]
pub fn reset_key(reset: Uuid) -> String {
    format!("password_reset/{reset}")
}

/// An invitation's mail; `inviter` may be empty.
#[must_use]
pub fn invitation(
    id: Uuid,
    user: &User,
    organization: &Organization,
    occasion: Occasion<'_>,
    inviter: &str,
    link: SealedLink,
    now: DateTime<Utc>,
) -> Event {
    let mut variables = vec![("organization_name", organization.display_name.as_str()), ("inviter", inviter)];
    let template = match occasion {
        Occasion::Activation => "activation",
        Occasion::License { product } => {
            variables.push(("product_name", product));
            "license_invitation"
        }
    };
    let mail = MailRequested {
        template: template.to_owned(),
        dedupe_key: invitation_key(user.id, user.invitation.generation),
        variables: owned(&variables),
        sealed_token: link.token,
        link_path: "/activate".to_owned(),
        expire_time: Some(proto::time::to_wire(link.expire_time)),
        ..to_user(user, organization, user.email_text().unwrap_or_default())
    };
    of_organization(id, organization, mail, now)
}

/// The mail with the link to a new password.
#[must_use]
pub fn password_reset(
    id: Uuid,
    account: &Account,
    dedupe_key: String,
    link: SealedLink,
    now: DateTime<Utc>,
) -> Event {
    let mail = MailRequested {
        template: "password_reset".to_owned(),
        dedupe_key,
        recipient_email: account.email.to_string(),
        recipient_display_name: account.display_name.clone(),
        sealed_token: link.token,
        link_path: "/reset".to_owned(),
        expire_time: Some(proto::time::to_wire(link.expire_time)),
        ..MailRequested::default()
    };
    event(id, String::new(), String::new(), Payload::MailRequested(mail), now)
}

/// Tells a person, at this address, that their `what` was changed (Q27).
#[must_use]
pub fn credential_changed(
    id: Uuid,
    user: &User,
    organization: &Organization,
    to: &Email,
    what: &str,
    now: DateTime<Utc>,
) -> Event {
    let mail = MailRequested {
        template: "credential_changed".to_owned(),
        dedupe_key: format!("credential_changed/{id}"),
        variables: owned(&[("what", what), ("organization_name", &organization.display_name)]),
        ..to_user(user, organization, to.as_str())
    };
    of_organization(id, organization, mail, now)
}

fn to_user(user: &User, organization: &Organization, email: &str) -> MailRequested {
    let own = &user.profile.language_code;
    let language = if own.is_empty() { &organization.default_language_code } else { own };
    MailRequested {
        recipient_email: email.to_owned(),
        recipient_display_name: user.profile.name.display.clone(),
        language_code: language.clone(),
        user: user.name().to_string(),
        ..MailRequested::default()
    }
}

/// Mails need no order among themselves.
fn of_organization(id: Uuid, organization: &Organization, mail: MailRequested, now: DateTime<Utc>) -> Event {
    let name = proto::name::Organization { organization: organization.id };
    event(id, name.to_string(), String::new(), Payload::MailRequested(mail), now)
}

fn owned(variables: &[(&str, &str)]) -> std::collections::HashMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_mail_leads_back_to_its_invitation() {
        let user = Uuid::from_u128(7);
        assert_eq!(parse_invitation_key(&invitation_key(user, 3)), Some((user, 3)));
        assert_eq!(parse_invitation_key("purchase/1/1"), None);
    }
}
