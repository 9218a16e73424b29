//! HTTP/JSON in front of any gRPC server, driven by descriptors alone.
//!
//! The rules are those of `google.api.http` (AIP-127) and of canonical proto3
//! JSON; nothing here knows a message of the services behind. A call is found
//! in the route table, admitted, read into a message, sent as gRPC, and its
//! answer is written as JSON, as a stream of events, or as a file.
//!
//! - [`Options`] says who serves what, who may call, and the limits.
//! - Refusals have the body of AIP-193; see `error.rs` for the status table.
//! - Files go into client streams by the rule in `upload.rs`.
//! - Nothing is spawned: a client that goes away takes its call with it.

mod annotation;
mod binding;
mod body;
mod call;
mod deadline;
mod error;
mod etag;
mod facts;
mod feed;
mod field;
mod format;
mod frame;
mod headers;
mod json;
mod lines;
mod method;
mod multipart;
mod options;
mod pace;
mod percent;
mod query;
mod required;
mod routes;
mod service;
mod stream;
mod template;
mod unary;
mod upload;
mod violation;

pub use error::{code_name, http_status};
pub use facts::{Facts, Gives, Match, Parameter, Piece, Takes};
pub use options::{Admission, Deadlines, EtagStyle, Exposed, Limits, Open, Options, Streams, Upstreams};
pub use service::{BuildError, Route, Transcoder};
pub(crate) use unary::unsent;

/// A connection to a gRPC server: it takes and gives HTTP/2 requests with gRPC bodies.
pub type Upstream = tower::util::BoxCloneSyncService<
    http::Request<tonic::body::Body>,
    http::Response<tonic::body::Body>,
    tonic::Status,
>;
