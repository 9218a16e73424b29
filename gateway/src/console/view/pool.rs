//! Seats of one product.

use super::text::Count;

/// Purchased, used, reserved and free seats: `purchased = used + reserved + free` (A11, B1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Product id (`meet`).
    pub product: String,
    /// Product name ("Meet").
    pub name: String,
    /// Bought and mapped.
    pub purchased: Count,
    /// Held by users.
    pub used: Count,
    /// Held back for an import that is running.
    pub reserved: Count,
    /// Left.
    pub free: Count,
    /// `Apps > Licenses` of this product.
    pub href: String,
}

impl Pool {
    /// Seats that cannot be given away now.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.used.0 + self.reserved.0
    }

    /// "41 of 50 seats used", for the bar and the live region.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} of {} seats used", self.used, self.purchased)
    }

    /// No seat is left.
    #[must_use]
    pub fn full(&self) -> bool {
        self.free.0 == 0
    }
}
