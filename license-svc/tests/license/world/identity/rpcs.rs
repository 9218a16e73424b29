//! The methods that license-svc calls; the others are not there.

use platform::caller::{Caller, Principal};
use proto::identity::v1::access_service_server::AccessService;
use proto::identity::v1::directory_service_server::DirectoryService;
use proto::identity::v1::match_users_response::Match;
use proto::identity::v1::organization_service_server::OrganizationService;
use proto::identity::v1::upsert_users_response::{Outcome as Upserted, Result as UpsertedResult};
use proto::identity::v1::user::State;
use proto::identity::v1::user_service_server::UserService;
use proto::identity::v1::*;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{Identity, key};

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not in this test"))
}

fn organization_of(text: &str) -> Uuid {
    name::Organization::parse(text, "parent").unwrap().organization
}

fn user_of(text: &str) -> (Uuid, Uuid) {
    let name = name::User::parse(text, "name").unwrap();
    (name.organization, name.user)
}

#[async_trait]
impl AccessService for Identity {
    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        let caller = key(&Caller::of(&request));
        let request = request.into_inner();
        let memory = self.memory();
        let (allowed, visible) = if request.organization.is_empty() {
            (memory.platform_clients.contains(&caller), false)
        } else {
            let place = (caller, organization_of(&request.organization));
            let admin = memory.admins.contains(&place);
            let member = memory.members.contains(&place);
            (admin || (member && request.permission() == Permission::LicensesView), admin || member)
        };
        Ok(Response::new(AuthorizeResponse { allowed, visible }))
    }

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
}

#[async_trait]
impl OrganizationService for Identity {
    async fn create_organization(
        &self,
        request: Request<CreateOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        let caller = key(&Caller::of(&request));
        let CreateOrganizationRequest { organization, request_id } = request.into_inner();
        let mut memory = self.memory();
        memory.fault("CreateOrganization", false)?;
        let number = (caller.clone(), request_id);
        if let Some(made) = memory.made.get(&number) {
            return Ok(Response::new(made.clone()));
        }
        let id = memory.make(&organization.unwrap().display_name, &caller);
        let made = memory.organizations[&id].clone();
        memory.made.insert(number, made.clone());
        memory.fault("CreateOrganization", true)?;
        Ok(Response::new(made))
    }

    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        let id = organization_of(&request.into_inner().name);
        let found = self.memory().organizations.get(&id).cloned();
        found.map(Response::new).ok_or_else(|| Refusal::not_found("organization").into())
    }

    async fn list_organizations(
        &self,
        _: Request<ListOrganizationsRequest>,
    ) -> Result<Response<ListOrganizationsResponse>, Status> {
        absent()
    }
}

#[async_trait]
impl UserService for Identity {
    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        let name = request.into_inner().name;
        let found = self.memory().users.get(&user_of(&name)).cloned();
        found.map(Response::new).ok_or_else(|| Refusal::not_found(name).into())
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let memory = self.memory();
        let names = request.into_inner().names;
        let users = names.iter().filter_map(|name| memory.users.get(&user_of(name)).cloned()).collect();
        Ok(Response::new(BatchGetUsersResponse { users }))
    }

    /// Searches for each quoted word in the e-mail; the token is the number of users passed.
    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let request = request.into_inner();
        let words = request.filter.split_whitespace().map(|word| word.trim_matches('"').to_owned());
        let words: Vec<String> = words.collect();
        let mut found = self.users(organization_of(&request.parent));
        found.retain(|user| words.iter().all(|word| user.email.contains(word)));
        let total = found.len();
        let start = request.page_token.parse().unwrap_or(0) + usize::try_from(request.skip).unwrap();
        let size = usize::try_from(request.page_size).unwrap();
        let users: Vec<User> = found.into_iter().skip(start).take(size).collect();
        let passed = start + users.len();
        let next_page_token = if passed < total { passed.to_string() } else { String::new() };
        let total_size = i32::try_from(total).unwrap();
        Ok(Response::new(ListUsersResponse { users, next_page_token, total_size }))
    }

    async fn create_user(&self, _: Request<CreateUserRequest>) -> Result<Response<User>, Status> {
        absent()
    }

    async fn update_user(&self, _: Request<UpdateUserRequest>) -> Result<Response<User>, Status> {
        absent()
    }

    async fn send_activation_emails(
        &self,
        _: Request<SendActivationEmailsRequest>,
    ) -> Result<Response<BulkRun>, Status> {
        absent()
    }
}

