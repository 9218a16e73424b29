//! The doors for programs: gRPC, HTTP/JSON, the development mailbox.

pub mod busy;
pub mod grpc;
pub mod headers;
pub mod http;
pub mod mailbox;
