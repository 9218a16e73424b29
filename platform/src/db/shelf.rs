//! Connections that rest between two uses.
//!
//! The driver's pool asks a connection for a sign of life whenever it is given back: a hop to a thread on
//! SQLite, a round trip on PostgreSQL, for each statement. What was left in good order rests here instead;
//! whatever was not goes back to the pool, which asks.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Database, Pool, Postgres, SqlStr, pool::PoolConnection};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Result, Scope};

/// How long a caller waits for a connection before it is told to come back.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A server may have gone while a connection rested for longer than this.
const FRESH: Duration = Duration::from_secs(1);

/// What nobody used for so long goes back to the pool, which closes it in time.
const UNUSED: Duration = Duration::from_secs(600);

/// The pool closes what is older.
const OLD: Duration = Duration::from_secs(1800);

/// The connections of one pool, all of which are lent by this shelf.
pub(super) struct Shelf<DB: Database> {
    pool: Pool<DB>,
    /// A connection is a thread of this process: it does not go away, and what it was told last is done
    /// before whatever it is told next.
    local: bool,
    room: Arc<Semaphore>,
    /// The one used last is at the end.
    resting: Mutex<Vec<Held<DB>>>,
}

struct Held<DB: Database> {
    connection: PoolConnection<DB>,
    /// The settings of its session, when it has any: see [`Lent::see`].
    seen: Option<String>,
    taken: Instant,
    since: Instant,
}

/// A connection that goes back when it is dropped; an open transaction is rolled back.
pub(super) struct Lent<DB: Database> {
    /// Taken by the drop alone.
    held: Option<Held<DB>>,
    shelf: Arc<Shelf<DB>>,
    open: bool,
    order: Order,
    _room: OwnedSemaphorePermit,
}

/// How a connection would be left if it were given back now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As it was found.
    Good,
    /// In the middle of a statement, or after one that failed: the pool asks.
    Doubtful,
    /// Perhaps in a transaction or a scope that nobody knows of: it is closed.
    Lost,
}

