//! Who is there and what an import could change of them, of a whole directory: to be looked up in memory.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use platform::db::{Error, Result, Sql, Tx};
use proto::print::print;
use uuid::Uuid;

/// More bytes than this are not kept in memory: about 600,000 users.
pub const MOST: usize = 64 << 20;

/// Users of one statement. One row comes back with all of them, as in matches.rs.
const TOGETHER: i64 = 5_000;

/// Prints of given name, family name, title, office phone, mobile phone, fax and language.
pub type Prints = [u64; 7];

/// The users with an address, as of one version of the directory.
#[derive(Default)]
pub struct People {
    /// The directory's version.
    pub version: i64,
    /// Places of the users, by their addresses.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The folded addresses, sorted, one behind the other.
    emails: String,
    /// Where the address of each user ends.
    ends: Vec<u32>,
    users: Vec<(Uuid, Prints)>,
}

/// In the order of the statement's columns.
type Told = (Uuid, String, [String; 7]);

impl People {
    /// How much memory they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.places.allocation_size()
            + self.emails.capacity()
            + self.ends.capacity() * size_of::<u32>()
            + self.users.capacity() * size_of::<(Uuid, Prints)>()
    }

    /// The user with this folded address.
    #[must_use]
    pub fn find(&self, email: &str) -> Option<(Uuid, Prints)> {
        let is_theirs = |place: &u32| self.email(*place as usize) == email;
        let place = self.places.find(self.hasher.hash_one(email), is_theirs)?;
        self.users.get(*place as usize).copied()
    }

    fn email(&self, at: usize) -> &str {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.emails[begin..self.ends[at] as usize]
    }

    fn push(&mut self, (id, email, fields): Told) -> Result<()> {
        self.emails.push_str(&email);
        let end = u32::try_from(self.emails.len()).map_err(|error| Error::broken("emails", error))?;
        self.ends.push(end);
        self.users.push((id, fields.map(|field| print(&field))));
        Ok(())
    }

    /// Once all are there: gives back what was room for more, and makes them findable.
    fn finish(&mut self) {
        self.emails.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.users.shrink_to_fit();
        let hash = |people: &Self, place: u32| people.hasher.hash_one(people.email(place as usize));
        let mut places = HashTable::with_capacity(self.ends.len());
        for place in (0..).take(self.ends.len()) {
            places.insert_unique(hash(self, place), place, |place| hash(self, *place));
        }
        self.places = places;
    }
}

/// The people, in a transaction with one snapshot; none of an organization that has more than [`MOST`].
pub async fn load(tx: &mut Tx, organization: Uuid) -> Result<Option<People>> {
    let version = crate::store::organizations::directory_version(tx, organization).await?;
    let mut people = People { version, ..People::default() };
    loop {
        let last = people.users.len().checked_sub(1).map_or("", |last| people.email(last)).to_owned();
        let told = behind(tx, organization, &last).await?;
        if told.is_empty() {
            break;
        }
        told.into_iter().try_for_each(|told| people.push(told))?;
        if people.bytes() > MOST {
            return Ok(None);
        }
    }
    people.finish();
    Ok(Some(people).filter(|people| people.bytes() <= MOST))
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
            sqlite: told!("json_array", "json_group_array(json(one) ORDER BY email)"),
        })
        .bind(organization)
        .bind(email)
        .bind(TOGETHER)
        .value("told")
        .await?;
    serde_json::from_str(&told).map_err(|error| Error::broken("told", error))
}
