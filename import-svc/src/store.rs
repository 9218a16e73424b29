//! The only place with SQL. One file per table.

pub mod figures;
pub mod import_rows;
pub mod imports;
pub mod upload_chunks;
