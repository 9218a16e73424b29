//! Files to keep: the template and the rows in error (F5, F10). Console routes, because the session cookie
//! opens nothing under `/v1`.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{HeaderValue, header};
use proto::google::api::HttpBody;
use proto::imports::v1::{DownloadImportErrorsRequest, GetImportTemplateRequest};
use tonic::metadata::MetadataMap;

use super::{kinds, name};
use crate::console::failure::Failure;
use crate::console::html;
use crate::console::place::Place;

const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
const UNNAMED: HeaderValue = HeaderValue::from_static("attachment; filename=\"users.csv\"");

/// `/imports/templates/license_invite.csv`
pub(super) async fn template(place: Place) -> html::Answer {
    let kind = place.segment("file").strip_suffix(".csv").and_then(kinds::parse);
    let request = GetImportTemplateRequest { kind: kind.ok_or(Failure::Answer(404))?.into() };
    let answer = place.imports()?.get_import_template(request).await?;
    let named = disposition(answer.metadata());
    let HttpBody { content_type, data, .. } = answer.into_inner();
    Ok(file(&content_type, named, Body::from(data)))
}

/// The rows in error, as they come.
pub(super) async fn errors(place: Place) -> html::Answer {
    let request = DownloadImportErrorsRequest { name: name(&place)? };
    let answer = place.imports()?.download_import_errors(request).await?;
    let named = disposition(answer.metadata());
    let mut pieces = answer.into_inner();
    let first = pieces.message().await?.unwrap_or_default();
    let content_type = first.content_type.clone();
    // A piece that fails breaks the download off: half a file must not look whole.
    let bytes =
        stream::once(async { Ok(first) }).chain(pieces).map_ok(|piece: HttpBody| Bytes::from(piece.data));
    Ok(file(&content_type, named, Body::from_stream(bytes)))
}

/// The service knows the name and that it is safe to stand in a header.
fn disposition(metadata: &MetadataMap) -> HeaderValue {
    let sent = metadata.get("content-disposition").and_then(|value| value.to_str().ok());
    sent.and_then(|value| HeaderValue::from_str(value).ok()).unwrap_or(UNNAMED)
}

fn file(content_type: &str, named: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    let content_type =
        HeaderValue::from_str(content_type).ok().filter(|value| !value.is_empty()).unwrap_or(CSV);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_a_file_is_kept_under_the_services_name() {
        let mut metadata = MetadataMap::new();
        assert_eq!(disposition(&metadata), UNNAMED);
        metadata.insert("content-disposition", "attachment; filename=\"x.csv\"".parse().expect("ascii"));
        let response = file("", disposition(&metadata), Body::empty());
        assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"x.csv\"");
        assert_eq!(response.headers()[header::CONTENT_TYPE], CSV);
    }
}
