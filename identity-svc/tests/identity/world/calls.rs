//! The generated clients in somebody's name, and the calls that tests make all the time.

use platform::peer::Peer;
use prost_types::FieldMask;
use proto::events::v1::inbox_service_client::InboxServiceClient;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::bulk_run_service_client::BulkRunServiceClient;
use proto::identity::v1::check_access_request::{Action, Application};
use proto::identity::v1::credential_service_client::CredentialServiceClient;
use proto::identity::v1::directory_service_client::DirectoryServiceClient;
use proto::identity::v1::organization_service_client::OrganizationServiceClient;
use proto::identity::v1::session_service_client::SessionServiceClient;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use proto::identity::v1::user_service_client::UserServiceClient;
use proto::identity::v1::{
    AuthenticateRequest, AuthorizeRequest, CheckAccessRequest, CreateOrganizationRequest, CreateUserRequest,
    GetUserRequest, InspectLinkRequest, ListUsersRequest, ListUsersResponse, Onboarding, Organization,
    Permission, RedeemLinkRequest, Role, UpdateUserRequest, User, authenticate_request,
};
use tonic::Status;

#[derive(Clone)]
pub struct Calls(pub Peer);

/// Somebody with a name made of their address.
pub fn person(email: &str, role: Role) -> User {
    let given_name = email.split('@').next().unwrap().to_owned();
    User { email: email.into(), given_name, family_name: "Test".into(), role: role.into(), ..User::default() }
}

impl Calls {
    pub fn users(&self) -> UserServiceClient<Peer> {
        UserServiceClient::new(self.0.clone())
    }

    pub fn access(&self) -> AccessServiceClient<Peer> {
        AccessServiceClient::new(self.0.clone())
    }

    pub fn organizations(&self) -> OrganizationServiceClient<Peer> {
        OrganizationServiceClient::new(self.0.clone())
    }

    pub fn sessions(&self) -> SessionServiceClient<Peer> {
        SessionServiceClient::new(self.0.clone())
    }

    pub fn credentials(&self) -> CredentialServiceClient<Peer> {
        CredentialServiceClient::new(self.0.clone())
    }

    pub fn directory(&self) -> DirectoryServiceClient<Peer> {
        DirectoryServiceClient::new(self.0.clone())
    }

    pub fn setup(&self) -> SetupServiceClient<Peer> {
        SetupServiceClient::new(self.0.clone())
    }

    pub fn bulk_runs(&self) -> BulkRunServiceClient<Peer> {
        BulkRunServiceClient::new(self.0.clone())
    }

    pub fn inbox(&self) -> InboxServiceClient<Peer> {
        InboxServiceClient::new(self.0.clone())
    }

    pub async fn authenticate(&self, bearer: &str) -> Result<String, Status> {
        let credential = Some(authenticate_request::Credential::Bearer(bearer.into()));
        let answer = self.access().authenticate(AuthenticateRequest { credential }).await?;
        Ok(answer.into_inner().caller_token)
    }

    /// (allowed, visible)
    pub async fn may(&self, permission: Permission, organization: &str) -> (bool, bool) {
        let request = AuthorizeRequest { permission: permission.into(), organization: organization.into() };
        let answer = self.access().authorize(request).await.unwrap().into_inner();
        (answer.allowed, answer.visible)
    }

    pub async fn check(&self, user: &str, application: Application, action: Action) -> Result<(), String> {
        let request =
            CheckAccessRequest { user: user.into(), application: application.into(), action: action.into() };
        let answer = self.access().check_access(request).await.unwrap().into_inner();
        if answer.allowed { Ok(()) } else { Err(answer.reason) }
    }

    pub async fn create(&self, parent: &str, user: User) -> Result<User, Status> {
        self.create_as(parent, user, Onboarding::Unspecified, "").await
    }

    pub async fn create_with_password(
        &self,
        parent: &str,
        user: User,
        password: &str,
    ) -> Result<User, Status> {
        self.create_as(parent, user, Onboarding::PasswordSet, password).await
    }

    pub async fn create_as(
        &self,
        parent: &str,
        user: User,
        onboarding: Onboarding,
        password: &str,
    ) -> Result<User, Status> {
        let request = CreateUserRequest {
            parent: parent.into(),
            user: Some(user),
            onboarding: onboarding.into(),
            password: password.into(),
            request_id: String::new(),
        };
        Ok(self.users().create_user(request).await?.into_inner())
    }

    pub async fn get(&self, name: &str) -> Result<User, Status> {
        Ok(self.users().get_user(GetUserRequest { name: name.into() }).await?.into_inner())
    }

    /// Changes the fields of `user` that `paths` name.
    pub async fn update(&self, user: User, paths: &[&str]) -> Result<User, Status> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(FieldMask { paths });
        let request = UpdateUserRequest { user: Some(user), update_mask, ..UpdateUserRequest::default() };
        Ok(self.users().update_user(request).await?.into_inner())
    }

    pub async fn list(&self, parent: &str, filter: &str) -> Result<ListUsersResponse, Status> {
        let request =
            ListUsersRequest { parent: parent.into(), filter: filter.into(), ..ListUsersRequest::default() };
        Ok(self.users().list_users(request).await?.into_inner())
    }

    /// The addresses of all users of a list, in its order.
    pub async fn emails(&self, parent: &str, filter: &str) -> Vec<String> {
        self.list(parent, filter).await.unwrap().users.into_iter().map(|user| user.email).collect()
    }

    pub async fn inspect(&self, token: &str) -> Result<proto::identity::v1::InspectLinkResponse, Status> {
        let request = InspectLinkRequest { token: token.into() };
        Ok(self.credentials().inspect_link(request).await?.into_inner())
    }

    pub async fn redeem(&self, token: &str, new_password: &str) -> Result<String, Status> {
        let request = RedeemLinkRequest {
            token: token.into(),
            new_password: new_password.into(),
            request_id: String::new(),
        };
        Ok(self.credentials().redeem_link(request).await?.into_inner().user)
    }

    pub async fn create_organization(
        &self,
        display_name: &str,
        parent: &str,
    ) -> Result<Organization, Status> {
        let organization = Organization {
            display_name: display_name.into(),
            parent_organization: parent.into(),
            ..Organization::default()
        };
        let request =
            CreateOrganizationRequest { organization: Some(organization), request_id: String::new() };
        Ok(self.organizations().create_organization(request).await?.into_inner())
    }
}
