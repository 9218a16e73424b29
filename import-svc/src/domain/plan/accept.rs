//! Whether a plan may be carried out, and who gets the seats.

use super::{Counts, Fate, Plan};

/// What to do with a plan that has errors (Q11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AcceptMode {
    /// Accept only with zero errors.
    #[default]
    AllOrNothing,
    /// Import the valid rows, leave the others.
    ValidRows,
}

/// What to do with more `true` rows than free seats (Q8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenSeatsRunOut {
    /// Refuse the import.
    #[default]
    Refuse,
    /// Give seats in file order until none is left; import the rest with the licence off.
    ImportWithout,
}

/// A plan that may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Seats to reserve.
    pub seats: u32,
    /// Rows that need a seat get one up to and including this row number.
    pub last_seated_row: u32,
}

/// Why a plan may not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// Rows are in error and the mode is [`AcceptMode::AllOrNothing`].
    #[error("{errors} rows have errors")]
    HasErrors {
        /// How many.
        errors: u32,
    },
    /// No row can be imported.
    #[error("no row can be imported")]
    NothingToImport,
    /// Fewer seats are free than the plan needs (N1).
    #[error("{required} seats are needed and {free} are free")]
    InsufficientSeats {
        /// Seats that rows newly need.
        required: u32,
        /// Seats that are free now.
        free: u32,
        /// The difference.
        shortfall: u32,
    },
}

impl Counts {
    /// Decides on a plan with these counts and `free` seats in the pool; answers how many to reserve.
    ///
    /// # Errors
    /// [`Declined`]; nothing is to be written then.
    pub fn accept(&self, free: u32, mode: AcceptMode, out: WhenSeatsRunOut) -> Result<u32, Declined> {
        if self.errors > 0 && mode == AcceptMode::AllOrNothing {
            return Err(Declined::HasErrors { errors: self.errors });
        }
        if self.importable() == 0 {
            return Err(Declined::NothingToImport);
        }
        let required = self.seats_required;
        if required > free && out == WhenSeatsRunOut::Refuse {
            return Err(Declined::InsufficientSeats { required, free, shortfall: required - free });
        }
        Ok(required.min(free))
    }
}

impl Plan {
    /// Decides on the plan with `free` seats in the pool.
    ///
    /// # Errors
    /// [`Declined`]; nothing is to be written then.
    pub fn accept(&self, free: u32, mode: AcceptMode, out: WhenSeatsRunOut) -> Result<Accepted, Declined> {
        let seats = self.counts.accept(free, mode, out)?;
        Ok(Accepted { seats, last_seated_row: self.row_of_seat(seats) })
    }

    fn row_of_seat(&self, seats: u32) -> u32 {
        let mut given = 0;
        let mut row = 0;
        for (fate, number) in self.fates.iter().zip(1..) {
            if given == seats {
                break;
            }
            if fate.needs_seat {
                given += 1;
                row = number;
            }
        }
        row
    }
}

impl Accepted {
    /// Whether the row with this number gets a seat.
    pub const fn seats_row(&self, number: u32, fate: &Fate) -> bool {
        fate.needs_seat && number <= self.last_seated_row
    }
}
