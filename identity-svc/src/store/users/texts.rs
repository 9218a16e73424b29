//! The texts of a whole directory, to be searched in memory.

use platform::db::{Result, Tx};
use uuid::Uuid;

/// More users than this are not kept in memory.
const MOST: usize = 500_000;

/// What a search looks at, as of one version of the directory.
pub struct Texts {
    /// The directory's version.
    pub version: i64,
    /// The organization's own text.
    pub organization: String,
    /// The users, by name as lists are.
    pub users: Vec<(Uuid, String)>,
}

/// The texts, in a transaction with one snapshot; none of an organization that has too many users.
pub async fn load(tx: &mut Tx, organization: Uuid) -> Result<Option<Texts>> {
    let head = tx
        .query("SELECT directory_version, search_text FROM organizations WHERE id = $1")
        .bind(organization)
        .optional(|row| Ok((row.get("directory_version")?, row.get("search_text")?)));
    let Some((version, own)) = head.await? else { return Ok(None) };
    let users: Vec<(Uuid, String)> = tx
        .query(
            "SELECT id, search_text FROM users WHERE organization_id = $1 ORDER BY sort_name, id LIMIT 500001",
        )
        .bind(organization)
        .all(|row| Ok((row.get("id")?, row.get("search_text")?)))
        .await?;
    Ok((users.len() <= MOST).then_some(Texts { version, organization: own, users }))
}
