//! Work that goes on while its caller does something else.

use std::future::Future;

use tokio::sync::oneshot;

use super::App;
use super::halt::Halt;

/// Work on a task of its own. Dropped unasked, it is given up.
pub struct Beside<T>(oneshot::Receiver<Result<T, Halt>>);

impl<T: Send + 'static> Beside<T> {
    /// Begins it.
    pub fn begin(
        app: &App,
        name: &'static str,
        work: impl Future<Output = Result<T, Halt>> + Send + 'static,
    ) -> Self {
        let (mut sender, receiver) = oneshot::channel();
        app.spawner.task(name, async move {
            let ended = tokio::select! {
                ended = work => ended,
                () = sender.closed() => return,
            };
            // Nobody asks any more.
            let _ = sender.send(ended);
        });
        Self(receiver)
    }

    /// Its end. Lost when the process ends first.
    pub async fn end(self) -> Result<T, Halt> {
        self.0.await.unwrap_or(Err(Halt::Lost))
    }
}
