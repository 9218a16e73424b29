//! The OpenAPI document, as a reader and as three programs of others see it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "openapi/contract.rs"]
mod contract;
#[path = "openapi/foreign.rs"]
mod foreign;
#[path = "openapi/readers.rs"]
mod readers;

use std::sync::Arc;

use gateway::openapi::{self, About};
use gateway::transcode::{Options, Transcoder};
use proto::audience;
use serde_json::Value;

/// Roster's own document, as the server makes it.
fn roster() -> (String, Value) {
    let mut options = Options::new(|_| None);
    options.exposed = Arc::new(audience::is_public);
    let transcoder = Transcoder::new(audience::POOL.clone(), options).unwrap();
    let json = openapi::document(&About::roster(), &transcoder).unwrap().json.clone();
    let parsed = serde_json::from_str(&json).unwrap();
    (json, parsed)
}

/// All operations: HTTP method in small letters, path, operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}
