//! roster.identity.v1.CredentialService

use platform::caller::Caller;
use proto::identity::v1::credential_service_server::CredentialService;
use proto::identity::v1::inspect_link_response::Purpose as WirePurpose;
use proto::identity::v1::{
    AcceptInvitationRequest, AcceptInvitationResponse, InspectLinkRequest, InspectLinkResponse,
    RedeemLinkRequest, RedeemLinkResponse, RenewLinkRequest, RenewLinkResponse, RequestPasswordResetRequest,
    RequestPasswordResetResponse,
};
use proto::time::to_wire;
use tonic::{Request, Response, Status};

use super::call::call;
use crate::app::App;
use crate::app::links::{accept, inspect, redeem, renew, request_reset};
use crate::domain::link::Purpose;

/// The service.
pub struct Credentials(pub App);

#[tonic::async_trait]
impl CredentialService for Credentials {
    async fn inspect_link(
        &self,
        request: Request<InspectLinkRequest>,
    ) -> Result<Response<InspectLinkResponse>, Status> {
        let found = inspect::inspect(&self.0, &request.get_ref().token).await?;
        let purpose = match found.purpose {
            Purpose::Activate => WirePurpose::Activate,
            Purpose::Reset => WirePurpose::ResetPassword,
        };
        Ok(Response::new(InspectLinkResponse {
            purpose: purpose.into(),
            masked_email: found.masked_email,
            organization_display_name: found.organization_display_name,
            expire_time: Some(to_wire(found.expire_time)),
            min_password_length: i32::try_from(found.min_password_length).unwrap_or(i32::MAX),
            account_exists: found.account_exists,
        }))
    }

    async fn redeem_link(
        &self,
        request: Request<RedeemLinkRequest>,
    ) -> Result<Response<RedeemLinkResponse>, Status> {
        const RPC: &str = "roster.identity.v1.CredentialService/RedeemLink";
        let caller = Caller::of(&request);
        let mut request = request.into_inner();
        let new_password = std::mem::take(&mut request.new_password);
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let show = |redeemed: &redeem::Redeemed| RedeemLinkResponse {
            user: redeemed.user.as_ref().map(ToString::to_string).unwrap_or_default(),
            email: redeemed.email.to_string(),
        };
        redeem::redeem(&self.0, &request.token, &new_password, call, show).await?.respond()
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Result<Response<AcceptInvitationResponse>, Status> {
        const RPC: &str = "roster.identity.v1.CredentialService/AcceptInvitation";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let show = |user: &proto::name::User| AcceptInvitationResponse { user: user.to_string() };
        accept::accept(&self.0, &caller, &request.token, call, show).await?.respond()
    }

    async fn renew_link(
        &self,
        request: Request<RenewLinkRequest>,
    ) -> Result<Response<RenewLinkResponse>, Status> {
        renew::renew(&self.0, &request.get_ref().token).await?;
        Ok(Response::new(RenewLinkResponse {}))
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<RequestPasswordResetResponse>, Status> {
        request_reset::request(&self.0, &request.get_ref().email).await?;
        Ok(Response::new(RequestPasswordResetResponse {}))
    }
}
