#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! The transcoder in front of a scripted gRPC server, all in this process.

#[path = "transcode_suite/conditions.rs"]
mod conditions;
#[path = "transcode_suite/conformance.rs"]
mod conformance;
#[path = "transcode_suite/errors.rs"]
mod errors;
#[path = "transcode_suite/files.rs"]
mod files;
#[path = "transcode_suite/headers.rs"]
mod headers;
#[path = "transcode_suite/json.rs"]
mod json;
#[path = "transcode_suite/malformed.rs"]
mod malformed;
#[path = "transcode_suite/parameters.rs"]
mod parameters;
#[path = "transcode_suite/round_trip.rs"]
mod round_trip;
#[path = "transcode_suite/routes.rs"]
mod routes;
#[path = "transcode_suite/streams.rs"]
mod streams;
#[path = "transcode_suite/tonic_server.rs"]
mod tonic_server;
#[path = "transcode_suite/uploads.rs"]
mod uploads;
#[path = "transcode_suite/world.rs"]
mod world;
