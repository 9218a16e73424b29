//! roster.identity.v1.DirectoryService

use platform::caller::Caller;
use proto::identity::v1::directory_service_server::DirectoryService;
use proto::identity::v1::issue_invitations_request::Reason;
use proto::identity::v1::{
    CreateAccountRequest, CreateAccountResponse, GetCallerAccountRequest, GetCallerAccountResponse,
    IssueInvitationsRequest, IssueInvitationsResponse, MatchUsersRequest, MatchUsersResponse,
    UpsertUsersRequest, UpsertUsersResponse, issue_invitations_response as issued_wire, match_users_response,
    upsert_users_response,
};
use proto::name;
use proto::refusal::Refusal;
use proto::time::to_wire;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::call::call;
use super::input::{self, Violations};
use super::wire;
use crate::app::App;
use crate::app::directory::match_users::Match;
use crate::app::directory::upsert_users::{Outcome, Row, Upserted};
use crate::app::directory::{account, issue_invitations, match_prints, match_users, upsert_users};
use crate::domain::text::checked;
use crate::domain::user::{State, User};

const MOST_EMAILS: usize = 5000;
/// Of an import's block, here and in what follows from it.
const MOST_ROWS: usize = 2500;
const MAX_PRODUCT_NAME: usize = 200;

/// The service.
pub struct Directory(pub App);

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn match_users(
        &self,
        request: Request<MatchUsersRequest>,
    ) -> Result<Response<MatchUsersResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Organization::parse(&request.parent, "parent")?;
        if request.emails.len() > MOST_EMAILS {
            return Err(Refusal::field("emails", format!("must be at most {MOST_EMAILS}")).into());
        }
        let (app, organization, emails) = (&self.0, parent.organization, &request.emails);
        if request.prints {
            let matches = match_prints::match_prints(app, &caller, organization, emails).await?;
            return Ok(Response::new(printed(organization, matches)));
        }
        let matches = match_users::match_users(app, &caller, organization, emails).await?;
        let directory_version = matches.directory_version;
        let found = matches.found.into_iter();
        let matches = found.map(|(index, user)| matched(organization, index, user)).collect();
        Ok(Response::new(MatchUsersResponse { matches, directory_version }))
    }

    async fn upsert_users(
        &self,
        request: Request<UpsertUsersRequest>,
    ) -> Result<Response<UpsertUsersResponse>, Status> {
        const RPC: &str = "roster.identity.v1.DirectoryService/UpsertUsers";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Organization::parse(&request.parent, "parent")?;
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let rows = rows(request)?;
        upsert_users::upsert(&self.0, &caller, parent.organization, rows, call, upserted).await?.respond()
    }

    async fn issue_invitations(
        &self,
        request: Request<IssueInvitationsRequest>,
    ) -> Result<Response<IssueInvitationsResponse>, Status> {
        const RPC: &str = "roster.identity.v1.DirectoryService/IssueInvitations";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Organization::parse(&request.parent, "parent")?;
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let users = input::users(parent.organization, "users", &request.users, MOST_ROWS)?;
        let product = product(&request)?;
        let wanted = issue_invitations::Request { organization: parent.organization, users, product };
        issue_invitations::issue(&self.0, &caller, wanted, call, issued).await?.respond()
    }

    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<CreateAccountResponse>, Status> {
        const RPC: &str = "roster.identity.v1.DirectoryService/CreateAccount";
        let caller = Caller::of(&request);
        let mut request = request.into_inner();
        let password = std::mem::take(&mut request.password);
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let mut violations = Violations::default();
        let email = violations.take(input::email("email", &request.email));
        let name = violations.take_all(input::person(&request.given_name, &request.family_name));
        let password = violations.password(self.0.policy(), &password, email.as_ref());
        violations.refuse()?;
        let (Some(email), Some(name), Some(password)) = (email, name, password) else {
            return Err(Refusal::internal().into());
        };
        let new = account::New { email, name, password };
        let show = |account: &crate::domain::account::Account| CreateAccountResponse {
            account: account.name().to_string(),
        };
        account::create(&self.0, new, call, show).await?.respond()
    }

    async fn get_caller_account(
        &self,
        request: Request<GetCallerAccountRequest>,
    ) -> Result<Response<GetCallerAccountResponse>, Status> {
        let account = account::of_caller(&self.0, &Caller::of(&request)).await?;
        Ok(Response::new(GetCallerAccountResponse {
            account: account.name().to_string(),
            email: account.email.to_string(),
            display_name: account.display_name,
        }))
    }
}

