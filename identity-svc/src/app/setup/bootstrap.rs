//! `roster bootstrap`: an organization, its Owner and an API key that acts as the Owner, from a script.

use chrono::{DateTime, Utc};
use platform::db::{Everyone, Tx};
use proto::refusal::{Refusal, Violation};
use uuid::Uuid;

use crate::app::hasher::Check;
use crate::app::organizations::UNBORN;
use crate::app::organizations::found::{Founding, found};
use crate::app::{App, new_secret};
use crate::domain::account::Account;
use crate::domain::client::Client;
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::password::Password;
use crate::domain::role::Role;
use crate::domain::secret::{Prefix, Secret};
use crate::domain::stored_hash::StoredHash;
use crate::domain::user::User;
use crate::store::{accounts, clients, organizations, users};

const OWNER: Everyone = Everyone("who knows an Owner's password gets another key for them");

/// What a script asks for; checked.
pub struct Bootstrap {
    /// The organization's name.
    pub organization_display_name: String,
    /// The Owner's address.
    pub owner_email: Email,
    /// The Owner's password.
    pub password: Password,
    /// Another key for an Owner who is there already.
    pub new_key: bool,
}

/// What stands now.
pub struct Done {
    /// The Owner, and so the organization.
    pub owner: User,
    /// Answered once; none on a repeat that asks for none.
    pub api_key: Option<Secret>,
}

/// Makes them. When that Owner has an organization of that name already, nothing is made but the key that is
/// asked for; who asks for a key makes nothing else.
pub async fn bootstrap(app: &App, wanted: Bootstrap) -> Result<Done, Refusal> {
    let mut tx = app.db.of(UNBORN).read().await?;
    let account = accounts::find_by_email(&mut tx, &wanted.owner_email).await?;
    let owner = standing(&mut tx, account.as_ref(), &wanted).await?;
    drop(tx);
    if let Some((account, owner)) = account.zip(owner) {
        return again(app, owner, &account, wanted).await;
    }
    if wanted.new_key {
        return Err(Refusal::fields(vec![Violation {
            field: "organization_display_name".into(),
            description: "this Owner has no organization of that name".into(),
        }]));
    }
    let password = app.hasher.hash(wanted.password.clone()).await?;
    let now = app.clock.now();
    let mut tx = app.db.of(UNBORN).write().await?;
    let account = owner_account(&mut tx, &wanted, password, now).await?;
    if let Some(owner) = standing(&mut tx, Some(&account), &wanted).await? {
        return Ok(Done { owner, api_key: None });
    }
    let (owner, key) = make(&mut tx, wanted, &account, now).await?;
    tx.commit().await?;
    Ok(Done { owner, api_key: Some(key) })
}

/// A key is told to who knows the password: any service may call.
async fn again(app: &App, owner: User, account: &Account, wanted: Bootstrap) -> Result<Done, Refusal> {
    if !wanted.new_key {
        return Ok(Done { owner, api_key: None });
    }
    if app.hasher.check(wanted.password, Some(&account.password)).await? == Check::Wrong {
        return Err(Refusal::fields(vec![Violation {
            field: "password".into(),
            description: "is not the Owner's".into(),
        }]));
    }
    let mut tx = app.db.of(OWNER).write().await?;
    let key = key_of(&mut tx, &owner, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done { owner, api_key: Some(key) })
}

async fn standing(
    tx: &mut Tx,
    account: Option<&Account>,
    wanted: &Bootstrap,
) -> Result<Option<User>, Refusal> {
    let Some(account) = account else { return Ok(None) };
    for user in users::of_account(tx, account.id).await? {
        let organization = organizations::find(tx, user.organization).await?;
        let same = organization.is_some_and(|found| found.display_name == wanted.organization_display_name);
        if same && user.role == Role::Owner {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// The account of the address; a password that is there stays.
async fn owner_account(
    tx: &mut Tx,
    wanted: &Bootstrap,
    password: StoredHash,
    now: DateTime<Utc>,
) -> Result<Account, Refusal> {
    let email = wanted.owner_email.clone();
    let display_name = email.local_part().to_owned();
    let new = Account { id: Uuid::now_v7(), email, password, display_name, create_time: now };
    if accounts::insert(tx, &new).await? {
        return Ok(new);
    }
    accounts::find_by_email(tx, &wanted.owner_email).await?.ok_or_else(Refusal::internal)
}

async fn make(
    tx: &mut Tx,
    wanted: Bootstrap,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<(User, Secret), Refusal> {
    let founding = Founding {
        display_name: wanted.organization_display_name,
        default_language_code: String::new(),
        parent: None,
        owner: account,
        owner_name: Name::of(String::new(), String::new(), account.display_name.clone()),
    };
    let (_, owner) = found(tx, founding, now).await?;
    let key = key_of(tx, &owner, now).await?;
    Ok((owner, key))
}

/// A new key that acts as the Owner.
async fn key_of(tx: &mut Tx, owner: &User, now: DateTime<Utc>) -> Result<Secret, Refusal> {
    let key = new_secret(Prefix::ApiKey)?;
    let client = Client {
        id: Uuid::now_v7(),
        display_name: "bootstrap".to_owned(),
        acts_as: Some((owner.organization, owner.id)),
        permissions: Vec::new(),
        create_time: now,
    };
    clients::insert(tx, &client, key.hash()).await?;
    Ok(key)
}
