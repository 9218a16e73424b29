//! Whoever opens the link of a purchase after its end is offered another one (Q4).

use std::sync::{Arc, Mutex};

use axum::Router;
use http::{StatusCode, header};
use platform::peer;
use proto::license::v1::purchase_service_server::{PurchaseService, PurchaseServiceServer};
use proto::license::v1::{
    ConfirmPaymentRequest, GetPurchaseRequest, InspectPurchaseLinkRequest, InspectPurchaseLinkResponse,
    MapPurchaseRequest, MapPurchaseResponse, Purchase, RecordPurchaseRequest, RenewPurchaseLinkRequest,
    RenewPurchaseLinkResponse, SignUpBuyerRequest, SignUpBuyerResponse,
};
use proto::refusal::{Reason, Refusal};
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};

use super::{door_to, form, send_to};

const FORM: &str = "code=pur_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A license-svc to which every link has expired. It keeps the tokens for which another was asked.
#[derive(Clone, Default)]
struct Expired(Arc<Mutex<Vec<String>>>);

impl Expired {
    fn door(&self) -> Router {
        door_to(peer::local(Routes::new(PurchaseServiceServer::new(self.clone()))), true)
    }

    fn renewed(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not in this test"))
}

#[async_trait]
impl PurchaseService for Expired {
    async fn record_purchase(&self, _: Request<RecordPurchaseRequest>) -> Result<Response<Purchase>, Status> {
        absent()
    }

    async fn confirm_payment(&self, _: Request<ConfirmPaymentRequest>) -> Result<Response<Purchase>, Status> {
        absent()
    }

    async fn get_purchase(&self, _: Request<GetPurchaseRequest>) -> Result<Response<Purchase>, Status> {
        absent()
    }

    async fn inspect_purchase_link(
        &self,
        _: Request<InspectPurchaseLinkRequest>,
    ) -> Result<Response<InspectPurchaseLinkResponse>, Status> {
        let refusal = Refusal::new(Reason::LinkExpired, "the link has expired");
        Err(refusal.with("expireTime", "2026-12-21T10:00:00Z").into())
    }

    async fn renew_purchase_link(
        &self,
        request: Request<RenewPurchaseLinkRequest>,
    ) -> Result<Response<RenewPurchaseLinkResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner().token);
        Ok(Response::new(RenewPurchaseLinkResponse {}))
    }

    async fn sign_up_buyer(
        &self,
        _: Request<SignUpBuyerRequest>,
    ) -> Result<Response<SignUpBuyerResponse>, Status> {
        absent()
    }

    async fn map_purchase(
        &self,
        _: Request<MapPurchaseRequest>,
    ) -> Result<Response<MapPurchaseResponse>, Status> {
        absent()
    }
}

#[tokio::test]
async fn q4_who_opens_a_dead_link_is_offered_another_one() {
    let license = Expired::default();
    let code = FORM.strip_prefix("code=").unwrap();
    let dead = send_to(license.door(), form("/claim", FORM)).await;
    assert_eq!(dead.status, StatusCode::OK);
    assert!(dead.text.contains("This link expired on 21 December 2026"), "{}", dead.text);
    assert!(dead.text.contains("method=\"post\" action=\"/claim/renew\""), "{}", dead.text);
    assert!(dead.text.contains(&format!("name=\"code\" value=\"{code}\"")), "{}", dead.text);
    assert!(license.renewed().is_empty(), "opening a link uses nothing up");

    let asked = send_to(license.door(), form("/claim/renew", FORM)).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text.contains("If this purchase is not mapped yet, a mail goes to"), "{}", asked.text);
    assert_eq!(license.renewed(), [code]);
}

#[tokio::test]
async fn q4_another_site_cannot_ask_for_a_link_and_neither_can_a_scanner() {
    let license = Expired::default();
    let mut request = form("/claim/renew", FORM);
    request.headers_mut().insert(header::HOST, "roster.example".parse().unwrap());
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(send_to(license.door(), request).await.status, StatusCode::FORBIDDEN);
    let request = http::Request::get(format!("/claim/renew?{FORM}")).body(axum::body::Body::empty());
    assert_eq!(send_to(license.door(), request.unwrap()).await.status, StatusCode::NOT_FOUND);
    assert!(license.renewed().is_empty());
}
