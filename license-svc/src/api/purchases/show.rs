//! Purchases as they travel.

use proto::license::v1::{Purchase, purchase};
use proto::name;
use proto::time;

use crate::app::App;
use crate::domain::purchase::{self as domain, State};

/// The whole purchase, for the shop that recorded it.
pub(super) fn purchase(app: &App, purchase: &domain::Purchase) -> Purchase {
    let organization = purchase.organization.map(|organization| name::Organization { organization });
    Purchase {
        name: name::Purchase { purchase: purchase.id }.to_string(),
        order_number: purchase.order_number.clone(),
        buyer_email: purchase.buyer.to_string(),
        lines: lines(app, purchase),
        state: state(purchase.state).into(),
        organization: organization.map(|name| name.to_string()).unwrap_or_default(),
        create_time: Some(time::to_wire(purchase.create_time)),
        etag: format!("\"{}\"", purchase.version),
    }
}

/// What was bought.
pub(super) fn lines(app: &App, purchase: &domain::Purchase) -> Vec<purchase::Line> {
    let line = |line: &domain::Line| purchase::Line {
        product: line.product.to_string(),
        seat_count: super::super::count(line.seat_count),
        product_display_name: app.catalog.display_name(&line.product),
    };
    purchase.lines.iter().map(line).collect()
}

/// How far it is.
pub(super) fn state(state: State) -> purchase::State {
    match state {
        State::PendingPayment => purchase::State::PendingPayment,
        State::Paid => purchase::State::Paid,
        State::Mapping => purchase::State::Mapping,
        State::Mapped => purchase::State::Mapped,
    }
}
