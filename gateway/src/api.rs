//! The doors for programs: gRPC, HTTP/JSON, the development mailbox; and the transcoder alone.

pub mod alone;
pub mod around;
pub mod busy;
pub mod grpc;
pub mod headers;
pub mod http;
pub mod mailbox;
