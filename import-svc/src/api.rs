//! Wire → value → app → wire.

mod files;
pub mod imports;
mod parse;
