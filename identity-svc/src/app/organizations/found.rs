//! A new organization and its first Owner: one never stands without the other (Q24).

use chrono::{DateTime, Utc};
use platform::db::{Result, Tx};
use uuid::Uuid;

use crate::domain::account::Account;
use crate::domain::invitation::{self, Invitation};
use crate::domain::name::Name;
use crate::domain::organization::{self, Organization};
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::store::{organizations, users};

/// What a new organization is made of; everything is checked.
pub struct Founding<'a> {
    /// Its name.
    pub display_name: String,
    /// Its language, may be empty.
    pub default_language_code: String,
    /// The organization it is a customer of.
    pub parent: Option<&'a Organization>,
    /// Who becomes its Owner.
    pub owner: &'a Account,
    /// The Owner's name.
    pub owner_name: Name,
}

/// Writes both.
pub async fn found(tx: &mut Tx, founding: Founding<'_>, now: DateTime<Utc>) -> Result<(Organization, User)> {
    let Founding { parent, owner, .. } = founding;
    let id = Uuid::now_v7();
    let organization = Organization {
        id,
        account_number: organizations::next_account_number(tx).await?,
        parent: parent.map(|parent| parent.id),
        path: organization::path(parent.map(|parent| parent.path.as_str()), id),
        depth: parent.map_or(0, |parent| parent.depth + 1),
        display_name: founding.display_name,
        default_language_code: founding.default_language_code,
        admins_may_grant_admin: true,
        version: 1,
        create_time: now,
        update_time: now,
    };
    organizations::insert(tx, &organization).await?;
    let user = User {
        account: Some(owner.id),
        profile: Profile { name: founding.owner_name, ..Profile::default() },
        role: Role::Owner,
        accepted_time: Some(now),
        invitation: Invitation { state: invitation::State::Accepted, ..Invitation::default() },
        ..User::new(id, Uuid::now_v7(), Some(owner.email.clone()), now)
    };
    users::insert(tx, &user).await?;
    organizations::bump_directory(tx, id).await?;
    Ok((organization, user))
}
