//! `/openapi.json` and `/reference`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;

use super::{Document, Reference, View};
use crate::app::App;
use crate::console;

/// Longest search, bytes; the box takes 200 letters.
const LONGEST: usize = 800;

/// What both addresses need.
struct Shown {
    app: App,
    document: Arc<Document>,
    reference: Reference,
}

/// The two addresses.
pub fn routes(app: &App, document: Arc<Document>, reference: Reference) -> Router {
    let shown = Shown { app: app.clone(), document, reference };
    Router::new()
        .route("/openapi.json", get(document_file))
        .route("/reference", get(reference_page))
        .with_state(Arc::new(shown))
}

/// Kept by whoever asks, and asked again by its tag each time.
async fn document_file(State(shown): State<Arc<Shown>>, headers: HeaderMap) -> Response {
    let document = &shown.document;
    let about = [(header::ETAG, document.etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if is_known(&headers, &document.etag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(header::CONTENT_TYPE, "application/json")], document.json.clone()).into_response()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

async fn reference_page(State(shown): State<Arc<Shown>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = Query::<Asked>::try_from_uri(&uri).map(|Query(asked)| asked.q).unwrap_or_default();
    let wanted = Some(asked.trim()).filter(|wanted| wanted.len() <= LONGEST).unwrap_or_default();
    let here = uri.path_and_query().map_or("/reference", |address| address.as_str());
    let page = console::plain_page(&shown.app, &headers, here, "API reference");
    match View::new(page, &shown.reference, wanted).render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the reference cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let listed = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = listed.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
