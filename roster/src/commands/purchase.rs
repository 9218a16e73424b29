//! `roster dev purchase`: a person plays the shop.

use std::fs;
use std::path::Path;

use anyhow::Context;
use platform::node::said;
use platform::peer::Peer;
use proto::identity::v1::CreateClientRequest;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use proto::license::v1::purchase::{Line, State};
use proto::license::v1::purchase_service_client::PurchaseServiceClient;
use proto::license::v1::{Purchase as WirePurchase, RecordPurchaseRequest};
use tonic::Request;
use tonic::metadata::MetadataValue;
use uuid::Uuid;

use crate::admin::Admin;
use crate::cli::Purchase;
use crate::folder;
use crate::storage;

/// Records a paid purchase by the same RPC that a shop calls.
pub async fn run(settings: Purchase) -> anyhow::Result<()> {
    let key_file = storage::there(&settings.place)?.shop_key();
    let admin = Admin::reach(&settings.place, settings.services.clone()).await?;
    let recorded = record(&settings, admin.peer(), &key_file).await;
    admin.close().await;
    let purchase = recorded?;
    println!("{} for {}: {} × {}", purchase.name, settings.buyer, settings.seats, settings.product);
    println!("The buyer's mail is in the development mailbox.");
    Ok(())
}

async fn record(settings: &Purchase, peer: Peer, key_file: &Path) -> anyhow::Result<WirePurchase> {
    let key = shop_key(peer.clone(), key_file).await?;
    let line = Line { product: settings.product.clone(), seat_count: settings.seats, ..Line::default() };
    let purchase = WirePurchase {
        order_number: settings.order.clone().unwrap_or_else(|| format!("dev-{}", Uuid::now_v7())),
        buyer_email: settings.buyer.clone(),
        lines: vec![line],
        state: State::Paid.into(),
        ..WirePurchase::default()
    };
    let mut request =
        Request::new(RecordPurchaseRequest { purchase: Some(purchase), request_id: String::new() });
    let bearer: MetadataValue<_> = format!("Bearer {key}").parse().context("the shop's key is damaged")?;
    request.metadata_mut().insert("authorization", bearer);
    let answer = PurchaseServiceClient::new(peer).record_purchase(request).await;
    Ok(answer.map_err(|status| said(&status))?.into_inner())
}

/// The key of the client "dev shop", made once and kept beside the data.
async fn shop_key(peer: Peer, file: &Path) -> anyhow::Result<String> {
    if let Ok(key) = fs::read_to_string(file) {
        return Ok(key);
    }
    let request = CreateClientRequest {
        display_name: "dev shop".to_owned(),
        permissions: vec!["purchases.record".to_owned()],
    };
    let answer = SetupServiceClient::new(peer).create_client(request).await;
    let key = answer.map_err(|status| said(&status))?.into_inner().api_key;
    folder::write_private(file, &key)?;
    Ok(key)
}
