//! Who of these is a user here, for a file of a million rows: prints instead of fields.

use platform::caller::Caller;
use platform::db::{self, Tx};
use proto::identity::v1::Permission;
use proto::print::print;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::match_users;
use crate::app::App;
use crate::app::directories::{Directories, Loaded};
use crate::domain::email::Email;
use crate::domain::profile::Profile;
use crate::store::organizations;
use crate::store::users::people::{self, People, Prints};

/// The directories that files were looked up in lately.
pub type Files = Directories<People>;

/// Fewer addresses are looked up in the database, and load no directory.
const MANY: usize = 500;

impl Loaded for People {
    const TASK: &'static str = "directory.people";
    const MOST: usize = people::MOST;

    async fn load(tx: &mut Tx, organization: Uuid) -> db::Result<Option<Self>> {
        people::load(tx, organization).await
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

/// What was found.
pub struct Matches {
    /// Index of an address in the question, its user, and what an import could change of them.
    pub found: Vec<(usize, Uuid, Prints)>,
    /// As of the same moment.
    pub directory_version: i64,
}

/// Looks the addresses up; those that are nobody's are left out.
pub async fn match_prints(
    app: &App,
    caller: &Caller,
    organization: Uuid,
    emails: &[String],
) -> Result<Matches, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, organization).await?;
    if emails.len() >= MANY {
        let version = {
            let mut tx = app.db.of(tenant).look().await?;
            organizations::directory_version(&mut tx, tenant.organization()).await?
        };
        if let Some(people) = app.files.at(tenant.organization(), &tenant.into(), version) {
            let places = emails.iter().enumerate();
            let found = places.filter_map(|(index, email)| {
                find(&people, email).map(|(user, prints)| (index, user, prints))
            });
            return Ok(Matches { found: found.collect(), directory_version: version });
        }
    }
    let matches = match_users::look_up(app, tenant, emails).await?;
    let found = matches.found.into_iter().map(|(index, user)| (index, user.id, prints(&user.profile)));
    Ok(Matches { found: found.collect(), directory_version: matches.directory_version })
}

/// import-svc asks for folded addresses: only another form of one is folded and looked for once more.
fn find(people: &People, email: &str) -> Option<(Uuid, Prints)> {
    people.find(email).or_else(|| match Email::is_folded(email) {
        true => None,
        false => people.find(Email::parse(email).ok()?.as_str()),
    })
}

fn prints(profile: &Profile) -> Prints {
    let Profile { name, title, office_phone, mobile_phone, fax, language_code } = profile;
    [&name.given, &name.family, title, office_phone, mobile_phone, fax, language_code]
        .map(|field| print(field))
}
