//! Wire → value → app → wire.

pub mod imports;
