//! Inviting: a fresh link for each user, and its mail in the same transaction.

use chrono::{DateTime, Utc};
use platform::db::{self, Tx};
use platform::outbox;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::{App, broken, new_secret, span};
use crate::domain::email::Email;
use crate::domain::events;
use crate::domain::link::{Link, Purpose, Subject};
use crate::domain::mail::{self, Occasion, SealedLink};
use crate::domain::organization::Organization;
use crate::domain::user::{State, User};
use crate::store::users::sets;
use crate::store::{links, organizations};

/// What the mails say.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Where the users are.
    pub organization: &'a Organization,
    /// Why they are invited.
    pub occasion: Occasion<'a>,
    /// Who invites; may be empty.
    pub inviter: &'a str,
}

/// Invites pending users, whose organization is locked: one statement a table, however many. Earlier
/// links stay valid until one is accepted (Q18).
pub async fn send(
    app: &App,
    tx: &mut Tx,
    letter: Letter<'_>,
    users: &[&User],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (mut invited, mut new_links, mut mails) = (Vec::new(), Vec::new(), Vec::new());
    for user in users.iter().filter(|user| user.state() == State::Pending) {
        let Some(email) = &user.email else { continue };
        let invitation = user.invitation.sent_again(now, span(app.config.invitation_life));
        let user = User { invitation, ..(*user).clone() };
        let (link, sealed) = link(app, &user, email, now)?;
        mails.push(mail::invitation(
            Uuid::now_v7(),
            &user,
            letter.organization,
            letter.occasion,
            letter.inviter,
            sealed,
            now,
        ));
        new_links.push(link);
        invited.push(user);
    }
    if invited.is_empty() {
        return Ok(());
    }
    let organization = letter.organization.id;
    let changed = sets::update_invitations(tx, organization, &invited, now).await?;
    if usize::try_from(changed) != Ok(invited.len()) {
        return Err(db::Error::broken("users", "one of the invited is gone").into());
    }
    links::insert(tx, &new_links).await?;
    outbox::put_all(tx, &mails, events::SUBSCRIBERS_OF_MAIL, now).await?;
    organizations::bump_directory(tx, organization).await?;
    Ok(())
}

fn link(app: &App, user: &User, email: &Email, now: DateTime<Utc>) -> Result<(Link, SealedLink), Refusal> {
    let generation = user.invitation.generation;
    let expire_time = now + span(app.config.invitation_life);
    let token = new_secret(Purpose::Activate.prefix())?;
    let context = mail::invitation_key(user.id, generation);
    let sealed = app.keys.seal(token.expose().as_bytes(), context.as_bytes());
    let sealed = sealed.map_err(|error| broken("a link cannot be sealed", &error))?;
    let link = Link {
        hash: token.hash(),
        purpose: Purpose::Activate,
        subject: Subject::User { organization: user.organization, user: user.id },
        email: email.clone(),
        generation,
        create_time: now,
        expire_time,
        used_time: None,
        revoked_time: None,
    };
    Ok((link, SealedLink { token: sealed, expire_time }))
}
