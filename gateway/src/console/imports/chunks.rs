//! A file of a form as messages of an upload, without ever holding more than one of them.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use bytes::{Bytes, BytesMut};
use proto::imports::v1::UploadImportRequest;
use proto::imports::v1::upload_import_request::{Chunk, Part, Start};
use tokio::sync::mpsc::Sender;

/// Most bytes of one chunk (the contract).
const CHUNK: usize = 64 * 1024;
/// Most bytes of all fields in front of the file.
const FIELDS: usize = 16 * 1024;
/// A browser shows no answer before its upload has ended: so much more than a file may have is read and
/// thrown away, so that the person sees a page and no broken connection.
const PATIENCE: u64 = 4;

/// Why a form is no upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No file was chosen.
    NoFile,
    /// More bytes than a file may have.
    TooLarge,
    /// Not what the page sends: broken off, other fields, a part behind the file.
    Broken,
}

impl From<MultipartError> for Refused {
    fn from(_: MultipartError) -> Self {
        Self::Broken
    }
}

/// What the form says besides the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) kind: String,
    pub(super) product: String,
    pub(super) request_id: String,
    room: usize,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self { room: FIELDS, ..Self::default() }
    }

    async fn take(&mut self, mut field: Field<'_>) -> Result<(), Refused> {
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = BytesMut::new();
        while let Some(piece) = field.chunk().await? {
            self.room = self.room.checked_sub(piece.len()).ok_or(Refused::Broken)?;
            bytes.extend_from_slice(&piece);
        }
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Refused::Broken)?.trim().to_owned();
        match name.as_str() {
            "kind" => self.kind = text,
            "product" => self.product = text,
            "request_id" => self.request_id = text,
            _ => {}
        }
        Ok(())
    }
}

/// Where the messages go.
pub(super) type Sink = Sender<UploadImportRequest>;

/// Reads the form to its end: fields, then the file, which is the last part. `start` makes the first message
/// of what the fields say. A sink that nobody reads any more has had its answer; the rest is thrown away.
pub(super) async fn read(
    mut form: Multipart,
    fields: &mut Fields,
    sink: Sink,
    most: u64,
    start: impl FnOnce(&Fields, String) -> Start,
) -> Result<(), Refused> {
    loop {
        let part = form.next_field().await?.ok_or(Refused::NoFile)?;
        if part.name() != Some("file") {
            fields.take(part).await?;
            continue;
        }
        let file_name = part.file_name().unwrap_or_default().to_owned();
        let mut chunks =
            Chunks { sink, offset: 0, pending: BytesMut::new(), start: Some(start(fields, file_name)) };
        file(part, &mut chunks, most).await?;
        if form.next_field().await?.is_some() {
            return Err(Refused::Broken);
        }
        return chunks.finish().await;
    }
}

async fn file(mut part: Field<'_>, chunks: &mut Chunks, most: u64) -> Result<(), Refused> {
    let mut size: u64 = 0;
    while let Some(piece) = part.chunk().await? {
        size = size.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if size > most.saturating_mul(PATIENCE) {
            break;
        }
        if size <= most {
            chunks.push(&piece).await;
        }
    }
    if size > most {
        return Err(Refused::TooLarge);
    }
    Ok(())
}

/// Cuts a file into chunks; the last is held back until the form has ended well.
struct Chunks {
    sink: Sink,
    offset: i64,
    pending: BytesMut,
    /// Sent with the first bytes: an empty file part means that nothing was chosen.
    start: Option<Start>,
}

impl Chunks {
    async fn push(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        while self.pending.len() > CHUNK {
            let data = self.pending.split_to(CHUNK).freeze();
            self.send(data, false).await;
        }
    }

    async fn finish(mut self) -> Result<(), Refused> {
        let unnamed = self.start.as_ref().is_some_and(|start| start.file_name.is_empty());
        if unnamed && self.pending.is_empty() {
            return Err(Refused::NoFile);
        }
        let data = self.pending.split().freeze();
        self.send(data, true).await;
        Ok(())
    }

