//! The texts of a whole directory, to be searched in memory.

use platform::db::{Result, Tx};
use uuid::Uuid;

/// More bytes than this are not kept in memory: about 1.3 million users.
pub const MOST: usize = 96 << 20;

/// So many do not fit, however short their texts are.
fn most_users() -> i64 {
    i64::try_from(MOST / (size_of::<Uuid>() + size_of::<usize>())).unwrap_or(i64::MAX)
}

/// Stands behind each text and in none of them.
pub const END: u8 = b'\n';

/// What a search looks at, as of one version of the directory.
#[derive(Default)]
pub struct Texts {
    /// The directory's version.
    pub version: i64,
    /// The organization's own text.
    pub organization: String,
    /// Those of the users, one behind the other, by name as lists are.
    pub text: Vec<u8>,
    /// Where the text of each user ends.
    pub ends: Vec<usize>,
    /// The users in the same order.
    pub ids: Vec<Uuid>,
}

impl Texts {
    /// How much memory they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ids.len() * (size_of::<Uuid>() + size_of::<usize>())
    }

    fn push(&mut self, id: Uuid, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len());
        self.text.push(END);
        self.ids.push(id);
    }
}

/// The texts, in a transaction with one snapshot; none of an organization that has more than [`MOST`].
pub async fn load(tx: &mut Tx, organization: Uuid) -> Result<Option<Texts>> {
    let head = tx
        .query("SELECT directory_version, search_text FROM organizations WHERE id = $1")
        .bind(organization)
        .optional(|row| Ok((row.get("directory_version")?, row.get("search_text")?)));
    let Some((version, organization_text)) = head.await? else { return Ok(None) };
    let mut texts = Texts { version, organization: organization_text, ..Texts::default() };
    tx.query("SELECT id, search_text FROM users WHERE organization_id = $1 ORDER BY sort_name, id LIMIT $2")
        .bind(organization)
        .bind(most_users())
        .all(|row| {
            if texts.bytes() <= MOST {
                texts.push(row.get("id")?, &row.get::<String>("search_text")?);
            }
            Ok(())
        })
        .await?;
    texts.text.shrink_to_fit();
    texts.ends.shrink_to_fit();
    texts.ids.shrink_to_fit();
    Ok((texts.bytes() <= MOST).then_some(texts))
}
