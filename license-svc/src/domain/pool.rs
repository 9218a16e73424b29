//! The seats of one product in one organization.

use proto::name::ProductId;
use proto::refusal::{Reason, Refusal};

/// Counts of one pool; `purchased = held + reserved + free`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Whose seats.
    pub product: ProductId,
    /// Bought.
    pub purchased: i64,
    /// Held by users.
    pub held: i64,
    /// Set aside for imports and invites at work.
    pub reserved: i64,
    /// Whether more is held than was bought: no new seat then (N19).
    pub over_allocated: bool,
}

impl Pool {
    /// Seats that anybody may take; none in an over-allocated pool.
    pub fn free(&self) -> i64 {
        if self.over_allocated {
            return 0;
        }
        (self.purchased - self.held - self.reserved).max(0)
    }
}

/// Too few seats for all that asked; nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Seats that were asked for.
    pub required: i64,
    /// Seats that were there for this.
    pub free: i64,
    /// Whether the pool takes no new seat at all.
    pub over_allocated: bool,
}

impl Shortage {
    /// What a pool lacks for `required` seats; `None` when they are there. No pool has no seats.
    pub fn of(pool: Option<&Pool>, required: i64, set_aside: i64) -> Option<Self> {
        let free = pool.map_or(0, Pool::free) + set_aside;
        let over_allocated = pool.is_some_and(|pool| pool.over_allocated);
        (required > free).then_some(Self { required, free, over_allocated })
    }
}

impl From<Shortage> for Refusal {
    fn from(shortage: Shortage) -> Self {
        let Shortage { required, free, over_allocated } = shortage;
        if over_allocated {
            return Self::new(Reason::PoolOverAllocated, "more seats are held than were purchased")
                .with("seatsRequired", required.to_string());
        }
        let short = required - free;
        let text = format!("{required} seats are required and {free} are free");
        Self::new(Reason::InsufficientSeats, text)
            .with("seatsRequired", required.to_string())
            .with("seatsFree", free.to_string())
            .with("shortfall", short.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(held: i64, over_allocated: bool) -> Pool {
        let product = ProductId::parse("meet").expect("valid");
        Pool { product, purchased: 10, held, reserved: 2, over_allocated }
    }

    #[test]
    fn a_shortage_says_how_many_are_missing() {
        assert_eq!(Shortage::of(Some(&pool(5, false)), 3, 0), None);
        let shortage = Shortage::of(Some(&pool(5, false)), 5, 1).expect("short");
        assert_eq!(shortage, Shortage { required: 5, free: 4, over_allocated: false });
        assert_eq!(Refusal::from(shortage).metadata[2], ("shortfall", "1".to_owned()));
        assert_eq!(Shortage::of(None, 1, 0).map(|shortage| shortage.free), Some(0));
    }

    #[test]
    fn an_over_allocated_pool_gives_no_seat() {
        let shortage = Shortage::of(Some(&pool(12, true)), 1, 0).expect("short");
        assert_eq!(Refusal::from(shortage).reason, Reason::PoolOverAllocated);
    }
}
