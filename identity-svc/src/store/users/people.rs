//! Who is there and what an import could change of them, of a whole directory: to be looked up in memory.

use std::collections::HashMap;

use platform::db::{Error, Result, Sql, Tx};
use proto::print::print;
use uuid::Uuid;

/// More bytes than this are not kept in memory: about 600,000 users.
pub const MOST: usize = 96 << 20;

/// Users of one statement. One row comes back with all of them, as in matches.rs.
const TOGETHER: i64 = 5_000;

/// Prints of given name, family name, title, office phone, mobile phone, fax and language.
pub type Prints = [u64; 7];

/// The users with an address, as of one version of the directory.
#[derive(Default)]
pub struct People {
    /// The directory's version.
    pub version: i64,
    /// By folded address.
    users: HashMap<Box<str>, (Uuid, Prints)>,
    /// Of all addresses.
    text: usize,
}

/// In the order of the statement's columns.
type Told = (Uuid, Box<str>, [String; 7]);

impl People {
    /// How much memory they take, about: the table is a quarter empty.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text + self.users.len() * size_of::<(Box<str>, Uuid, Prints)>() * 4 / 3
    }

    /// The user with this folded address.
    #[must_use]
    pub fn find(&self, email: &str) -> Option<(Uuid, Prints)> {
        self.users.get(email).copied()
    }

    fn push(&mut self, (id, email, fields): Told) {
        self.text += email.len();
        self.users.insert(email, (id, fields.map(|field| print(&field))));
    }
}

/// The people, in a transaction with one snapshot; none of an organization that has more than [`MOST`].
pub async fn load(tx: &mut Tx, organization: Uuid) -> Result<Option<People>> {
    let version = crate::store::organizations::directory_version(tx, organization).await?;
    let mut people = People { version, ..People::default() };
    let mut last = String::new();
    loop {
        let told = behind(tx, organization, &last).await?;
        let Some((_, email, _)) = told.last() else { break };
        last = email.to_string();
        told.into_iter().for_each(|told| people.push(told));
        if people.bytes() > MOST {
            return Ok(None);
        }
    }
    people.users.shrink_to_fit();
    Ok(Some(people))
}

/// The next users behind an address, in its order.
async fn behind(tx: &mut Tx, organization: Uuid, email: &str) -> Result<Vec<Told>> {
    macro_rules! told {
        ($array:literal, $all:literal) => {
            concat!(
                "SELECT ",
                $all,
                " AS told FROM (SELECT email, ",
                $array,
                "(id, email, ",
                $array,
                "(given_name, family_name, title, office_phone, mobile_phone, fax, language_code)) AS one
                FROM users WHERE organization_id = $1 AND email > $2 ORDER BY email LIMIT $3) AS u"
            )
        };
    }
    let told: String = tx
        .query(Sql {
            postgres: told!("json_build_array", "coalesce(json_agg(one ORDER BY email), '[]')::text"),
            sqlite: told!("json_array", "json_group_array(json(one))"),
        })
        .bind(organization)
        .bind(email)
        .bind(TOGETHER)
        .value("told")
        .await?;
    serde_json::from_str(&told).map_err(|error| Error::broken("told", error))
}
