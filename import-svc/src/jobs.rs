//! Loops that outlive a request.

use platform::serve::Spawner;

use crate::app::App;

/// Starts them.
pub fn start(_spawner: &Spawner, _app: &App) {}
