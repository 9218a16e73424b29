//! AccessService and DirectoryService.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use platform::caller::{Caller, Principal};
use proto::identity::v1::access_service_server::AccessService;
use proto::identity::v1::directory_service_server::DirectoryService;
use proto::identity::v1::upsert_users_response::{Outcome, Result as Written};
use proto::identity::v1::{
    AuthenticateRequest, AuthenticateResponse, AuthorizeRequest, AuthorizeResponse, CheckAccessRequest,
    CheckAccessResponse, CreateAccountRequest, CreateAccountResponse, GetCallerAccountRequest,
    GetCallerAccountResponse, ImportableFields, IssueInvitationsRequest, IssueInvitationsResponse,
    MatchUsersRequest, MatchUsersResponse, Permission, UpsertUsersRequest, UpsertUsersResponse,
    match_users_response, user,
};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::trap::Trap;

#[derive(Clone)]
pub struct Directory {
    people: Arc<Mutex<People>>,
    pub trap: Trap,
}

#[derive(Default)]
pub struct People {
    /// By address.
    pub users: BTreeMap<String, (String, ImportableFields)>,
    pub version: i64,
    /// Users that were made, in order.
    pub created: Vec<String>,
    /// In whose name users were written.
    pub writers: HashSet<String>,
    /// Principals that may import.
    pub importers: HashSet<String>,
    /// Principals that may not, and know the organization.
    pub members: HashSet<String>,
    /// Addresses of users who are switched off.
    pub deactivated: HashSet<String>,
    answers: HashMap<String, (UpsertUsersRequest, UpsertUsersResponse)>,
}

impl Directory {
    pub fn new(trap: Trap) -> Self {
        Self { people: Arc::default(), trap }
    }

    pub fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap()
    }

    /// Makes a user behind the import's back.
    pub fn add(&self, parent: &str, email: &str, given: &str, family: &str) -> String {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let fields = ImportableFields {
            given_name: text(given),
            family_name: text(family),
            ..ImportableFields::default()
        };
        let name = format!("{parent}/users/{}", Uuid::now_v7());
        let mut people = self.people();
        people.version += 1;
        people.users.insert(email.to_owned(), (name.clone(), fields));
        name
    }

    /// Gives a user another name behind the import's back.
    pub fn rename(&self, email: &str, given: &str) {
        let mut people = self.people();
        people.version += 1;
        people.users.get_mut(email).unwrap().1.given_name = Some(given.to_owned());
    }

    pub fn emails(&self) -> Vec<String> {
        self.people().users.keys().cloned().collect()
    }

    pub fn fields(&self, email: &str) -> ImportableFields {
        self.people().users[email].1.clone()
    }
}

impl People {
    fn upsert(&mut self, request: UpsertUsersRequest) -> UpsertUsersResponse {
        assert!(request.rows.len() <= 2_500, "{} rows at once", request.rows.len());
        if let Some((first, answer)) = self.answers.get(&request.request_id) {
            assert_eq!(*first, request, "another body under {}", request.request_id);
            return answer.clone();
        }
        let mut results = Vec::new();
        let mut seen = HashSet::new();
        for row in &request.rows {
            assert!(seen.insert(row.email.clone()), "{} twice", row.email);
            results.push(self.write(&request.parent, &row.email, row.fields.clone().unwrap_or_default()));
        }
        // As identity-svc does it: what writes nothing raises nothing.
        let wrote = results.iter().any(|result| result.outcome() != Outcome::Unchanged);
        self.version += i64::from(wrote);
        let answer = UpsertUsersResponse { results, directory_version: self.version };
        self.answers.insert(request.request_id.clone(), (request, answer.clone()));
        answer
    }

    fn write(&mut self, parent: &str, email: &str, fields: ImportableFields) -> Written {
        let is_off = self.deactivated.contains(email);
        let state = if is_off { user::State::Deactivated } else { user::State::Pending };
        let state = state.into();
        if let Some((name, stored)) = self.users.get_mut(email) {
            let merged = merged(stored, fields);
            let outcome = if merged == *stored { Outcome::Unchanged } else { Outcome::Updated };
            *stored = merged;
            return Written { user: name.clone(), outcome: outcome.into(), state, create_time: None };
        }
        let name = format!("{parent}/users/{}", Uuid::now_v7());
        self.users.insert(email.to_owned(), (name.clone(), fields));
        self.created.push(email.to_owned());
        Written { user: name, outcome: Outcome::Created.into(), state, create_time: None }
    }
}

fn merged(stored: &ImportableFields, row: ImportableFields) -> ImportableFields {
    ImportableFields {
        given_name: row.given_name.or(stored.given_name.clone()),
        family_name: row.family_name.or(stored.family_name.clone()),
        display_name: row.display_name.or(stored.display_name.clone()),
        title: row.title.or(stored.title.clone()),
        office_phone: row.office_phone.or(stored.office_phone.clone()),
        mobile_phone: row.mobile_phone.or(stored.mobile_phone.clone()),
        fax: row.fax.or(stored.fax.clone()),
        language_code: row.language_code.or(stored.language_code.clone()),
    }
}

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("imports do not call this"))
}

#[async_trait]
impl AccessService for Directory {
    async fn check_access(
        &self,
        _: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        absent()
    }
    async fn authenticate(
        &self,
        _: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        absent()
    }
    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        assert_eq!(request.get_ref().permission(), Permission::ImportsRun);
        let key = Caller::of(&request).principal().key();
        let people = self.people();
        let allowed = people.importers.contains(&key);
        Ok(Response::new(AuthorizeResponse { allowed, visible: allowed || people.members.contains(&key) }))
    }
}

#[async_trait]
impl DirectoryService for Directory {
    async fn match_users(
        &self,
        request: Request<MatchUsersRequest>,
    ) -> Result<Response<MatchUsersResponse>, Status> {
        assert!(!matches!(Caller::of(&request).principal(), Principal::Anonymous));
        let request = request.into_inner();
        let answer = || {
            assert!(request.emails.len() <= 5_000);
            let people = self.people();
            let found = request.emails.iter().enumerate().filter_map(|(index, email)| {
                let (name, fields) = people.users.get(email)?;
                Some(match_users_response::Match {
                    index: i32::try_from(index).ok()?,
                    user: name.clone(),
                    fields: Some(fields.clone()),
                    ..match_users_response::Match::default()
                })
            });
            let matches = found.collect();
            Ok(Response::new(MatchUsersResponse { matches, directory_version: people.version }))
        };
        self.trap.around(answer).await
    }
    async fn upsert_users(
        &self,
        request: Request<UpsertUsersRequest>,
    ) -> Result<Response<UpsertUsersResponse>, Status> {
        let writer = Caller::of(&request).principal().key();
        let request = request.into_inner();
        let write = || {
            let mut people = self.people();
            people.writers.insert(writer);
            Ok(Response::new(people.upsert(request)))
        };
        self.trap.around(write).await
    }
    async fn issue_invitations(
        &self,
        _: Request<IssueInvitationsRequest>,
    ) -> Result<Response<IssueInvitationsResponse>, Status> {
        panic!("an import sends no mails (N18)")
    }
    async fn create_account(
        &self,
        _: Request<CreateAccountRequest>,
    ) -> Result<Response<CreateAccountResponse>, Status> {
        absent()
    }
    async fn get_caller_account(
        &self,
        _: Request<GetCallerAccountRequest>,
    ) -> Result<Response<GetCallerAccountResponse>, Status> {
        absent()
    }
}
