//! Threads that check what would hold up the listener's thread, in turn by address prefix: whoever has much to check waits
//! for its own, and everybody else for at most one batch of each other prefix.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use super::limits::{MAX_WAITING, MAX_WAITING_OF_A_PREFIX, MAX_WORKERS};
use super::prefix::Prefix;
use crate::lock::lock;
use crate::refusal::Reason;

/// Something to do. Whoever waits for it is told when it is dropped undone.
type Job = Box<dyn FnOnce() + Send>;

/// The threads, which end when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Wakes a thread.
    queued: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: HashMap<Prefix, VecDeque<Job>>,
    /// The prefixes that have something waiting, in the order of their turns.
    turns: VecDeque<Prefix>,
    length: usize,
    stopped: bool,
}

/// Jobs have nothing to show.
impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Queue {
    fn of(&self, prefix: Prefix) -> usize {
        self.waiting.get(&prefix).map_or(0, VecDeque::len)
    }

    /// Whether one more of this prefix may wait. In a full queue there is room only for who has less in it than another.
    fn has_room(&self, prefix: Prefix) -> bool {
        let own = self.of(prefix);
        let is_full = self.length >= MAX_WAITING;
        own < MAX_WAITING_OF_A_PREFIX && (!is_full || self.waiting.values().any(|jobs| jobs.len() > own + 1))
    }

    fn push(&mut self, prefix: Prefix, job: Job) -> Result<(), Reason> {
        if self.stopped {
            return Err(Reason::Stopping);
        }
        if !self.has_room(prefix) {
            return Err(Reason::Busy);
        }
        if self.length >= MAX_WAITING {
            self.drop_newest_of_the_longest();
        }
        let jobs = self.waiting.entry(prefix).or_default();
        if jobs.is_empty() {
            self.turns.push_back(prefix);
        }
        jobs.push_back(job);
        self.length += 1;
        Ok(())
    }

    /// Who has most in a full queue loses what came last.
    fn drop_newest_of_the_longest(&mut self) {
        if let Some(jobs) = self.waiting.values_mut().max_by_key(|jobs| jobs.len())
            && jobs.pop_back().is_some()
        {
            self.length -= 1;
        }
    }

    /// The oldest of the prefix whose turn it is.
    fn pop(&mut self) -> Option<Job> {
        let prefix = self.turns.pop_front()?;
        let jobs = self.waiting.get_mut(&prefix)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.waiting.remove(&prefix);
        } else {
            self.turns.push_back(prefix);
        }
        self.length -= usize::from(job.is_some());
        job
    }
}

impl Workers {
    /// Starts the threads: one for each processor but that of the listener's thread.
    pub(crate) fn start() -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let workers = Self { shared: Arc::default() };
        for _ in 0..(processors - 1).clamp(1, MAX_WORKERS) {
            let shared = Arc::clone(&workers.shared);
            thread::Builder::new().name("check".to_owned()).spawn(move || shared.work())?;
        }
        Ok(workers)
    }

    /// Refuses early where there is no room for one more of this prefix.
    pub(crate) fn check_room(&self, prefix: Prefix) -> Result<(), Reason> {
        if lock(&self.shared.queue).has_room(prefix) { Ok(()) } else { Err(Reason::Busy) }
    }

    /// Does something when it is the turn of this prefix.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        prefix: Prefix,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Reason> {
        let (sender, receiver) = oneshot::channel();
        let job = move || {
            // Whose connection is gone by then does not wait for it.
            if !sender.is_closed() {
                let _ = sender.send(work());
            }
        };
        lock(&self.shared.queue).push(prefix, Box::new(job))?;
        self.shared.queued.notify_one();
        receiver.await.map_err(|_| Reason::Busy)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.queue);
        queue.stopped = true;
        queue.waiting.clear();
        queue.turns.clear();
        drop(queue);
        self.shared.queued.notify_all();
    }
}

impl Shared {
    fn work(&self) {
        loop {
            let mut queue = lock(&self.queue);
            let job = loop {
                if queue.stopped {
                    return;
                }
                match queue.pop() {
                    Some(job) => break job,
                    None => queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queue);
            // A defect that one body meets costs that request its answer, and not the thread.
            let _ = panic::catch_unwind(AssertUnwindSafe(job));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(jobs: &[(u8, usize)], done: &Arc<Mutex<Vec<(u8, usize)>>>) -> Queue {
        let mut queue = Queue::default();
        for (prefix, count) in jobs {
            for number in 0..*count {
                let done = Arc::clone(done);
                let prefix = *prefix;
                let job = Box::new(move || done.lock().unwrap().push((prefix, number)));
                queue.push(Prefix::of(prefix), job).unwrap();
            }
        }
        queue
    }

    #[test]
    fn prefixes_take_turns_however_much_one_has_waiting() {
        let done = Arc::default();
        let mut queue = queue(&[(1, MAX_WAITING_OF_A_PREFIX), (2, 1), (3, 2)], &done);
        assert_eq!(queue.push(Prefix::of(1), Box::new(|| {})), Err(Reason::Busy));
        while let Some(job) = queue.pop() {
            job();
        }
        assert_eq!(done.lock().unwrap()[..6], [(1, 0), (2, 0), (3, 0), (1, 1), (3, 1), (1, 2)]);
        assert_eq!(done.lock().unwrap().len(), MAX_WAITING_OF_A_PREFIX + 3);
        assert_eq!((queue.length, queue.waiting.len(), queue.turns.len()), (0, 0, 0));
    }

    #[test]
    fn in_a_full_queue_who_has_most_makes_room() {
        let done = Arc::default();
        let prefixes = (MAX_WAITING / MAX_WAITING_OF_A_PREFIX) as u8;
        let full: Vec<_> = (1..=prefixes).map(|prefix| (prefix, MAX_WAITING_OF_A_PREFIX)).collect();
        let mut queue = queue(&full, &done);
        assert_eq!(queue.length, MAX_WAITING);
        for prefix in 100..110 {
            assert!(queue.has_room(Prefix::of(prefix)));
            assert_eq!(queue.push(Prefix::of(prefix), Box::new(|| {})), Ok(()));
        }
        assert_eq!(queue.length, MAX_WAITING);
        assert!(queue.waiting.values().all(|jobs| !jobs.is_empty()));
    }

    #[test]
    fn what_is_dropped_undone_is_told_and_the_threads_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let workers = Workers::start().unwrap();
        let failed = runtime.block_on(workers.run(Prefix::of(1), || panic!("as a defect would")));
        assert_eq!(failed, Err::<(), _>(Reason::Busy));
        let done = runtime.block_on(workers.run(Prefix::of(1), || 7));
        assert_eq!(done, Ok(7));
        let shared = Arc::downgrade(&workers.shared);
        drop(workers);
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
