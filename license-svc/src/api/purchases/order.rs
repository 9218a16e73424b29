//! An order as a shop tells of it: everything that is wrong with it is said at once.

use proto::license::v1::{self, purchase};
use proto::refusal::{Refusal, Violation};

use crate::app::App;
use crate::domain::email::Email;
use crate::domain::purchase::{Line, MOST_LINES, MOST_ORDER_NUMBER, MOST_SEATS, Order};

/// The order, or all its faults.
pub(super) fn parse(app: &App, submitted: v1::Purchase) -> Result<Order, Refusal> {
    let mut faults = Faults(Vec::new());
    let order_number = submitted.order_number.trim().to_owned();
    let length = order_number.chars().count();
    if !(1..=MOST_ORDER_NUMBER).contains(&length) || order_number.chars().any(char::is_control) {
        faults.add("order_number", "must be 1 to 100 characters, none of them a control character");
    }
    let buyer = Email::parse(&submitted.buyer_email);
    if let Err(description) = &buyer {
        faults.add("buyer_email", description);
    }
    let paid = match submitted.state() {
        purchase::State::Unspecified | purchase::State::PendingPayment => false,
        purchase::State::Paid => true,
        _ => {
            faults.add("state", "must be STATE_PENDING_PAYMENT or STATE_PAID");
            false
        }
    };
    let lines = lines(app, &submitted.lines, &mut faults);
    match buyer {
        Ok(buyer) if faults.0.is_empty() => Ok(Order { order_number, buyer, lines, paid }),
        _ => Err(Refusal::fields(faults.0)),
    }
}

fn lines(app: &App, submitted: &[purchase::Line], faults: &mut Faults) -> Vec<Line> {
    if !(1..=MOST_LINES).contains(&submitted.len()) {
        faults.add("lines", "must be 1 to 20");
        return Vec::new();
    }
    let mut lines: Vec<Line> = Vec::with_capacity(submitted.len());
    for (index, line) in submitted.iter().enumerate() {
        if !(1..=MOST_SEATS).contains(&line.seat_count) {
            faults.add(&format!("lines[{index}].seat_count"), "must be 1 to 1000000");
        }
        let field = format!("lines[{index}].product");
        let Some(product) = app.catalog.find(&line.product) else {
            faults.add(&field, "is not a product");
            continue;
        };
        if lines.iter().any(|earlier| earlier.product == product.id) {
            faults.add(&field, "is there twice");
        }
        lines.push(Line { product: product.id.clone(), seat_count: i64::from(line.seat_count) });
    }
    lines
}

struct Faults(Vec<Violation>);

impl Faults {
    fn add(&mut self, field: &str, description: &str) {
        let field = format!("purchase.{field}");
        self.0.push(Violation { field, description: description.to_owned() });
    }
}
