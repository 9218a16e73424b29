//! What is ready and what is not, by name.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use tokio::sync::watch;

/// Why a component is not ready; none when it is.
type Reason = Option<String>;

/// The components of this process. Ready when all are. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Health(watch::Sender<BTreeMap<String, Reason>>);

/// The handle with which a component says how it is.
#[derive(Clone, Debug)]
pub struct Component {
    name: String,
    health: Health,
}

impl Health {
    /// Adds a component, not ready until it says so. A second one of the same name shares its state.
    #[must_use]
    pub fn component(&self, name: impl Into<String>) -> Component {
        let name = name.into();
        self.set(&name, Some("starting".to_owned()));
        Component { name, health: self.clone() }
    }

    /// Whether all components are ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.borrow().values().all(Option::is_none)
    }

    /// One line for each component: `name: ready` or `name: why not`.
    #[must_use]
    pub fn report(&self) -> String {
        let components = self.0.borrow();
        let lines =
            components.iter().map(|(name, why)| format!("{name}: {}\n", why.as_deref().unwrap_or("ready")));
        lines.collect()
    }

    /// `/healthz`: the process answers. `/readyz`: 200 when all is ready, else 503; with the report.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .with_state(self.clone())
    }

    /// Wakes its holder whenever a component says something new.
    pub(super) fn changes(&self) -> watch::Receiver<BTreeMap<String, Reason>> {
        self.0.subscribe()
    }

    fn set(&self, name: &str, why: Reason) {
        self.0.send_modify(|components| {
            components.insert(name.to_owned(), why);
        });
    }
}

impl Component {
    /// The component can do its work.
    pub fn ready(&self) {
        self.health.set(&self.name, None);
    }

    /// The component cannot; `why` is shown to whoever may ask `/readyz`.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.health.set(&self.name, Some(why.into()));
    }
}

async fn readyz(State(health): State<Health>) -> (StatusCode, String) {
    let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, health.report())
}