fn rows(request: UpsertUsersRequest) -> Result<Vec<Row>, Refusal> {
    if request.rows.len() > MOST_ROWS {
        return Err(Refusal::field("rows", format!("must be at most {MOST_ROWS}")));
    }
    let mut violations = Violations::default();
    let mut rows = Vec::with_capacity(request.rows.len());
    for (index, row) in request.rows.into_iter().enumerate() {
        let email = violations.take(input::email(&format!("rows[{index}].email"), &row.email));
        let changes = input::changes(row.fields).checked(&format!("rows[{index}].fields."));
        if let (Some(email), Some(changes)) = (email, violations.take_all(changes)) {
            rows.push(Row { email, changes });
        }
    }
    violations.refuse()?;
    if let Some(index) = input::first_twice(rows.iter().map(|row| &row.email)) {
        return Err(Refusal::field(format!("rows[{index}].email"), "is there twice"));
    }
    Ok(rows)
}

fn product(request: &IssueInvitationsRequest) -> Result<Option<String>, Refusal> {
    match request.reason() {
        Reason::Activation => Ok(None),
        Reason::License => {
            let name = checked("product_display_name", &request.product_display_name, MAX_PRODUCT_NAME);
            Ok(Some(name.map_err(|violation| Refusal::fields(vec![violation]))?))
        }
        Reason::Unspecified => Err(Refusal::field("reason", "is required")),
    }
}

fn matched(organization: Uuid, index: usize, user: Match) -> match_users_response::Match {
    match_users_response::Match {
        index: i32::try_from(index).unwrap_or(i32::MAX),
        user: name::User { organization, user: user.id }.to_string(),
        state: wire::state(user.state).into(),
        role: wire::role(user.role).into(),
        fields: Some(wire::importable(user.profile)),
        create_time: Some(to_wire(user.create_time)),
        prints: Vec::new(),
    }
}

fn printed(organization: Uuid, matches: match_prints::Matches) -> MatchUsersResponse {
    let found = matches.found.into_iter().map(|(index, user, prints)| match_users_response::Match {
        index: i32::try_from(index).unwrap_or(i32::MAX),
        user: name::User { organization, user }.to_string(),
        prints: prints.to_vec(),
        ..match_users_response::Match::default()
    });
    MatchUsersResponse { matches: found.collect(), directory_version: matches.directory_version }
}

fn upserted(upserted: &Upserted) -> UpsertUsersResponse {
    use upsert_users_response::{Outcome as WireOutcome, Result};
    let results = upserted.users.iter().map(|(user, outcome)| Result {
        user: user.name().to_string(),
        outcome: match outcome {
            Outcome::Created => WireOutcome::Created,
            Outcome::Updated => WireOutcome::Updated,
            Outcome::Unchanged => WireOutcome::Unchanged,
        }
        .into(),
        state: wire::state(user.state()).into(),
        create_time: Some(to_wire(user.create_time)),
    });
    UpsertUsersResponse { results: results.collect(), directory_version: upserted.directory_version }
}

fn issued(users: &[Option<User>]) -> IssueInvitationsResponse {
    use issued_wire::{Outcome, Result};
    let result = |user: &Option<User>| {
        let Some(user) = user else {
            return Result { outcome: Outcome::UnknownUser.into(), ..Result::default() };
        };
        let outcome = match (user.email.is_some(), user.state()) {
            (false, _) => Outcome::NoEmail,
            (true, State::Pending) => Outcome::Queued,
            (true, State::Active) => Outcome::Active,
            (true, State::Deactivated) => Outcome::Deactivated,
        };
        Result {
            outcome: outcome.into(),
            email: user.email_text().unwrap_or_default().to_owned(),
            display_name: user.profile.name.display.clone(),
            language_code: user.profile.language_code.clone(),
        }
    };
    IssueInvitationsResponse { results: users.iter().map(result).collect() }
}