impl<DB: Database> Shelf<DB> {
    pub(super) fn new(pool: Pool<DB>, connections: u32, local: bool) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(connections as usize));
        Arc::new(Self { pool, local, room, resting: Mutex::default() })
    }

    pub(super) fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    /// How many connections are open, and how many of them rest.
    pub(super) fn size(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle() + self.lock().len())
    }

    /// A connection, one whose session has these settings if there is one.
    pub(super) async fn lend(self: &Arc<Self>, settings: Option<&str>) -> Result<Lent<DB>> {
        let room = tokio::time::timeout(PATIENCE, self.room.clone().acquire_owned()).await;
        let room = room.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let held = match self.rested(settings).await {
            Some(held) => held,
            None => Held::new(self.pool.acquire().await?),
        };
        Ok(Lent { held: Some(held), shelf: self.clone(), open: false, order: Order::Good, _room: room })
    }

    async fn rested(&self, settings: Option<&str>) -> Option<Held<DB>> {
        loop {
            let held = self.take(settings)?;
            if self.local || held.since.elapsed() < FRESH {
                return Some(held);
            }
            let mut asked = Asked(Some(held));
            if asked.lives().await {
                return asked.0.take();
            }
        }
    }

    fn take(&self, settings: Option<&str>) -> Option<Held<DB>> {
        let mut resting = self.lock();
        let alike = settings.and_then(|wanted| resting.iter().rposition(|held| held.has(wanted)));
        match alike {
            Some(index) => Some(resting.remove(index)),
            None => resting.pop(),
        }
    }

    fn put(&self, mut held: Held<DB>) {
        let now = Instant::now();
        held.since = now;
        let mut resting = self.lock();
        if self.room.is_closed() || now.duration_since(held.taken) > OLD {
            return;
        }
        resting.push(held);
        if now.duration_since(resting[0].since) > UNUSED {
            drop(resting.remove(0));
        }
    }

    /// Lends no more, waits for what is lent, and closes all.
    pub(super) async fn close(&self) {
        self.room.close();
        let resting = std::mem::take(&mut *self.lock());
        drop(resting);
        self.pool.close().await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held<DB>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is asked for a sign of life: closed, also when nobody waits for the sign any more.
struct Asked<DB: Database>(Option<Held<DB>>);

impl<DB: Database> Asked<DB> {
    async fn lives(&mut self) -> bool {
        let Some(held) = &mut self.0 else { return false };
        tokio::time::timeout(PATIENCE, held.connection.ping()).await.is_ok_and(|sign| sign.is_ok())
    }
}

impl<DB: Database> Drop for Asked<DB> {
    fn drop(&mut self) {
        if let Some(held) = &mut self.0 {
            held.connection.close_on_drop();
        }
    }
}

impl<DB: Database> Held<DB> {
    fn new(connection: PoolConnection<DB>) -> Self {
        Self { connection, seen: None, taken: Instant::now(), since: Instant::now() }
    }

    fn has(&self, settings: &str) -> bool {
        self.seen.as_deref() == Some(settings)
    }
}

impl<DB: Database> Lent<DB> {
    /// To run a statement on. Call [`Self::done`] when it came to its end.
    pub(super) fn busy(&mut self) -> &mut DB::Connection {
        if self.order == Order::Good {
            self.order = Order::Doubtful;
        }
        &mut self.held().connection
    }

    /// The statement came to its end.
    pub(super) fn done(&mut self) {
        if self.order == Order::Doubtful {
            self.order = Order::Good;
        }
    }

    /// Begins a transaction with this text.
    pub(super) async fn begin(&mut self, text: SqlStr) -> Result<()> {
        // A begin that is cut off: SQLite's thread takes it back by itself, a server does not.
        self.order = if self.shelf.local { Order::Doubtful } else { Order::Lost };
        let begun = DB::TransactionManager::begin(&mut self.held().connection, Some(text)).await;
        // One that cannot begin may believe that it is in a transaction: SQLite's ends by itself when a
        // commit finds the disk full, and the driver does not hear of it.
        self.order = if begun.is_ok() { Order::Good } else { Order::Lost };
        self.open = begun.is_ok();
        Ok(begun?)
    }

    /// Commits the transaction, if there is one.
    pub(super) async fn commit(&mut self) -> Result<()> {
        if self.open {
            DB::TransactionManager::commit(self.busy()).await?;
            self.open = false;
            self.done();
        }
        Ok(())
    }

    fn held(&mut self) -> &mut Held<DB> {
        self.held.as_mut().expect("it is there until the drop")
    }
}

impl Lent<Postgres> {
    /// Whether a transaction was begun; else each statement is one.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether statements see this scope already.
    pub(super) fn sees(&mut self, scope: &Scope) -> bool {
        let settings = scope.settings("SET");
        self.held().has(&settings)
    }

    /// Outside of a transaction: from here on statements see the rows of this scope.
    pub(super) async fn see(&mut self, scope: &Scope) -> Result<()> {
        let settings = scope.settings("SET");
        if self.held().has(&settings) {
            return Ok(());
        }
        (self.held().seen, self.order) = (None, Order::Lost);
        let text = sqlx::AssertSqlSafe(settings.clone());
        sqlx::raw_sql(text).execute(&mut *self.held().connection).await?;
        (self.held().seen, self.order) = (Some(settings), Order::Good);
        Ok(())
    }
}

impl<DB: Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        if self.open {
            DB::TransactionManager::start_rollback(&mut held.connection);
        }
        match self.order {
            Order::Good if self.shelf.local || !self.open => self.shelf.put(held),
            Order::Lost => held.connection.close_on_drop(),
            // The pool tells it to roll back, and listens.
            Order::Good | Order::Doubtful => {}
        }
    }
}

impl<DB: Database> fmt::Debug for Shelf<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Shelf").field(&self.pool).finish()
    }
}
