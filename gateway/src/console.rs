//! The admin console: server-rendered pages over the public RPCs.

pub mod view;
