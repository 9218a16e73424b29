//! One import-svc with its clock, its database, and identity and license beside it.

use std::time::Duration;

use futures::StreamExt;
use import_svc::Config;
use platform::caller::Principal;
use platform::db::{Db, Location};
use platform::keys::Keys;
use platform::peer::{self, Peer, Peers};
use platform::serve::Process;
use platform::testing::{Engine, TestClock, TestDb, called_by, within};
use proto::identity::v1::access_service_server::AccessServiceServer;
use proto::identity::v1::directory_service_server::DirectoryServiceServer;
use proto::imports::v1::accept_import_request::{AcceptMode, WhenSeatsRunOut};
use proto::imports::v1::import_service_client::ImportServiceClient;
use proto::imports::v1::upload_import_request::{Chunk, Part, Start};
use proto::imports::v1::{
    AcceptImportRequest, CancelImportRequest, DownloadImportErrorsRequest, GetImportRequest, Import,
    ImportKind, ImportRow, ListImportRowsRequest, UploadImportRequest, WatchImportRequest, import,
};
use proto::license::v1::license_service_server::LicenseServiceServer;
use proto::license::v1::seat_service_server::SeatServiceServer;
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use tonic::service::Routes;
use uuid::Uuid;

use crate::fakes::directory::Directory;
use crate::fakes::seats::Seats;
use crate::fakes::trap::Trap;

pub const ORGANIZATION: &str = "organizations/0198c7a0-0000-7000-8000-000000000001";

pub struct World {
    pub time: TestClock,
    pub directory: Directory,
    pub seats: Seats,
    pub trap: Trap,
    pub admin: Principal,
    pub db: Db,
    /// Kept, so that the database stays.
    test_db: TestDb,
    keys: Keys,
    config: Config,
    process: Process,
    import: Peer,
}

impl World {
    /// An organization with 100 seats of `meet`, and nobody in it.
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, Config::default()).await
    }

    pub async fn with(engine: Engine, config: Config) -> Self {
        let test_db = engine.database(&import_svc::MIGRATIONS).await;
        let db = open(test_db.location()).await;
        Self::made(test_db, db, account(), config)
    }

    /// On a database that an earlier version may have left.
    pub async fn over(test_db: TestDb, admin: Principal) -> Self {
        let db = open(test_db.location()).await;
        Self::made(test_db, db, admin, Config::default())
    }

    /// The service reaches the database at another place than it is.
    pub async fn through(test_db: TestDb, location: &Location) -> Self {
        let db = open(location).await;
        Self::made(test_db, db, account(), Config::default())
    }

    fn made(test_db: TestDb, db: Db, admin: Principal, config: Config) -> Self {
        let (time, keys) = (TestClock::new(), Keys::ephemeral().unwrap());
        let trap = Trap::default();
        let directory = Directory::new(trap.clone());
        let seats = Seats::new(trap.clone());
        seats.pool().purchased = 100;
        directory.people().importers.insert(admin.key());
        let process = Process::new(time.clock(), keys.clone()).unwrap();
        let import = start(&process, &config, &directory, &seats, &db);
        Self { time, directory, seats, trap, admin, db, test_db, keys, config, process, import }
    }

    /// Kills the process wherever it is and starts another one on the same database.
    pub async fn restart(&mut self) {
        self.process.spawner.stop(Duration::ZERO).await;
        // A connection whose work was cut goes back to the pool, and is used again by nobody.
        self.db.close().await;
        self.db = open(self.test_db.location()).await;
        // Whoever died with a lease is believed to live until it ends, and so is a claim.
        self.time.advance(chrono::TimeDelta::seconds(121));
        self.process = Process::new(self.time.clock(), self.keys.clone()).unwrap();
        self.import = start(&self.process, &self.config, &self.directory, &self.seats, &self.db);
    }

    /// Closes the doors, as at the end of the process.
    pub fn drain(&self) {
        self.process.draining.cancel();
    }

    /// A second process on the same database.
    pub fn neighbour(&self) -> (Process, ImportServiceClient<Peer>) {
        let process = Process::new(self.time.clock(), self.keys.clone()).unwrap();
        let peer = start(&process, &self.config, &self.directory, &self.seats, &self.db);
        let client = ImportServiceClient::new(called_by(&process, "import", &peer, &self.admin));
        (process, client)
    }

    pub fn client(&self) -> ImportServiceClient<Peer> {
        self.client_of(&self.admin)
    }

    pub fn client_of(&self, principal: &Principal) -> ImportServiceClient<Peer> {
        ImportServiceClient::new(called_by(&self.process, "import", &self.import, principal))
    }

    pub async fn upload(&self, kind: ImportKind, file: impl AsRef<[u8]>) -> Result<Import, Status> {
        self.send(start_of(kind), chunks(file.as_ref())).await
    }

    pub async fn send(&self, start: Start, chunks: Vec<Chunk>) -> Result<Import, Status> {
        let first = UploadImportRequest { part: Some(Part::Start(start)) };
        let rest = chunks.into_iter().map(|chunk| UploadImportRequest { part: Some(Part::Chunk(chunk)) });
        let messages: Vec<_> = std::iter::once(first).chain(rest).collect();
        let answer = self.client().upload_import(futures::stream::iter(messages)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// Uploads and waits for the plan, or for the rejection.
    pub async fn plan(&self, kind: ImportKind, file: impl AsRef<[u8]>) -> Import {
        let import = self.upload(kind, file).await.unwrap();
        self.rests(&import).await
    }

    pub async fn invites(&self, file: &str) -> Import {
        self.plan(ImportKind::LicenseInvite, file).await
    }

    pub async fn users(&self, file: &str) -> Import {
        self.plan(ImportKind::LocationUsers, file).await
    }

    /// Uploads without waiting for the plan.
    pub async fn users_uploaded(&self, file: &str) -> Import {
        self.upload(ImportKind::LocationUsers, file).await.unwrap()
    }

    /// The import once it waits for a person or is final.
    pub async fn rests(&self, import: &Import) -> Import {
        within("the import rests", async {
            let mut last = None;
            let request = WatchImportRequest { name: import.name.clone(), after_sequence: 0 };
            let mut steps = self.client().watch_import(request).await.unwrap().into_inner();
            while let Some(step) = steps.next().await {
                last = step.unwrap().import.or(last);
            }
            last.unwrap()
        })
        .await
    }

    pub async fn get(&self, import: &Import) -> Import {
        let request = GetImportRequest { name: import.name.clone() };
        self.client().get_import(request).await.unwrap().into_inner()
    }

    pub async fn accept(&self, import: &Import) -> Result<Import, Status> {
        self.accept_with(accept_of(import)).await
    }

    pub async fn accept_with(&self, request: AcceptImportRequest) -> Result<Import, Status> {
        self.client().accept_import(request).await.map(tonic::Response::into_inner)
    }

    /// Accepts and waits for the end.
    pub async fn import(&self, import: &Import) -> Import {
        let accepted = self.accept(import).await.unwrap();
        assert_eq!(accepted.state(), import::State::Importing);
        self.rests(&accepted).await
    }

    pub async fn cancel(&self, import: &Import) -> Result<Import, Status> {
        let request = CancelImportRequest { name: import.name.clone(), request_id: String::new() };
        self.client().cancel_import(request).await.map(tonic::Response::into_inner)
    }

    pub async fn rows(&self, import: &Import, filter: &str) -> Vec<ImportRow> {
        let request = ListImportRowsRequest {
            parent: import.name.clone(),
            page_size: 1000,
            filter: filter.to_owned(),
            ..ListImportRowsRequest::default()
        };
        self.client().list_import_rows(request).await.unwrap().into_inner().rows
    }

    /// Name and bytes of the error file.
    pub async fn errors(&self, import: &Import) -> (String, Vec<u8>) {
        let request = DownloadImportErrorsRequest { name: import.name.clone() };
        let answer = self.client().download_import_errors(request).await.unwrap();
        let header = answer.metadata().get("content-disposition").unwrap().to_str().unwrap().to_owned();
        let mut pieces = answer.into_inner();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend(piece.unwrap().data);
        }
        (header, bytes)
    }

    /// Seats that were given, and seats that are free.
    pub fn given_and_free(&self) -> (usize, i64) {
        let pool = self.seats.pool();
        (pool.given.len(), pool.free())
    }

    /// No invariant is broken (I6).
    pub async fn is_sound(&self) {
        let findings = import_svc::check(&self.db).await.unwrap();
        assert!(findings.is_empty(), "{findings:?}");
        assert!(self.seats.pool().free() >= 0);
    }
}

