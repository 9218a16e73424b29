//! The only place with SQL. One file per table.

pub mod figures;
pub mod import_blocks;
pub mod imports;
pub mod upload_chunks;