    async fn send(&mut self, data: Bytes, finish: bool) {
        if let Some(start) = self.start.take() {
            self.message(Part::Start(start)).await;
        }
        let (offset, length) = (self.offset, i64::try_from(data.len()).unwrap_or(i64::MAX));
        self.offset = offset.saturating_add(length);
        self.message(Part::Chunk(Chunk { offset, data: data.to_vec(), finish })).await;
    }

    async fn message(&self, part: Part) {
        // Nobody reads any more: the answer is on its way and says why.
        let _ = self.sink.send(UploadImportRequest { part: Some(part) }).await;
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::{DefaultBodyLimit, FromRequest};
    use http::Request;
    use tokio::sync::mpsc;

    use super::*;

    const MOST: u64 = 200_000;

    fn field(name: &str, value: &str) -> String {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    fn file(file_name: &str, content: &str) -> String {
        let head = format!("form-data; name=\"file\"; filename=\"{file_name}\"");
        format!("--x\r\ncontent-disposition: {head}\r\ncontent-type: text/csv\r\n\r\n{content}\r\n")
    }

    async fn sent(parts: &[String]) -> (Result<(), Refused>, Fields, Vec<Part>) {
        let body = parts.concat() + "--x--\r\n";
        let request = Request::post("/").header("content-type", "multipart/form-data; boundary=x");
        let mut request = request.body(Body::from(body)).expect("a request");
        DefaultBodyLimit::disable().apply(&mut request);
        let form = Multipart::from_request(request, &()).await.expect("a form");
        let (sink, mut source) = mpsc::channel(100);
        let mut fields = Fields::new();
        let start = |fields: &Fields, file_name| Start {
            product: fields.product.clone(),
            file_name,
            ..Start::default()
        };
        let read = read(form, &mut fields, sink, MOST, start).await;
        let mut messages = Vec::new();
        while let Some(message) = source.recv().await {
            messages.extend(message.part);
        }
        (read, fields, messages)
    }

    fn chunk(part: &Part) -> (i64, usize, bool) {
        match part {
            Part::Chunk(chunk) => (chunk.offset, chunk.data.len(), chunk.finish),
            Part::Start(_) => panic!("a chunk was expected"),
        }
    }

    #[tokio::test]
    async fn f9_fields_come_first_and_the_file_in_pieces() {
        let content = "a".repeat(150_000);
        let parts =
            [field("kind", "license_invite"), field("product", " meet "), file("people.csv", &content)];
        let (read, fields, messages) = sent(&parts).await;
        assert_eq!(read, Ok(()));
        assert_eq!((fields.kind.as_str(), fields.product.as_str()), ("license_invite", "meet"));
        let first = Start { product: "meet".into(), file_name: "people.csv".into(), ..Start::default() };
        assert_eq!(messages[0], Part::Start(first));
        let chunks: Vec<(i64, usize, bool)> = messages[1..].iter().map(chunk).collect();
        assert_eq!(chunks, [(0, CHUNK, false), (65_536, CHUNK, false), (131_072, 18_928, true)]);
    }

    #[tokio::test]
    async fn b13_a_file_that_is_too_large_never_ends_well() {
        let content = "a".repeat(300_000);
        let (read, _, messages) = sent(&[file("people.csv", &content)]).await;
        assert_eq!(read, Err(Refused::TooLarge));
        assert!(messages.iter().skip(1).all(|message| !chunk(message).2));
    }

    #[tokio::test]
    async fn b14_no_file_is_told_and_an_empty_one_is_sent() {
        assert_eq!(sent(&[field("kind", "license_invite")]).await.0, Err(Refused::NoFile));
        let (read, _, messages) = sent(&[file("", "")]).await;
        assert_eq!((read, messages.len()), (Err(Refused::NoFile), 0));
        let (read, _, messages) = sent(&[file("empty.csv", "")]).await;
        assert_eq!((read, chunk(&messages[1])), (Ok(()), (0, 0, true)));
    }

    #[tokio::test]
    async fn what_stands_behind_the_file_is_not_overlooked() {
        let (read, _, messages) = sent(&[file("people.csv", "a,true"), field("product", "meet")]).await;
        assert_eq!(read, Err(Refused::Broken));
        assert!(messages.is_empty());
        assert_eq!(sent(&[field("kind", &"k".repeat(20_000))]).await.0, Err(Refused::Broken));
    }
}
