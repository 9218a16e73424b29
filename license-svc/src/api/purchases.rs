//! roster.license.v1.PurchaseService

use platform::caller::Caller;
use proto::license::v1::purchase_service_server::PurchaseService;
use proto::license::v1::{
    ConfirmPaymentRequest, GetPurchaseRequest, InspectPurchaseLinkRequest, InspectPurchaseLinkResponse,
    MapPurchaseRequest, MapPurchaseResponse, Purchase, RecordPurchaseRequest, RenewPurchaseLinkRequest,
    RenewPurchaseLinkResponse, SignUpBuyerRequest, SignUpBuyerResponse,
};
use proto::name;
use proto::time;
use tonic::{Request, Response, Status, async_trait};

use super::numbered;
use crate::app::App;
use crate::app::purchases::{confirm, get, inspect, map, record, renew, sign_up};
use crate::domain::link::Token;

mod order;
mod show;
mod submitted;

/// For shops, and for whoever holds a link.
pub struct Purchases(pub App);

#[async_trait]
impl PurchaseService for Purchases {
    async fn record_purchase(
        &self,
        request: Request<RecordPurchaseRequest>,
    ) -> Result<Response<Purchase>, Status> {
        const RPC: &str = "roster.license.v1.PurchaseService/RecordPurchase";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let order = order::parse(&self.0, request.purchase.unwrap_or_default())?;
        let show = |purchase: &_| show::purchase(&self.0, purchase);
        record::record(&self.0, &caller, order, call, show).await?.respond()
    }

    async fn confirm_payment(
        &self,
        request: Request<ConfirmPaymentRequest>,
    ) -> Result<Response<Purchase>, Status> {
        const RPC: &str = "roster.license.v1.PurchaseService/ConfirmPayment";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let name = name::Purchase::parse(&request.name, "name")?;
        let show = |purchase: &_| show::purchase(&self.0, purchase);
        confirm::confirm(&self.0, &caller, &name, call, show).await?.respond()
    }

    async fn get_purchase(&self, request: Request<GetPurchaseRequest>) -> Result<Response<Purchase>, Status> {
        let caller = Caller::of(&request);
        let name = name::Purchase::parse(&request.into_inner().name, "name")?;
        let found = get::get(&self.0, &caller, &name).await?;
        Ok(Response::new(show::purchase(&self.0, &found)))
    }

    async fn inspect_purchase_link(
        &self,
        request: Request<InspectPurchaseLinkRequest>,
    ) -> Result<Response<InspectPurchaseLinkResponse>, Status> {
        let caller = Caller::of(&request);
        let token = Token::parse(&request.into_inner().token);
        let found = inspect::inspect(&self.0, &caller, token.as_ref()).await?;
        let purchase = &found.opened.purchase;
        Ok(Response::new(InspectPurchaseLinkResponse {
            state: show::state(purchase.state).into(),
            lines: show::lines(&self.0, purchase),
            masked_buyer_email: purchase.buyer.masked(),
            expire_time: Some(time::to_wire(found.opened.expire_time)),
            caller_is_buyer: found.caller_is_buyer,
            organization: found.organization.unwrap_or_default(),
        }))
    }

    async fn renew_purchase_link(
        &self,
        request: Request<RenewPurchaseLinkRequest>,
    ) -> Result<Response<RenewPurchaseLinkResponse>, Status> {
        let token = Token::parse(&request.into_inner().token);
        renew::renew(&self.0, token.as_ref()).await?;
        Ok(Response::new(RenewPurchaseLinkResponse {}))
    }

    async fn sign_up_buyer(
        &self,
        request: Request<SignUpBuyerRequest>,
    ) -> Result<Response<SignUpBuyerResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let token = Token::parse(&request.token);
        let submitted = submitted::sign_up(request)?;
        sign_up::sign_up(&self.0, &caller, token.as_ref(), submitted).await?.respond()
    }

    async fn map_purchase(
        &self,
        request: Request<MapPurchaseRequest>,
    ) -> Result<Response<MapPurchaseResponse>, Status> {
        const RPC: &str = "roster.license.v1.PurchaseService/MapPurchase";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let token = Token::parse(&request.token);
        let target = submitted::target(request.target)?;
        let show = |purchase: &_| show::lines(&self.0, purchase);
        map::map(&self.0, &caller, map::Choice { token, target }, call, show).await?.respond()
    }
}
