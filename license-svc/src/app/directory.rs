//! What we ask of identity-svc: one function per question.

use std::time::Duration;

use platform::once::REPLAYED;
use platform::peer::{self, Peer};
use proto::identity::v1::directory_service_client::DirectoryServiceClient;
use proto::identity::v1::organization_service_client::OrganizationServiceClient;
use proto::identity::v1::user_service_client::UserServiceClient;
use proto::identity::v1::{
    BatchGetUsersRequest, CreateAccountRequest, CreateOrganizationRequest, GetCallerAccountRequest,
    GetCallerAccountResponse, GetOrganizationRequest, GetUserRequest, IssueInvitationsRequest,
    IssueInvitationsResponse, ListUsersRequest, ListUsersResponse, MatchUsersRequest, MatchUsersResponse,
    Organization, UpsertUsersRequest, UpsertUsersResponse, User,
};
use proto::name;
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::Error;

/// Below the term of an announcement's lease.
const TO_INVITE: Duration = Duration::from_secs(15);

/// identity-svc, called in somebody's name.
#[derive(Clone)]
pub struct Directory(pub Peer);

impl Directory {
    /// One user.
    pub async fn user(&self, name: &name::User) -> Result<User, Error> {
        let request = GetUserRequest { name: name.to_string() };
        inner(UserServiceClient::new(self.0.clone()).get_user(request).await)
    }

    /// Those of the users that are there; at most 1000.
    pub async fn users(&self, organization: Uuid, users: &[Uuid]) -> Result<Vec<User>, Error> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let name = |user: &Uuid| name::User { organization, user: *user }.to_string();
        let parent = name::Organization { organization }.to_string();
        let request = BatchGetUsersRequest { parent, names: users.iter().map(name).collect() };
        Ok(inner(UserServiceClient::new(self.0.clone()).batch_get_users(request).await)?.users)
    }

    /// A page of users; search, order and token are identity's.
    pub async fn list(&self, request: ListUsersRequest) -> Result<ListUsersResponse, Error> {
        inner(UserServiceClient::new(self.0.clone()).list_users(request).await)
    }

    /// Who of these addresses is there.
    pub async fn matches(&self, request: MatchUsersRequest) -> Result<MatchUsersResponse, Error> {
        inner(DirectoryServiceClient::new(self.0.clone()).match_users(request).await)
    }

    /// Creates people.
    pub async fn upsert(&self, request: UpsertUsersRequest) -> Result<UpsertUsersResponse, Error> {
        inner(DirectoryServiceClient::new(self.0.clone()).upsert_users(request).await)
    }

    /// Mails links to pending users. It is work without a live request, which has a deadline of its own.
    pub async fn invite(&self, request: IssueInvitationsRequest) -> Result<IssueInvitationsResponse, Error> {
        let mut request = Request::new(request);
        request.set_timeout(TO_INVITE);
        inner(DirectoryServiceClient::new(self.0.clone()).issue_invitations(request).await)
    }

    /// Makes an account with a password; true when this request made it before.
    pub async fn create_account(&self, request: CreateAccountRequest) -> Result<bool, Error> {
        let answer = DirectoryServiceClient::new(self.0.clone()).create_account(request).await;
        let again = answer.as_ref().is_ok_and(|answer| answer.metadata().contains_key(REPLAYED));
        inner(answer).map(|_| again)
    }

    /// The account that makes this call.
    pub async fn caller_account(&self) -> Result<GetCallerAccountResponse, Error> {
        let request = GetCallerAccountRequest {};
        inner(DirectoryServiceClient::new(self.0.clone()).get_caller_account(request).await)
    }

    /// An organization as the caller sees it.
    pub async fn organization(&self, organization: Uuid) -> Result<Organization, Error> {
        let request = GetOrganizationRequest { name: name::Organization { organization }.to_string() };
        inner(OrganizationServiceClient::new(self.0.clone()).get_organization(request).await)
    }

    /// Makes an organization of which the caller is the Owner.
    pub async fn create_organization(
        &self,
        display_name: &str,
        request_id: String,
    ) -> Result<Organization, Error> {
        let organization = Organization { display_name: display_name.to_owned(), ..Organization::default() };
        let request = CreateOrganizationRequest { organization: Some(organization), request_id };
        inner(OrganizationServiceClient::new(self.0.clone()).create_organization(request).await)
    }
}

/// Whether nobody knows if it took effect, or a repeat may fare better.
pub fn may_be_repeated(error: &Error) -> bool {
    let code = match error {
        Error::Refused(refusal) => refusal.reason.code(),
        Error::Answered(status) => status.code(),
    };
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::ResourceExhausted
            | Code::Internal
            | Code::Unknown
    )
}

fn inner<T>(answer: Result<Response<T>, Status>) -> Result<T, Error> {
    answer.map(Response::into_inner).map_err(told)
}

/// Our caller hears identity's refusals as they are, and of its faults only that they happened.
fn told(status: Status) -> Error {
    if peer::too_late(&status) {
        return Refusal::new(Reason::DeadlineExceeded, "identity did not answer in time").into();
    }
    if matches!(status.code(), Code::Unavailable | Code::Internal | Code::Unknown) {
        tracing::warn!(%status, "identity did not answer");
        return Refusal::unavailable("identity").into();
    }
    Error::Answered(status)
}
