//! Many callers, one batch: whoever arrives while a batch is at work is in the next one.
//!
//! For what costs about as much for many as for one: a lock that every call of a tenant takes (some hundred calls
//! a second taken one by one), a way to the database and back (docs/adr/0006). A lone caller waits for nobody.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt as _;
use tokio::sync::oneshot;

use super::Spawner;

/// Callers that wait, in a line for each key. Cheap to clone.
pub struct Group<Key, Item, Answer> {
    name: &'static str,
    spawner: Spawner,
    most: usize,
    gather: Duration,
    lines: Arc<Lines<Key, Item, Answer>>,
}

struct Lines<Key, Item, Answer>(Mutex<HashMap<Key, Line<Item, Answer>>>);

/// In the order of arrival.
type Line<Item, Answer> = Vec<(Item, oneshot::Sender<Answer>)>;

impl<Key, Item, Answer> Group<Key, Item, Answer>
where
    Key: Clone + Eq + Hash + Send + 'static,
    Item: Send + 'static,
    Answer: Send + 'static,
{
    /// Nobody waits. The work runs as tasks of this name; a batch has `most` callers at most.
    pub fn new(name: &'static str, spawner: &Spawner, most: usize) -> Self {
        let lines = Arc::new(Lines(Mutex::default()));
        Self { name, spawner: spawner.clone(), most, gather: Duration::ZERO, lines }
    }

    /// Who came while a batch was at work waits this long for more, unless the next batch is full: a commit
    /// may be so quick that hardly anybody comes meanwhile. Whoever begins a line still waits for nobody.
    #[must_use]
    pub fn gathering(self, gather: Duration) -> Self {
        Self { gather, ..self }
    }

    /// Waits until the item was worked on. `work` gets a batch and gives an answer for each of it, in its
    /// order; the work of whoever begins a line serves all that come meanwhile. An item whose caller goes
    /// away is worked on when that has begun, as with any call whose answer is lost, and dropped when not.
    /// None when the work was cut off: the process stops, or it panicked.
    pub async fn join<Work, Done>(&self, key: Key, item: Item, work: Work) -> Option<Answer>
    where
        Work: Fn(Vec<Item>) -> Done + Send + 'static,
        Done: Future<Output = Vec<Answer>> + Send + 'static,
    {
        self.enter(key, item, work).await
    }

    /// As [`join`](Self::join), and the item is in the line when this returns: its caller may do something
    /// else before it asks for the answer.
    pub fn enter<Work, Done>(
        &self,
        key: Key,
        item: Item,
        work: Work,
    ) -> impl Future<Output = Option<Answer>> + Send + use<Work, Done, Key, Item, Answer>
    where
        Work: Fn(Vec<Item>) -> Done + Send + 'static,
        Done: Future<Output = Vec<Answer>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        if self.lines.enter(&key, (item, answer)) {
            let turn = Turn { lines: self.lines.clone(), key, over: false };
            self.spawner.task(self.name, turn.run(self.most, self.gather, work));
        }
        answered.map(Result::ok)
    }
}

impl<Key, Item, Answer> Clone for Group<Key, Item, Answer> {
    fn clone(&self) -> Self {
        let Self { name, spawner, most, gather, lines } = self;
        Self { name, spawner: spawner.clone(), most: *most, gather: *gather, lines: lines.clone() }
    }
}

impl<Key: Clone + Eq + Hash, Item, Answer> Lines<Key, Item, Answer> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Line<Item, Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody is at work on the line.
    fn enter(&self, key: &Key, waiting: (Item, oneshot::Sender<Answer>)) -> bool {
        let mut lines = self.lock();
        if let Some(line) = lines.get_mut(key) {
            line.push(waiting);
            return false;
        }
        lines.insert(key.clone(), vec![waiting]);
        true
    }

    /// How many wait.
    fn waiting(&self, key: &Key) -> usize {
        self.lock().get(key).map_or(0, Vec::len)
    }

    /// The next batch; none ends the line.
    fn next(&self, key: &Key, most: usize) -> Option<Line<Item, Answer>> {
        let mut lines = self.lock();
        let line = lines.get_mut(key)?;
        line.retain(|(_, answer)| !answer.is_closed());
        if line.is_empty() {
            lines.remove(key);
            return None;
        }
        let size = line.len().min(most);
        Some(line.drain(..size).collect())
    }
}

/// The work on one line, until nobody waits.
struct Turn<Key: Clone + Eq + Hash, Item, Answer> {
    lines: Arc<Lines<Key, Item, Answer>>,
    key: Key,
    over: bool,
}

impl<Key: Clone + Eq + Hash, Item, Answer> Turn<Key, Item, Answer> {
    async fn run<Work, Done>(mut self, most: usize, gather: Duration, work: Work)
    where
        Work: Fn(Vec<Item>) -> Done,
        Done: Future<Output = Vec<Answer>>,
    {
        while let Some(batch) = self.lines.next(&self.key, most) {
            let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            for (answer, outcome) in answers.into_iter().zip(work(items).await) {
                // A caller that went away needs no answer.
                drop(answer.send(outcome));
            }
            if !gather.is_zero() && (1..most).contains(&self.lines.waiting(&self.key)) {
                tokio::time::sleep(gather).await;
            }
        }
        self.over = true;
    }
}

impl<Key: Clone + Eq + Hash, Item, Answer> Drop for Turn<Key, Item, Answer> {
    /// A turn that was cut short leaves nobody waiting for ever.
    fn drop(&mut self) {
        if !self.over {
            self.lines.lock().remove(&self.key);
        }
    }
}
