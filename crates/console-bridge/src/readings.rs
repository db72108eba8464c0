//! One reader of the system's tables for all who wait for an answer, on a thread of its own.
//!
//! Every user of the machine may ask, and a table can have many thousand lines. So nothing is read on the threads of the
//! host, and a reading answers all who wait when it begins: however many ask, nobody waits for more than the reading that
//! is under way and their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::Connection;
use crate::limits::MAX_READINGS;

/// Reads once for several connections: whether each is of the own user, and none where no owner was seen.
type Read = dyn Fn(&[Connection]) -> Vec<Option<bool>> + Send + Sync;

/// The questions that wait, and whether a thread is reading.
pub(crate) struct Readings {
    read: Box<Read>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Question>,
    is_reading: bool,
}

struct Question {
    connection: Connection,
    /// How often the tables were read for it.
    readings: usize,
    answer: oneshot::Sender<bool>,
}

impl Readings {
    pub(crate) fn new(
        read: impl Fn(&[Connection]) -> Vec<Option<bool>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { read: Box::new(read), queue: Mutex::default() })
    }

    /// Whether a connection is of the own user, as [`Connection::is_of_own_user`] says it. False too where no thread can
    /// be started.
    pub(crate) async fn is_of_own_user(self: &Arc<Self>, connection: Connection) -> bool {
        let (answer, answered) = oneshot::channel();
        self.ask(Question { connection, readings: 0, answer });
        answered.await.unwrap_or(false)
    }

    fn ask(self: &Arc<Self>, question: Question) {
        let mut queue = self.queue();
        queue.waiting.push(question);
        if !queue.is_reading {
            let reader = Arc::clone(self);
            let thread = thread::Builder::new().name("telemetry-peers".into()).stack_size(128 << 10);
            queue.is_reading = thread.spawn(move || reader.read_until_answered()).is_ok();
            if !queue.is_reading {
                queue.waiting.clear();
            }
        }
    }

    /// Reads until nobody waits. Whose owner was not seen waits for one more reading, with those who came meanwhile.
    fn read_until_answered(&self) {
        while let Some(questions) = self.next() {
            let connections: Vec<Connection> = questions.iter().map(|question| question.connection).collect();
            for (mut question, is_own) in questions.into_iter().zip((self.read)(&connections)) {
                question.readings += 1;
                match is_own {
                    None if question.readings < MAX_READINGS => self.queue().waiting.push(question),
                    // Who does not wait any more has hung up.
                    _ => drop(question.answer.send(is_own.unwrap_or(false))),
                }
            }
        }
    }

    /// All who wait now; none, and no reader any more, where nobody does.
    fn next(&self) -> Option<Vec<Question>> {
        let mut queue = self.queue();
        queue.waiting.retain(|question| !question.answer.is_closed());
        queue.is_reading = !queue.waiting.is_empty();
        queue.is_reading.then(|| std::mem::take(&mut queue.waiting))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use std::sync::mpsc;

    fn connection(port: u16) -> Connection {
        Connection::to_loopback(80, SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// Readings that say how many they are for, and go on when they are told to. Connections of odd ports are one's own.
    fn stepped() -> (Arc<Readings>, mpsc::Receiver<usize>, mpsc::Sender<()>) {
        let (begin, begun) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let told = Mutex::new(told);
        let readings = Readings::new(move |connections| {
            begin.send(connections.len()).unwrap();
            told.lock().unwrap().recv().unwrap();
            let is_odd = |of: &Connection| (1..100).step_by(2).any(|port| *of == connection(port));
            connections.iter().map(|of| Some(is_odd(of))).collect()
        });
        (readings, begun, go_on)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    /// Asks for a connection, and comes back when the question waits.
    async fn ask(readings: &Arc<Readings>, port: u16) -> tokio::task::JoinHandle<bool> {
        let asking = Arc::clone(readings);
        let handle = tokio::spawn(async move { asking.is_of_own_user(connection(port)).await });
        tokio::task::yield_now().await;
        handle
    }

    #[test]
    fn however_many_ask_they_share_the_reading_after_the_one_that_is_under_way() {
        let (readings, begun, go_on) = stepped();
        block_on(async {
            let first = ask(&readings, 1).await;
            assert_eq!(begun.recv(), Ok(1));
            let mut others = Vec::new();
            for port in 2..52 {
                others.push((port, ask(&readings, port).await));
            }
            assert_eq!(readings.queue().waiting.len(), 50, "nobody held up the one thread that there is");
            go_on.send(()).unwrap();
            go_on.send(()).unwrap();
            assert!(first.await.unwrap());
            for (port, other) in others {
                assert_eq!(other.await.unwrap(), port % 2 == 1, "each has the answer for its own connection");
            }
            assert_eq!(begun.recv(), Ok(50));
        });
    }

    #[test]
    fn nothing_is_read_for_who_has_hung_up_and_the_next_one_is_answered() {
        let (readings, begun, go_on) = stepped();
        block_on(async {
            let first = ask(&readings, 1).await;
            assert_eq!(begun.recv(), Ok(1));
            let gone = ask(&readings, 3).await;
            gone.abort();
            assert!(gone.await.is_err());
            let other = ask(&readings, 2).await;
            go_on.send(()).unwrap();
            go_on.send(()).unwrap();
            assert_eq!((first.await.unwrap(), other.await.unwrap()), (true, false));
            assert_eq!(begun.recv(), Ok(1));
        });
    }

    #[test]
    fn whose_owner_is_never_seen_is_looked_for_so_often_and_is_nobody() {
        let (begin, begun) = mpsc::channel();
        let readings = Readings::new(move |connections| {
            begin.send(()).unwrap();
            vec![None; connections.len()]
        });
        assert!(!block_on(readings.is_of_own_user(connection(1))));
        assert_eq!(begun.try_iter().count(), MAX_READINGS);
    }
}
