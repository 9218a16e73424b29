//! How a stream of messages is written, chosen by `Accept`.

use bytes::Bytes;
use http::{HeaderMap, header};

/// A way to write a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `text/event-stream` (HTML, 9.2).
    Events,
    /// `application/x-ndjson`: one message a line.
    Lines,
    /// `application/json`: an array.
    Array,
}

impl Format {
    /// The best that the client accepts; lines when it does not care.
    pub(super) fn choose(headers: &HeaderMap) -> Self {
        let mut best = (0, Self::Lines);
        for value in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            for (quality, format) in value.split(',').filter_map(accepted) {
                if quality > best.0 {
                    best = (quality, format);
                }
            }
        }
        best.1
    }

    /// The `Content-Type`.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
            Self::Array => "application/json",
        }
    }

    /// One message; `written` is how many went before.
    pub(super) fn message(self, json: &[u8], id: Option<i128>, written: usize) -> Bytes {
        match (self, id) {
            (Self::Events, Some(id)) => join(&[format!("id: {id}\ndata: ").as_bytes(), json, b"\n\n"]),
            (Self::Events, None) => join(&[b"data: ", json, b"\n\n"]),
            (Self::Lines, _) => join(&[json, b"\n"]),
            (Self::Array, _) => join(&[separator(written), json]),
        }
    }

    /// The last element of a stream that failed.
    pub(super) fn error(self, json: &[u8], written: usize) -> Bytes {
        match self {
            Self::Events => join(&[b"event: error\ndata: ", json, b"\n\n"]),
            Self::Lines => join(&[json, b"\n"]),
            Self::Array => join(&[separator(written), json, b"]"]),
        }
    }

    /// What follows the last message.
    pub(super) fn end(self, written: usize) -> Bytes {
        match self {
            Self::Array if written == 0 => Bytes::from_static(b"[]"),
            Self::Array => Bytes::from_static(b"]"),
            _ => Bytes::new(),
        }
    }

    /// What keeps a quiet connection open; only events have such a thing.
    pub(super) fn heartbeat(self) -> Bytes {
        match self {
            Self::Events => Bytes::from_static(b": heartbeat\n\n"),
            _ => Bytes::new(),
        }
    }
}

/// Quality in thousandths and format of one element of `Accept`; `None` for others.
fn accepted(element: &str) -> Option<(u16, Format)> {
    let mut parts = element.split(';').map(str::trim);
    let format = match parts.next()?.to_ascii_lowercase().as_str() {
        "text/event-stream" => Format::Events,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "*/*" | "application/*" => {
            Format::Lines
        }
        "application/json" => Format::Array,
        _ => return None,
    };
    let quality =
        parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse::<f32>().ok());
    let quality = quality.filter(|quality| (0.0..=1.0).contains(quality))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    Some(((quality * 1000.0) as u16, format))
}

fn separator(written: usize) -> &'static [u8] {
    if written == 0 { b"[" } else { b",\n" }
}

fn join(parts: &[&[u8]]) -> Bytes {
    Bytes::from(parts.concat())
}
