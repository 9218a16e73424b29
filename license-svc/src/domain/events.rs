//! What others hear of it.

use chrono::{DateTime, Utc};
use proto::events::v1::{Event, MailRequested, event::Payload};
use proto::name;
use proto::time;
use uuid::Uuid;

use super::link;
use super::product::Catalog;
use super::purchase::Purchase;

/// This service, as consumers know it.
pub const SOURCE: &str = "license";

/// Who delivers mail.
pub const SUBSCRIBERS_OF_MAIL: &[&str] = &["notify"];

/// The link of a paid purchase on its way to the buyer. `generation` counts the links of a purchase.
pub struct PurchaseMail<'a> {
    /// The event's id (UUIDv7).
    pub id: Uuid,
    /// What was paid.
    pub purchase: &'a Purchase,
    /// From 1.
    pub generation: i64,
    /// The raw token, sealed.
    pub sealed_token: Vec<u8>,
    /// When the link is dead.
    pub expire_time: DateTime<Utc>,
}

/// The same key is the same mail, for ever; the seal of the token is bound to it.
pub fn purchase_dedupe_key(purchase: Uuid, generation: i64) -> String {
    format!("purchase/{purchase}/{generation}")
}

/// The buyer's one activation e-mail (A1, A2).
pub fn purchase_paid(mail: PurchaseMail<'_>, catalog: &Catalog, now: DateTime<Utc>) -> Event {
    let PurchaseMail { id, purchase, generation, sealed_token, expire_time } = mail;
    let requested = MailRequested {
        dedupe_key: purchase_dedupe_key(purchase.id, generation),
        template: "purchase".to_owned(),
        recipient_email: purchase.buyer.to_string(),
        variables: [("items".to_owned(), items(purchase, catalog))].into(),
        sealed_token,
        link_path: link::PATH.to_owned(),
        expire_time: Some(time::to_wire(expire_time)),
        ..MailRequested::default()
    };
    let key = name::Purchase { purchase: purchase.id }.to_string();
    mail_requested(id, String::new(), key, requested, now)
}

/// An active user who newly holds a seat (Q7).
pub struct Enabled<'a> {
    /// The event's id (UUIDv7).
    pub id: Uuid,
    /// Who.
    pub user: name::User,
    /// What, as people read it.
    pub product_display_name: &'a str,
    /// Where.
    pub organization_display_name: &'a str,
    /// The ledger's entry: one assignment is one mail.
    pub seat_event: Uuid,
    /// Where the mail goes.
    pub email: String,
    /// For the greeting.
    pub display_name: String,
    /// BCP 47.
    pub language_code: String,
}

/// The short notice without a link (Q7).
pub fn license_enabled(enabled: Enabled<'_>, product: &str, now: DateTime<Utc>) -> Event {
    let name::User { organization, user } = enabled.user;
    let variables = [
        ("product_name", enabled.product_display_name),
        ("organization_name", enabled.organization_display_name),
    ];
    let requested = MailRequested {
        dedupe_key: format!("license-enabled/{organization}/{product}/{user}/{}", enabled.seat_event),
        template: "license_enabled".to_owned(),
        recipient_email: enabled.email,
        recipient_display_name: enabled.display_name,
        language_code: enabled.language_code,
        variables: variables.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        user: enabled.user.to_string(),
        ..MailRequested::default()
    };
    let organization = name::Organization { organization }.to_string();
    mail_requested(enabled.id, organization, enabled.user.to_string(), requested, now)
}

fn mail_requested(
    id: Uuid,
    organization: String,
    ordering_key: String,
    requested: MailRequested,
    now: DateTime<Utc>,
) -> Event {
    Event {
        id: id.to_string(),
        source: SOURCE.to_owned(),
        organization,
        occur_time: Some(time::to_wire(now)),
        ordering_key,
        // Set when it is written: see outbox::put.
        traceparent: String::new(),
        payload: Some(Payload::MailRequested(requested)),
    }
}

/// `6000 × Meet, 20 × IP Phone`
fn items(purchase: &Purchase, catalog: &Catalog) -> String {
    let lines = purchase.lines.iter();
    let texts = lines.map(|line| format!("{} × {}", line.seat_count, catalog.display_name(&line.product)));
    texts.collect::<Vec<_>>().join(", ")
}
