//! Style, script and pictures, compiled in.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::failure::Failure;
use super::view::assets;
use crate::app::App;

/// `/assets/{name}`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(serve))
}

#[derive(Deserialize)]
struct Asked {
    v: Option<String>,
}

/// Kept for a year under its version; without one asked again by its etag each time.
async fn serve(
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asset = assets::find(&name).ok_or(Failure::Answer(404))?;
    let etag = format!("\"{}\"", assets::version());
    let kept = if asked.v.as_deref() == Some(assets::version()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let about = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, kept.to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(header::CONTENT_TYPE, asset.content_type)], asset.body).into_response())
}