#[async_trait]
impl DirectoryService for Identity {
    async fn match_users(
        &self,
        request: Request<MatchUsersRequest>,
    ) -> Result<Response<MatchUsersResponse>, Status> {
        let MatchUsersRequest { parent, emails, .. } = request.into_inner();
        let mut memory = self.memory();
        memory.fault("MatchUsers", false)?;
        let found = emails.iter().enumerate().filter_map(|(index, email)| {
            let user = memory.by_email(organization_of(&parent), email)?;
            Some(Match {
                index: i32::try_from(index).unwrap(),
                user: user.name,
                state: user.state,
                create_time: user.create_time,
                ..Match::default()
            })
        });
        Ok(Response::new(MatchUsersResponse { matches: found.collect(), directory_version: 1 }))
    }

    async fn upsert_users(
        &self,
        request: Request<UpsertUsersRequest>,
    ) -> Result<Response<UpsertUsersResponse>, Status> {
        let caller = key(&Caller::of(&request));
        let UpsertUsersRequest { parent, rows, request_id } = request.into_inner();
        let organization = organization_of(&parent);
        let mut memory = self.memory();
        memory.fault("UpsertUsers", false)?;
        let number = (caller, request_id);
        if let Some(answer) = memory.upserted.get(&number) {
            return Ok(Response::new(answer.clone()));
        }
        let bad = rows.iter().position(|row| row.email.ends_with("@refused.example"));
        if let Some(index) = bad {
            return Err(Refusal::field(format!("rows[{index}].email"), "is refused").into());
        }
        let mut results = Vec::new();
        for row in rows {
            let there = memory.by_email(organization, &row.email);
            let outcome = if there.is_some() { Upserted::Unchanged } else { Upserted::Created };
            let given = row.fields.and_then(|fields| fields.given_name).unwrap_or_default();
            let user = match there {
                Some(user) => user,
                None => {
                    let id = memory.add_user(organization, &row.email, &given, State::Pending);
                    memory.users[&(organization, id)].clone()
                }
            };
            results.push(UpsertedResult {
                user: user.name,
                outcome: outcome.into(),
                state: user.state,
                create_time: user.create_time,
            });
        }
        let answer = UpsertUsersResponse { results, directory_version: 2 };
        memory.upserted.insert(number, answer.clone());
        memory.fault("UpsertUsers", true)?;
        Ok(Response::new(answer))
    }

    async fn issue_invitations(
        &self,
        request: Request<IssueInvitationsRequest>,
    ) -> Result<Response<IssueInvitationsResponse>, Status> {
        let request = request.into_inner();
        let mut memory = self.memory();
        memory.fault("IssueInvitations", false)?;
        let answer = match memory.issued.get(&request.request_id) {
            Some((first, _)) if *first != request => {
                return Err(Refusal::new(Reason::IdempotencyKeyReused, "of another request").into());
            }
            Some((_, answer)) => answer.clone(),
            None => {
                let answer = memory.issue(&request);
                memory.issued.insert(request.request_id.clone(), (request, answer.clone()));
                answer
            }
        };
        memory.fault("IssueInvitations", true)?;
        Ok(Response::new(answer))
    }

    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<CreateAccountResponse>, Status> {
        let request = request.into_inner();
        if request.password.len() < 6 {
            return Err(Refusal::field("password", "must be at least 6 characters").into());
        }
        if !self.memory().with_password.insert(request.email.clone()) {
            return Err(Refusal::new(Reason::AccountExists, "the address has a password").into());
        }
        self.account(&request.email);
        Ok(Response::new(CreateAccountResponse { account: "accounts/1".into() }))
    }

    async fn get_caller_account(
        &self,
        request: Request<GetCallerAccountRequest>,
    ) -> Result<Response<GetCallerAccountResponse>, Status> {
        let caller = Caller::of(&request);
        let Principal::Account { account, .. } = caller.principal() else {
            return Err(Refusal::new(Reason::SessionMissing, "nobody").into());
        };
        let email = self.memory().accounts[account].clone();
        let account = name::Account { account: *account }.to_string();
        Ok(Response::new(GetCallerAccountResponse { account, email, display_name: String::new() }))
    }
}
