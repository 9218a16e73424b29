//! An order of a shop, and where its licences went.

use chrono::{DateTime, Utc};
use proto::name::ProductId;
use uuid::Uuid;

use super::email::Email;

/// The most products of one order.
pub const MOST_LINES: usize = 20;
/// The most seats of one line.
pub const MOST_SEATS: i32 = 1_000_000;
/// The most characters of an order number.
pub const MOST_ORDER_NUMBER: usize = 100;
/// The most characters of an organization's name.
pub const MOST_DISPLAY_NAME: usize = 200;

/// How far a purchase is (Q4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Recorded; sends nothing and is worth nothing (A1).
    PendingPayment,
    /// The buyer has the link.
    Paid,
    /// The buyer has chosen; the licences are on their way.
    Mapping,
    /// The licences are in an organization, for good (A8).
    Mapped,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingPayment => "PENDING_PAYMENT",
            Self::Paid => "PAID",
            Self::Mapping => "MAPPING",
            Self::Mapped => "MAPPED",
        }
    }

    /// Reads what [`State::as_str`] wrote.
    ///
    /// # Errors
    ///
    /// What was found instead.
    pub fn parse(text: String) -> Result<Self, String> {
        let all = [Self::PendingPayment, Self::Paid, Self::Mapping, Self::Mapped];
        all.into_iter().find(|state| state.as_str() == text).ok_or(text)
    }
}

/// So many seats of one product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Of what.
    pub product: ProductId,
    /// How many, at least 1.
    pub seat_count: i64,
}

/// The buyer's choice (A3 to A6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new organization of which the buyer becomes the Owner.
    New {
        /// Its name.
        display_name: String,
    },
    /// One that the buyer administers.
    Existing {
        /// Its id.
        organization: Uuid,
    },
}

/// What a shop tells of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Unique within the shop.
    pub order_number: String,
    /// Who gets the link.
    pub buyer: Email,
    /// What was bought, in the order's own order.
    pub lines: Vec<Line>,
    /// Whether the payment is confirmed already.
    pub paid: bool,
}

/// A recorded order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// UUIDv7.
    pub id: Uuid,
    /// The platform client that recorded it.
    pub shop: Uuid,
    /// Unique within the shop.
    pub order_number: String,
    /// Who gets the link and may use it.
    pub buyer: Email,
    /// How far it is.
    pub state: State,
    /// What was bought.
    pub lines: Vec<Line>,
    /// The choice, from MAPPING on.
    pub target: Option<Target>,
    /// Who chose: the text of a principal.
    pub mapped_by: Option<String>,
    /// Where the licences are, once MAPPED.
    pub organization: Option<Uuid>,
    /// Raised by each change.
    pub version: i64,
    /// When it was recorded.
    pub create_time: DateTime<Utc>,
}

impl Purchase {
    /// Whether the shop tells of this purchase again. The payment may have been confirmed meanwhile.
    pub fn is_of(&self, order: &Order) -> bool {
        let sorted = |lines: &[Line]| {
            let mut lines = lines.to_vec();
            lines.sort();
            lines
        };
        self.buyer == order.buyer && sorted(&self.lines) == sorted(&order.lines)
    }

    /// The request id with which the new organization is made: the same after a crash, so that there
    /// is never a second one; another after a choice that was refused.
    pub fn organization_request_id(&self) -> String {
        format!("purchase-{}-{}", self.id, self.version)
    }
}
