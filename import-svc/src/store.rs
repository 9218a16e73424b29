//! The only place with SQL. One file per table.
