//! Files in and out: pieces of an upload, bodies of a download.

use futures::stream::{self, Stream};
use proto::google::api::HttpBody;
use proto::imports::v1::upload_import_request::{Part, Start};
use proto::imports::v1::{ImportGuidelines, UploadImportRequest, import_guidelines};
use proto::refusal::Refusal;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Status, Streaming};

use crate::app::upload::Piece;
use crate::domain::column::Column;
use crate::domain::guidelines::Guidelines;

const CSV: &str = "text/csv; charset=utf-8";

/// The first message of an upload.
pub async fn start(messages: &mut Streaming<UploadImportRequest>) -> Result<Start, Status> {
    match messages.message().await?.and_then(|message| message.part) {
        Some(Part::Start(start)) => Ok(start),
        _ => Err(Refusal::field("start", "must be the first message").into()),
    }
}

/// The others.
pub fn pieces(
    messages: Streaming<UploadImportRequest>,
) -> impl Stream<Item = Result<Piece, Refusal>> + Send + Unpin {
    Box::pin(stream::unfold(messages, |mut messages| async move {
        let piece = match messages.message().await {
            Ok(None) => return None,
            Ok(Some(message)) => piece(message),
            Err(_) => Err(Refusal::field("chunk", "the upload broke off")),
        };
        Some((piece, messages))
    }))
}

fn piece(message: UploadImportRequest) -> Result<Piece, Refusal> {
    match message.part {
        Some(Part::Chunk(chunk)) => {
            Ok(Piece { offset: chunk.offset, data: chunk.data, finish: chunk.finish })
        }
        Some(Part::Start(_)) => Err(Refusal::field("start", "must come once")),
        None => Err(Refusal::field("chunk", "is required")),
    }
}

/// A body of CSV. The type stands in the first message of a stream.
pub fn csv(data: Vec<u8>, is_first: bool) -> HttpBody {
    let content_type = if is_first { CSV.to_owned() } else { String::new() };
    HttpBody { content_type, data, extensions: Vec::new() }
}

/// Says under which name a browser keeps the file (RFC 6266). The name is safe to stand in a header.
pub fn name(metadata: &mut MetadataMap, file_name: &str) {
    if let Ok(value) = MetadataValue::try_from(format!("attachment; filename=\"{file_name}\"")) {
        metadata.insert("content-disposition", value);
    }
}

/// The rules of a kind (F6).
pub fn guidelines(rules: &Guidelines) -> ImportGuidelines {
    let column = |column: &Column| import_guidelines::Column {
        header: column.header.to_owned(),
        aliases: column.aliases.iter().map(|&alias| alias.to_owned()).collect(),
        required: column.required,
        max_length: i32::try_from(column.max_length).unwrap_or(i32::MAX),
        allowed_values: column.allowed_values.iter().map(|&value| value.to_owned()).collect(),
        description: column.description.to_owned(),
        example: column.example.to_owned(),
    };
    ImportGuidelines {
        columns: rules.columns.iter().map(column).collect(),
        header_required: !rules.header_optional,
        max_rows: i32::try_from(rules.limits.rows).unwrap_or(i32::MAX),
        max_bytes: i64::try_from(rules.limits.bytes).unwrap_or(i64::MAX),
        notes: rules.notes.iter().map(|&note| note.to_owned()).collect(),
    }
}
