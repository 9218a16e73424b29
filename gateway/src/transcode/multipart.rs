//! `multipart/form-data` uploads (RFC 7578): fields first, then one file.

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, multipart::Field},
};
use http::{Request, StatusCode, header};
use prost_reflect::{DynamicMessage, Value};

use super::{
    call::Inbound,
    error::Refusal,
    feed::Stop,
    method,
    pace::Appetite,
    query::Filler,
    upload::{self, Chunks},
    violation::Violation,
};

/// Form fields into the first message, the file into chunks.
pub(super) async fn run(
    inbound: &Inbound,
    body: Body,
    mut start: DynamicMessage,
    mut chunks: Chunks<'_>,
) -> Result<(), Stop> {
    let appetite = Appetite::new(inbound.options.limits.body);
    let mut form = open(inbound, appetite.pace(body)).await?;
    let filler = Filler::new(&inbound.options);
    let mut fields = Fields { filler, room: inbound.options.limits.body, appetite: &appetite };
    loop {
        let part = appetite.settle(form.next_field().await)?;
        let part = part.ok_or_else(|| Violation::here("the form has no file"))?;
        if part.file_name().is_none() && part.name() != Some("file") {
            fields.take(inbound, part, &mut start).await?;
            continue;
        }
        name_file(inbound, &part, &mut start);
        upload::send_start(inbound, &mut start, &chunks).await?;
        file(inbound, part, &mut chunks, &appetite).await?;
        break;
    }
    if appetite.settle(form.next_field().await)?.is_some() {
        return Err(Violation::here("the file must be the last part of the form").into());
    }
    chunks.finish().await
}

async fn open(inbound: &Inbound, body: Body) -> Result<Multipart, Refusal> {
    let mut request = Request::from_parts(inbound.request.as_ref().clone(), body);
    // The limit is counted here, per part, with a refusal of ours.
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    form.map_err(|_| Refusal::media_type(header::CONTENT_TYPE, "the multipart boundary is missing"))
}

/// Form fields read so far, and how many bytes may still come.
struct Fields<'a> {
    filler: Filler,
    room: usize,
    appetite: &'a Appetite,
}

impl Fields<'_> {
    async fn take(
        &mut self,
        inbound: &Inbound,
        mut part: Field<'_>,
        start: &mut DynamicMessage,
    ) -> Result<(), Refusal> {
        let name = part.name().unwrap_or_default().to_owned();
        let mut text = Vec::new();
        while let Some(piece) = self.appetite.settle(part.chunk().await)? {
            let room = self.room.checked_sub(piece.len());
            self.room = room.ok_or_else(|| Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "the form"))?;
            text.extend_from_slice(&piece);
        }
        let text = String::from_utf8(text).map_err(|_| Violation::new(&name, "is not UTF-8"))?;
        self.filler.one(&inbound.binding, &name, &text, start)
    }
}

async fn file(
    inbound: &Inbound,
    mut part: Field<'_>,
    chunks: &mut Chunks<'_>,
    appetite: &Appetite,
) -> Result<(), Stop> {
    let mut left = inbound.options.limits.upload;
    while let Some(piece) = appetite.settle(part.chunk().await)? {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        left = left
            .checked_sub(length)
            .ok_or_else(|| Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "the upload"))?;
        chunks.push(&piece).await?;
    }
    Ok(())
}

/// The name of the file, unless a field gave one.
fn name_file(inbound: &Inbound, part: &Field<'_>, start: &mut DynamicMessage) {
    let Some((shape, name)) = inbound.shape().zip(part.file_name()) else {
        return;
    };
    let field = method::string(&shape.first_message(), "file_name");
    let Some(path) = field.and_then(|field| shape.resolve(field.name())) else {
        return;
    };
    if path.get(start).as_str().is_some_and(str::is_empty) {
        path.set(start, Value::String(name.to_owned()));
    }
}
