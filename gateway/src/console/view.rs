//! What the pages of the console look like: plain structs and the templates that render them.
//!
//! A handler fills a struct from the answers of public RPCs and renders it. Nothing here calls, waits, or knows
//! the wire. Names and texts from outside are `String`s that the templates escape; ready addresses (`href`s) are
//! made by the handler, because only it knows the query of the page.

pub mod activate;
pub mod activation;
pub mod assets;
pub mod badge;
pub mod claim;
pub mod confirm;
pub mod error;
pub mod form;
pub mod import;
pub mod imports;
pub mod landing;
pub mod licenses;
pub mod list;
pub mod mailbox;
pub mod members;
pub mod organizations;
pub mod page;
pub mod pool;
pub mod reset;
pub mod results;
pub mod roles;
pub mod run;
pub mod setup;
pub mod sign_in;
pub mod text;
pub mod user;
pub mod users;
