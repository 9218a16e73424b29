//! A call, with the second attempt it may have.

use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use proto::refusal::Refusal;
use tonic::Status;
use tonic::body::Body;
use tower::retry::budget::{Budget, TpsBudget};

use super::attempt::{Ended, attempt, is_unavailable};
use super::pool::Pool;
use super::replay::Replay;
use super::{Limits, Settings, keep};
use crate::serve::Spawner;

/// What the budget remembers.
const BUDGET: Duration = Duration::from_secs(10);
/// Repeats for each call in that time (reliability.md, R11: at most 1.2 times the calls).
const SHARE: f32 = 0.2;
/// A call that nobody begins is offered to at most so many connections.
const MOST_OFFERS: usize = 16;

pub(super) struct Exchange {
    pool: Arc<Pool>,
    settings: Arc<Settings>,
    budget: TpsBudget,
}

impl Exchange {
    pub(super) fn start(settings: Settings, spawner: &Spawner) -> Self {
        let (pool, settings) = (Arc::new(Pool::new()), Arc::new(settings));
        let (weak, ended) = (Arc::downgrade(&pool), pool.ended().clone());
        spawner.footing("peer.follow", keep::follow(weak, ended, settings.clone(), spawner.clone()));
        Self { pool, settings, budget: TpsBudget::new(BUDGET, 0, SHARE) }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        self.budget.deposit();
        let (mut head, body) = request.into_parts();
        let streams = (self.settings.limits.streams)(head.uri.path());
        let mut replay = if streams { Replay::Once(Some(body)) } else { Replay::gather(body).await? };
        head.uri = self.absolute(&head.uri)?;
        head.version = http::Version::HTTP_2;
        head.extensions.clear();
        let (mut avoid, mut repeated) = (None, false);
        for _ in 0..MOST_OFFERS {
            let ride = self.pool.ride(avoid, self.settings.patience).await.ok_or_else(|| self.nobody())?;
            let Some(body) = replay.body() else { return Err(self.nobody()) };
            avoid = Some(ride.address());
            let request = Request::from_parts(head.clone(), body);
            match attempt(ride, self.settings.service, request).await {
                Ended::Answered(answer) if repeated || !is_unavailable(answer.headers()) => {
                    return Ok(answer);
                }
                Ended::Answered(answer) if !self.may_repeat(head.uri.path(), &replay) => return Ok(answer),
                Ended::Answered(_) => repeated = true,
                Ended::NotBegun(Some(returned)) => replay.give_back(returned.into_body()),
                Ended::NotBegun(None) => {}
                Ended::Broken if repeated || !self.may_repeat(head.uri.path(), &replay) => {
                    return Err(self.nobody());
                }
                Ended::Broken => repeated = true,
            }
        }
        Err(self.nobody())
    }

    /// Whether repeating is safe, and the budget bears it.
    fn may_repeat(&self, path: &str, replay: &Replay) -> bool {
        let Replay::Whole(message) = replay else { return false };
        proto::repeat::is_safe(path, message) && self.budget.withdraw()
    }

    /// HTTP/2 wants scheme and authority; generated clients give only the path.
    fn absolute(&self, uri: &Uri) -> Result<Uri, Status> {
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(if self.settings.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(Authority::from_static(self.settings.service));
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        Uri::from_parts(parts).map_err(|_| Refusal::internal().into())
    }

    fn nobody(&self) -> Status {
        Refusal::unavailable(self.settings.service).into()
    }
}
