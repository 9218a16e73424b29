//! The bytes of an upload, checked and kept.

use futures::{Stream, StreamExt};
use platform::tenant::Tenant;
use proto::refusal::{Reason, Refusal};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Piece;
use super::claim::Claim;
use crate::app::App;
use crate::store::upload_chunks;

/// Bytes of one stored chunk at most (seams.md, "Plans and seats").
const CHUNK: usize = 256 << 10;

/// A file that has arrived.
pub struct Received {
    /// Its size.
    pub bytes: i64,
    /// SHA-256 in hex.
    pub digest: String,
}

/// A file that is arriving.
struct File {
    limit: u64,
    bytes: i64,
    hash: Sha256,
    finished: bool,
}

/// Keeps the bytes of a file.
pub async fn receive(
    app: &App,
    tenant: Tenant,
    import: Uuid,
    claim: &mut Claim<'_>,
    mut pieces: impl Stream<Item = Result<Piece, Refusal>> + Send + Unpin,
) -> Result<Received, Refusal> {
    let mut file = File::new(app);
    let (mut stored, mut waiting) = (0_i64, Vec::new());
    while let Some(piece) = pieces.next().await {
        waiting.extend_from_slice(&file.take(piece?)?);
        claim.keep(app).await?;
        while waiting.len() >= CHUNK {
            let rest = waiting.split_off(CHUNK);
            stored += store(app, tenant, import, stored, &waiting).await?;
            waiting = rest;
        }
    }
    if !waiting.is_empty() {
        store(app, tenant, import, stored, &waiting).await?;
    }
    file.end()
}

/// Reads a file without keeping it.
pub async fn digest(
    app: &App,
    mut pieces: impl Stream<Item = Result<Piece, Refusal>> + Send + Unpin,
) -> Result<Received, Refusal> {
    let mut file = File::new(app);
    while let Some(piece) = pieces.next().await {
        file.take(piece?)?;
    }
    file.end()
}

async fn store(app: &App, tenant: Tenant, import: Uuid, position: i64, data: &[u8]) -> Result<i64, Refusal> {
    let mut tx = app.db.of(tenant).write().await?;
    upload_chunks::insert(&mut tx, tenant, import, position, data).await?;
    tx.commit().await?;
    Ok(i64::try_from(data.len()).unwrap_or(i64::MAX))
}

impl File {
    fn new(app: &App) -> Self {
        Self { limit: app.limits.bytes, bytes: 0, hash: Sha256::new(), finished: false }
    }

    fn take(&mut self, piece: Piece) -> Result<Vec<u8>, Refusal> {
        if self.finished {
            return Err(Refusal::field("chunk.finish", "the file had ended before this chunk"));
        }
        if piece.offset != self.bytes {
            let wanted = format!("must be {}: chunks come in order", self.bytes);
            return Err(Refusal::field("chunk.offset", wanted));
        }
        self.bytes = self.bytes.saturating_add(i64::try_from(piece.data.len()).unwrap_or(i64::MAX));
        if u64::try_from(self.bytes).unwrap_or(u64::MAX) > self.limit {
            let text = format!("the file has more than {} bytes: split it", self.limit);
            return Err(Refusal::new(Reason::TooLarge, text).with("limit", self.limit.to_string()));
        }
        self.hash.update(&piece.data);
        self.finished = piece.finish;
        Ok(piece.data)
    }

    fn end(self) -> Result<Received, Refusal> {
        if !self.finished {
            return Err(Refusal::field("chunk.finish", "the upload ended before its last chunk"));
        }
        let digest = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Received { bytes: self.bytes, digest })
    }
}
