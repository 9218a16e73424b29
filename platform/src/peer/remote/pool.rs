//! The connections there are, and which one a call takes.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use hyper::client::conn::http2::SendRequest;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;

use super::refusals::{Refusals, Standing};

/// All places of one service. Dropping it ends their keepers.
pub(super) struct Pool {
    places: ArcSwap<Vec<Arc<Place>>>,
    turn: AtomicUsize,
    changed: Arc<Notify>,
    ended: CancellationToken,
    _end: DropGuard,
}

/// Where one connection to one address belongs, whether or not it stands.
pub(super) struct Place {
    pub(super) address: SocketAddr,
    refusals: Arc<Refusals>,
    line: ArcSwapOption<Line>,
    changed: Arc<Notify>,
    /// Cancelled when the address is gone.
    pub(super) retired: CancellationToken,
}

/// A connection that stands.
pub(super) struct Line {
    address: SocketAddr,
    refusals: Arc<Refusals>,
    sender: SendRequest<Body>,
    busy: AtomicUsize,
    answered: AtomicBool,
    /// Cancelled when the other side takes no more calls; those under way go on.
    pub(super) left: CancellationToken,
}

/// A call under way on a line.
pub(super) struct Ride(Arc<Line>);

impl Pool {
    pub(super) fn new() -> Self {
        let ended = CancellationToken::new();
        let (places, turn, changed) = (ArcSwap::default(), AtomicUsize::new(0), Arc::default());
        Self { places, turn, changed, ended: ended.clone(), _end: ended.drop_guard() }
    }

    /// Cancelled when nobody can call any more.
    pub(super) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// From now on there are `each` places for each of these addresses; answers the new ones, which need
    /// a keeper. Places of addresses that are gone end when their calls have.
    pub(super) fn set(&self, addresses: &BTreeSet<SocketAddr>, each: usize) -> Vec<Arc<Place>> {
        let known = self.places.load_full();
        let (kept, gone): (Vec<_>, Vec<_>) =
            known.iter().cloned().partition(|place| addresses.contains(&place.address));
        let had: BTreeSet<SocketAddr> = known.iter().map(|place| place.address).collect();
        let new = addresses.iter().filter(|address| !had.contains(address));
        let new: Vec<_> = new.flat_map(|address| self.all_places(*address, each)).collect();
        if gone.is_empty() && new.is_empty() {
            return new;
        }
        self.places.store(Arc::new(kept.into_iter().chain(new.iter().cloned()).collect()));
        gone.iter().for_each(|place| place.retired.cancel());
        new
    }

    fn all_places(&self, address: SocketAddr, each: usize) -> Vec<Arc<Place>> {
        let refusals = Arc::<Refusals>::default();
        (0..each).map(|_| self.place(address, refusals.clone())).collect()
    }

    fn place(&self, address: SocketAddr, refusals: Arc<Refusals>) -> Arc<Place> {
        let (line, changed) = (ArcSwapOption::empty(), self.changed.clone());
        Arc::new(Place { address, refusals, line, changed, retired: self.ended.child_token() })
    }

    /// The line with the fewest calls under way, not to `avoid` nor to who refuses if another is there;
    /// waits for one at most `patience`.
    pub(super) async fn ride(&self, avoid: Option<SocketAddr>, patience: Duration) -> Option<Ride> {
        let until = Instant::now() + patience;
        loop {
            let changed = self.changed.notified();
            if let Some(ride) = self.choose(avoid) {
                return Some(ride);
            }
            tokio::time::timeout_at(until, changed).await.ok()?;
        }
    }

    fn choose(&self, avoid: Option<SocketAddr>) -> Option<Ride> {
        let places = self.places.load();
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % places.len().max(1);
        let turned = places[first..].iter().chain(&places[..first]);
        let standing = turned.filter_map(|place| place.line.load_full()).filter(|line| line.takes_calls());
        standing.min_by_key(|line| line.burden(avoid)).map(Ride::begin)
    }
}

impl Place {
    pub(super) fn stand(&self, line: Arc<Line>) {
        self.line.store(Some(line));
        self.changed.notify_waiters();
    }

    pub(super) fn fall(&self) {
        self.line.store(None);
    }
}

impl Line {
    pub(super) fn new(place: &Place, sender: SendRequest<Body>) -> Self {
        let (address, refusals) = (place.address, place.refusals.clone());
        let (busy, answered) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { address, refusals, sender, busy, answered, left: CancellationToken::new() }
    }

    /// Whether a call was ever answered here, with more than UNAVAILABLE.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    fn takes_calls(&self) -> bool {
        !self.left.is_cancelled() && !self.sender.is_closed()
    }

    /// Who has not answered yet, or not since it refused, gets one call at a time while others can take
    /// them: a stopped process accepts connections too.
    fn burden(&self, avoid: Option<SocketAddr>) -> (bool, bool, bool, usize) {
        let (busy, standing) = (self.busy.load(Ordering::Relaxed), self.refusals.standing());
        let unproven = standing == Standing::OnTrial || !self.has_answered();
        (avoid == Some(self.address), standing == Standing::Refusing, busy > 0 && unproven, busy)
    }
}

impl Ride {
    fn begin(line: Arc<Line>) -> Self {
        line.busy.fetch_add(1, Ordering::Relaxed);
        Self(line)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub(super) fn sender(&self) -> SendRequest<Body> {
        self.0.sender.clone()
    }

    /// The other side answered, and with something else than UNAVAILABLE.
    pub(super) fn answered(&self) {
        self.0.answered.store(true, Ordering::Relaxed);
        self.0.refusals.answered();
    }

    /// The other side answered UNAVAILABLE.
    pub(super) fn refused(&self) {
        self.0.refusals.refused();
    }

    /// The other side takes no more calls.
    pub(super) fn leave(&self) {
        self.0.left.cancel();
    }
}

impl Drop for Ride {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
