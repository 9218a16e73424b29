//! What the transcoder knows of one RPC, worked out once from its descriptor.

use http::Uri;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use super::{Upstream, required, upload::Shape};

/// One RPC.
pub(super) struct Method {
    pub(super) descriptor: MethodDescriptor,
    pub(super) input: MessageDescriptor,
    pub(super) output: MessageDescriptor,
    /// `/package.Service/Method`.
    pub(super) path: Uri,
    /// Who serves it; `None` answers UNIMPLEMENTED.
    pub(super) upstream: Option<Upstream>,
    pub(super) feed: Feed,
    /// int64 `sequence` of the answer: the `id:` of an event.
    pub(super) sequence: Option<FieldDescriptor>,
    /// int64 `after_sequence` of the request: where `Last-Event-ID` goes.
    pub(super) after_sequence: Option<FieldDescriptor>,
    /// The request may lack a field that proto2 requires.
    pub(super) strict: bool,
    /// string `request_id` of the request: where `Idempotency-Key` goes.
    pub(super) request_id: Option<FieldDescriptor>,
}

/// What an RPC wants sent.
pub(super) enum Feed {
    /// One message.
    Single,
    /// A first message, then chunks of a file.
    Upload(Shape),
    /// Messages as newline-delimited JSON.
    Lines,
}

impl Method {
    /// Reads a descriptor.
    pub(super) fn new(descriptor: MethodDescriptor, upstream: Option<Upstream>) -> Result<Self, String> {
        let (input, output) = (descriptor.input(), descriptor.output());
        let path = format!("/{}/{}", descriptor.parent_service().full_name(), descriptor.name());
        let path = path.parse().map_err(|_| format!("{path} is not a path"))?;
        let feed = match descriptor.is_client_streaming() {
            false => Feed::Single,
            true => Shape::of(&input).map_or(Feed::Lines, Feed::Upload),
        };
        let requested = match &feed {
            Feed::Upload(shape) => shape.first_message(),
            _ => input.clone(),
        };
        Ok(Self {
            sequence: integer(&output, "sequence"),
            after_sequence: integer(&input, "after_sequence"),
            request_id: string(&requested, "request_id"),
            strict: required::any(&input),
            descriptor,
            input,
            output,
            path,
            upstream,
            feed,
        })
    }

    /// `package.Service/Method`, for messages to people.
    pub(super) fn name(&self) -> &str {
        self.path.path().trim_start_matches('/')
    }
}

/// A single string field of this name.
pub(super) fn string(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    let field = message.get_field_by_name(name)?;
    (field.kind() == Kind::String && !field.is_list()).then_some(field)
}

/// A single 64-bit integer field of this name.
pub(super) fn integer(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    let field = message.get_field_by_name(name)?;
    let wide =
        matches!(field.kind(), Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64);
    (wide && !field.is_list()).then_some(field)
}

/// Whether a message is `google.api.HttpBody`, which carries bytes and their media type.
pub(super) fn is_http_body(message: &MessageDescriptor) -> bool {
    message.full_name() == "google.api.HttpBody"
}
