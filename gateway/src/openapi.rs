//! The API told to people and to programs: `/openapi.json` and `/reference`.
//!
//! Both are made once, at start, from the route table of the transcoder, the
//! descriptors behind it and their comments: a method that is added to the
//! contract appears here without another edit. What only Roster knows (the
//! closed list of reasons, audiences) comes from `proto`.

mod answers;
mod behavior;
mod comments;
mod curl;
mod document;
mod errors;
mod kinds;
mod names;
mod notes;
mod operation;
mod page;
mod parameters;
mod path;
mod reach;
mod reasons;
mod reference;
mod request;
mod schema;
mod serve;
mod text;

use std::sync::Arc;

use crate::console::view::assets;
use crate::transcode::Transcoder;

pub use document::About;
pub use page::View;
pub use reference::Reference;
pub(crate) use serve::routes;

/// The document, written out.
pub struct Document {
    /// OpenAPI 3.1 as JSON.
    pub json: String,
    /// Changes with the document (RFC 9110, 8.8.3).
    pub etag: String,
}

/// Makes the document of all routes.
///
/// # Errors
///
/// A document that cannot be written as JSON.
pub fn document(about: &About, transcoder: &Transcoder) -> serde_json::Result<Arc<Document>> {
    let routes: Vec<_> = transcoder.routes().collect();
    let json = serde_json::to_string_pretty(&document::of(about, &routes))?;
    let etag = text::etag(&json);
    Ok(Arc::new(Document { json, etag }))
}

/// Makes the reference of all routes; `origin` begins the addresses of its examples.
pub fn reference(transcoder: &Transcoder, origin: &str) -> Reference {
    let routes: Vec<_> = transcoder.routes().collect();
    Reference::of(&routes, origin)
}