async fn open(location: &Location) -> Db {
    Db::open(location, &import_svc::MIGRATIONS).await.unwrap()
}

fn start(process: &Process, config: &Config, directory: &Directory, seats: &Seats, db: &Db) -> Peer {
    let identity = Routes::new(AccessServiceServer::new(directory.clone()))
        .add_service(DirectoryServiceServer::new(directory.clone()));
    let license = Routes::new(LicenseServiceServer::new(seats.clone()))
        .add_service(SeatServiceServer::new(seats.clone()));
    let peers = Peers::new(process.signer("import"))
        .with("identity", peer::local(process.guard("identity", identity)))
        .with("license", peer::local(process.guard("license", license)));
    peer::local(import_svc::build(config.clone(), process, peers, db.clone()).unwrap())
}

pub fn account() -> Principal {
    Principal::Account { account: Uuid::now_v7(), user: None, session: Some(Uuid::now_v7()) }
}

pub fn start_of(kind: ImportKind) -> Start {
    let product = if kind == ImportKind::LicenseInvite { "meet" } else { "" };
    Start {
        parent: ORGANIZATION.to_owned(),
        kind: kind.into(),
        file_name: "C:\\people\\new people.csv".to_owned(),
        product: product.to_owned(),
        request_id: String::new(),
    }
}

pub fn accept_of(import: &Import) -> AcceptImportRequest {
    AcceptImportRequest {
        name: import.name.clone(),
        etag: import.etag.clone(),
        accept_mode: AcceptMode::Unspecified.into(),
        when_seats_run_out: WhenSeatsRunOut::Unspecified.into(),
        request_id: String::new(),
    }
}

/// The file in chunks of 64 KiB, the last one marked.
pub fn chunks(file: &[u8]) -> Vec<Chunk> {
    let mut offset = 0;
    let mut chunks: Vec<Chunk> = file
        .chunks(64 << 10)
        .map(|data| {
            let chunk = Chunk { offset, data: data.to_vec(), finish: false };
            offset += i64::try_from(data.len()).unwrap();
            chunk
        })
        .collect();
    match chunks.last_mut() {
        Some(last) => last.finish = true,
        None => chunks.push(Chunk { finish: true, ..Chunk::default() }),
    }
    chunks
}

pub fn reason(status: &Status) -> Option<Reason> {
    Refusal::reason_of(status)
}

pub fn fact(status: &Status, key: &str) -> String {
    Refusal::metadata_of(status, key).unwrap_or_default()
}

/// rows, new, updated, unchanged, superseded, errors
pub fn counts(import: &Import) -> [i32; 6] {
    let counts = import.counts.unwrap();
    [counts.rows, counts.new, counts.updated, counts.unchanged, counts.superseded, counts.errors]
}
