//! Typed clients that call in the visitor's name.

use platform::peer::Peer;
use proto::identity::v1::bulk_run_service_client::BulkRunServiceClient;
use proto::identity::v1::credential_service_client::CredentialServiceClient;
use proto::identity::v1::organization_service_client::OrganizationServiceClient;
use proto::identity::v1::session_service_client::SessionServiceClient;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use proto::identity::v1::user_service_client::UserServiceClient;
use proto::imports::v1::import_service_client::ImportServiceClient;
use proto::license::v1::license_service_client::LicenseServiceClient;
use proto::license::v1::purchase_service_client::PurchaseServiceClient;

use super::desk::Desk;
use super::failure::Failure;

macro_rules! services {
    ($($name:ident: $client:ident = $full:literal;)*) => {
        impl Desk {
            $(
                #[doc = concat!("A client of `", $full, "`.")]
                pub(super) fn $name(&self) -> Result<$client<Peer>, Failure> {
                    Ok($client::new(self.visitor.peer(&self.app, $full)?))
                }
            )*
        }
    };
}

services! {
    bulk_runs: BulkRunServiceClient = "roster.identity.v1.BulkRunService";
    credentials: CredentialServiceClient = "roster.identity.v1.CredentialService";
    organizations: OrganizationServiceClient = "roster.identity.v1.OrganizationService";
    sessions: SessionServiceClient = "roster.identity.v1.SessionService";
    setup: SetupServiceClient = "roster.identity.v1.SetupService";
    users: UserServiceClient = "roster.identity.v1.UserService";
    imports: ImportServiceClient = "roster.imports.v1.ImportService";
    licenses: LicenseServiceClient = "roster.license.v1.LicenseService";
    purchases: PurchaseServiceClient = "roster.license.v1.PurchaseService";
}
