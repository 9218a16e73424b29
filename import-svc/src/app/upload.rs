//! A file comes in. Validation begins with its last byte; an upload that breaks leaves nothing.

mod claim;
mod receive;

use futures::Stream;
use platform::caller::Caller;
use platform::once::{self, Answer};
use platform::tenant::Tenant;
use prost::Message;
use proto::imports::v1 as wire;
use proto::name::{self, ProductId};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::halt::Halt;
use super::seats::Seats;
use super::{App, CHANGES, Reply, WORK, resource};
use crate::domain::import::{Import, Layout, Progress, State};
use crate::domain::kind::Kind;
use crate::domain::plan::Counts;
use crate::domain::{column::Field, file_name};
use crate::store::imports;
use claim::Claim;
use receive::Received;

/// What a file is said to be.
pub struct Upload {
    /// Whose people it holds.
    pub parent: name::Organization,
    /// What it is about.
    pub kind: Kind,
    /// As it is called where it comes from.
    pub file_name: String,
    /// The product of the licence column; empty for kinds without one.
    pub product: String,
    /// The call; its fingerprint is of everything but the bytes.
    pub call: once::Call,
}

/// Bytes of a file, in order.
pub struct Piece {
    /// Where they begin.
    pub offset: i64,
    /// The bytes.
    pub data: Vec<u8>,
    /// They are the last ones.
    pub finish: bool,
}

/// Takes a file in.
pub async fn upload(
    app: &App,
    caller: &Caller,
    upload: Upload,
    pieces: impl Stream<Item = Result<Piece, Refusal>> + Send + Unpin,
) -> Result<Reply<wire::Import>, Refusal> {
    let tenant = app.require(caller, upload.parent.organization).await?;
    check_product(app, caller, &upload).await?;
    let mut tx = app.db.of(tenant).write().await?;
    let now = app.clock.now();
    if let Some(answer) = once::begin(&mut tx, &upload.call, now).await?.replay()? {
        drop(tx);
        return again(app, tenant, answer, pieces).await;
    }
    let import = begun(app, caller, &upload);
    imports::insert(&mut tx, &import).await?;
    tx.commit().await?;
    let mut claim = Claim::new(&upload.call, now);
    let taken = async {
        let received = receive::receive(app, tenant, import.id, &mut claim, pieces).await?;
        close(app, tenant, import.id, received, &mut claim).await
    };
    match taken.await {
        Err(refusal) => {
            abandon(app, tenant, import.id, &claim).await?;
            Err(refusal)
        }
        Ok(reply) => Ok(reply),
    }
}

/// A kind with licences is about one product, of which the organization has a pool.
async fn check_product(app: &App, caller: &Caller, upload: &Upload) -> Result<(), Refusal> {
    const FIELD: &str = "start.product";
    let is_licensed = upload.kind.profile().columns.iter().any(|column| column.field == Field::License);
    match (is_licensed, upload.product.is_empty()) {
        (false, true) => return Ok(()),
        (false, false) => return Err(Refusal::field(FIELD, "must be empty: this kind has no licences")),
        (true, true) => return Err(Refusal::field(FIELD, "is required: which product are the licences of?")),
        (true, false) => {}
    }
    let unknown = || Refusal::field(FIELD, "the organization has no licences of this product");
    let product = ProductId::parse(&upload.product).ok_or_else(unknown)?;
    let seats = Seats::new(app.peers.relay("license", caller)?, upload.parent.organization, product);
    match seats.exist().await {
        Ok(()) => Ok(()),
        Err(Halt::Never(refusal)) if matches!(refusal.reason, Reason::NotFound | Reason::FieldViolations) => {
            Err(unknown())
        }
        Err(halt) => Err(halt.into()),
    }
}

fn begun(app: &App, caller: &Caller, upload: &Upload) -> Import {
    let now = app.clock.now();
    Import {
        organization: upload.parent.organization,
        id: Uuid::now_v7(),
        kind: upload.kind,
        state: State::Uploading,
        product: upload.product.clone(),
        file_name: file_name::shown(&upload.file_name),
        size_bytes: 0,
        digest: String::new(),
        layout: Layout::default(),
        counts: Counts::default(),
        groups: Vec::new(),
        problem: None,
        seats_free: 0,
        without_license: 0,
        progress: Progress::default(),
        directory_version: 0,
        created_by: caller.principal().lasting().to_string(),
        accepted_by: None,
        last_seated_line: 0,
        applied_line: 0,
        begun_line: 0,
        cancel_requested: false,
        claim: None,
        sequence: 1,
        create_time: now,
        end_time: None,
        expire_time: now + app.keep,
    }
}

async fn close(
    app: &App,
    tenant: Tenant,
    id: Uuid,
    received: Received,
    claim: &mut Claim<'_>,
) -> Result<Reply<wire::Import>, Refusal> {
    let mut tx = app.db.of(tenant).write().await?;
    claim.renew(&mut tx, app.clock.now()).await?;
    let import = imports::lock(&mut tx, tenant, id).await?;
    let Some(mut import) = import.filter(|import| import.state == State::Uploading) else {
        let text = "the upload took too long and was given up: upload the file again";
        return Err(Refusal::new(Reason::ImportNotReady, text));
    };
    import.state = State::Validating;
    import.size_bytes = received.bytes;
    import.digest = received.digest;
    import.sequence += 1;
    imports::save(&mut tx, &import).await?;
    let reply = resource::import(&import);
    once::store(&mut tx, claim.call(), &Answer::reply(&reply)).await?;
    tx.wake(CHANGES);
    tx.wake(WORK);
    tx.commit().await?;
    Ok(Reply::Fresh(reply))
}

/// Leaves nothing; the number is free again, unless a repeat has it by now. An upload that was closed stays: it was
/// committed, and only the answer was lost.
async fn abandon(app: &App, tenant: Tenant, id: Uuid, claim: &Claim<'_>) -> Result<(), Refusal> {
    let mut tx = app.db.of(tenant).write().await?;
    imports::delete_unfinished(&mut tx, tenant, id).await?;
    claim.held().forget(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// The same request id stands for the same file: its bytes are compared by their digest.
async fn again(
    app: &App,
    tenant: Tenant,
    answer: Answer,
    pieces: impl Stream<Item = Result<Piece, Refusal>> + Send + Unpin,
) -> Result<Reply<wire::Import>, Refusal> {
    let received = receive::digest(app, pieces).await?;
    let Answer::Reply(bytes) = &answer else { return Ok(Reply::Again(answer)) };
    let first = wire::Import::decode(bytes.as_slice()).map_err(|_| Refusal::internal())?;
    let name = name::Import::parse(&first.name, "name")?;
    let stored = imports::find(&mut app.db.of(tenant).read().await?, tenant, name.import).await?;
    if stored.is_some_and(|stored| stored.digest != received.digest) {
        let text = "this request id was used for another file";
        return Err(Refusal::new(Reason::IdempotencyKeyReused, text));
    }
    Ok(Reply::Again(answer))
}
