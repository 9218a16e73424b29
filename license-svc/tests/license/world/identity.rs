//! An identity-svc in memory: what license-svc asks of it, with faults on order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use platform::caller::{Caller, Principal};
use proto::identity::v1::access_service_server::AccessServiceServer;
use proto::identity::v1::directory_service_server::DirectoryServiceServer;
use proto::identity::v1::issue_invitations_request::Reason;
use proto::identity::v1::issue_invitations_response::{Outcome, Result as Issued};
use proto::identity::v1::organization_service_server::OrganizationServiceServer;
use proto::identity::v1::user::State;
use proto::identity::v1::user_service_server::UserServiceServer;
use proto::identity::v1::{
    IssueInvitationsRequest, IssueInvitationsResponse, Organization, UpsertUsersResponse, User,
};
use proto::name;
use tonic::Status;
use tonic::service::Routes;
use uuid::Uuid;

mod rpcs;

#[derive(Clone, Default)]
pub struct Identity(Arc<Mutex<Memory>>);

#[derive(Default)]
pub struct Memory {
    organizations: BTreeMap<Uuid, Organization>,
    users: BTreeMap<(Uuid, Uuid), User>,
    accounts: HashMap<Uuid, String>,
    with_password: HashSet<String>,
    /// (principal key, organization)
    admins: HashSet<(String, Uuid)>,
    members: HashSet<(String, Uuid)>,
    platform_clients: HashSet<String>,
    made: HashMap<(String, String), Organization>,
    upserted: HashMap<(String, String), UpsertUsersResponse>,
    issued: HashMap<String, (IssueInvitationsRequest, IssueInvitationsResponse)>,
    invitations: Vec<(String, String)>,
    /// How many next calls of a method fail, and whether after they took effect.
    faults: HashMap<&'static str, (u32, Fault)>,
}

/// How a method fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happened, UNAVAILABLE.
    Before,
    /// It took effect and the answer is lost.
    After,
    /// Refused for good.
    Refused,
}

impl Identity {
    pub fn routes(&self) -> Routes {
        Routes::new(AccessServiceServer::new(self.clone()))
            .add_service(DirectoryServiceServer::new(self.clone()))
            .add_service(OrganizationServiceServer::new(self.clone()))
            .add_service(UserServiceServer::new(self.clone()))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap()
    }

    /// The next `times` calls of `method` fail.
    pub fn fail(&self, method: &'static str, times: u32, fault: Fault) {
        self.memory().faults.insert(method, (times, fault));
    }

    pub fn account(&self, email: &str) -> Principal {
        let account = Uuid::now_v7();
        self.memory().accounts.insert(account, email.to_lowercase());
        Principal::Account { account, user: None, session: Some(Uuid::now_v7()) }
    }

    pub fn organization(&self, display_name: &str, owner: &Principal) -> Uuid {
        self.memory().make(display_name, &owner.key())
    }

    pub fn member(&self, organization: Uuid, member: &Principal) {
        self.memory().members.insert((member.key(), organization));
    }

    pub fn admin(&self, organization: Uuid, admin: &Principal) {
        self.memory().admins.insert((admin.key(), organization));
    }

    pub fn platform_client(&self, client: &Principal) {
        self.memory().platform_clients.insert(client.key());
    }

    pub fn user(&self, organization: Uuid, email: &str, state: State) -> Uuid {
        self.memory().add_user(organization, email, "", state)
    }

    pub fn set_state(&self, organization: Uuid, user: Uuid, state: State) {
        self.memory().users.get_mut(&(organization, user)).unwrap().state = state.into();
    }

    pub fn users(&self, organization: Uuid) -> Vec<User> {
        let memory = self.memory();
        let of_it = memory.users.iter().filter(|((of, _), _)| *of == organization);
        of_it.map(|(_, user)| user.clone()).collect()
    }

    pub fn organizations(&self) -> usize {
        self.memory().organizations.len()
    }

    /// (user, product) of every invitation that was issued.
    pub fn invitations(&self) -> Vec<(String, String)> {
        self.memory().invitations.clone()
    }

    pub fn has_password(&self, email: &str) -> bool {
        self.memory().with_password.contains(email)
    }
}

impl Memory {
    /// Fails as ordered; `effect` tells whether the call has taken effect by now.
    fn fault(&mut self, method: &'static str, effect: bool) -> Result<(), Status> {
        let Some((times, fault)) = self.faults.get_mut(method) else { return Ok(()) };
        if *times == 0 || (*fault == Fault::After) != effect {
            return Ok(());
        }
        *times -= 1;
        match fault {
            Fault::Refused => Err(Status::permission_denied("refused on order")),
            Fault::Before | Fault::After => Err(Status::unavailable("away on order")),
        }
    }

    fn make(&mut self, display_name: &str, owner: &str) -> Uuid {
        let organization = Uuid::now_v7();
        let made = Organization {
            name: name::Organization { organization }.to_string(),
            display_name: display_name.into(),
            ..Organization::default()
        };
        self.organizations.insert(organization, made);
        self.admins.insert((owner.to_owned(), organization));
        organization
    }

    fn add_user(&mut self, organization: Uuid, email: &str, given_name: &str, state: State) -> Uuid {
        let user = Uuid::now_v7();
        let added = User {
            name: name::User { organization, user }.to_string(),
            email: email.into(),
            given_name: given_name.into(),
            display_name: given_name.into(),
            state: state.into(),
            create_time: Some(prost_types::Timestamp { seconds: 1_768_000_000, nanos: 0 }),
            ..User::default()
        };
        self.users.insert((organization, user), added);
        user
    }

    fn by_email(&self, organization: Uuid, email: &str) -> Option<User> {
        let mut users = self.users.iter();
        users.find(|((of, _), user)| *of == organization && user.email == email).map(|(_, user)| user.clone())
    }

    fn issue(&mut self, request: &IssueInvitationsRequest) -> IssueInvitationsResponse {
        assert_eq!(request.reason(), Reason::License);
        let mut results = Vec::new();
        for name in &request.users {
            let found = name::User::parse(name, "users").unwrap();
            let user = self.users.get(&(found.organization, found.user)).cloned().unwrap_or_default();
            let outcome = match user.state() {
                State::Pending => Outcome::Queued,
                State::Active => Outcome::Active,
                State::Deactivated => Outcome::Deactivated,
                State::Unspecified => Outcome::UnknownUser,
            };
            if outcome == Outcome::Queued {
                self.invitations.push((name.clone(), request.product_display_name.clone()));
            }
            results.push(Issued {
                outcome: outcome.into(),
                email: user.email,
                display_name: user.display_name,
                language_code: String::new(),
            });
        }
        IssueInvitationsResponse { results }
    }
}

fn key(caller: &Caller) -> String {
    caller.principal().key()
}
