//! Programs that run until the test ends, by whatever end.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};

/// How many of its last lines are told when it fails.
const MAX_LINES: usize = 40;

/// A running program.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
    /// Says once that the program is ready; closed when its output ends.
    ready: Mutex<Receiver<()>>,
    lines: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Daemon {
    /// Starts a program that writes a line with `ready` in it when it is.
    pub(super) fn start(program: &str, arguments: &[String], ready: &'static str) -> Self {
        // The kernel kills it when the thread that started it ends, be it with the test or killed with it.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", program]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(command);
        let (sender, receiver) = channel();
        let lines = Arc::default();
        let stdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        let readers = vec![
            keep(stdout, ready, sender.clone(), Arc::clone(&lines)),
            keep(stderr, ready, sender, Arc::clone(&lines)),
        ];
        Self { child, ready: Mutex::new(receiver), lines, readers }
    }

    /// Waits until it is ready.
    pub(super) fn await_ready(&mut self) {
        let ready = self.ready.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ready.recv().is_err() {
            let status = self.child.wait();
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
            panic!("a server ended before it was ready ({status:?}):\n{lines}");
        }
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: Signal) {
        // It is our child and was not waited for, so the number is its own.
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// `kill -9`, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    /// SIGTERM, and waits until it is gone.
    pub(super) fn stop(&mut self) {
        self.signal(Signal::TERM);
        self.kill_when_ended();
    }

    fn kill_when_ended(&mut self) {
        let _ = self.child.wait();
        self.kill();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads what it writes to the end, so that it never waits for us, and keeps the last lines.
fn keep(
    output: impl Read + Send + 'static,
    ready: &'static str,
    sender: Sender<()>,
    lines: Arc<Mutex<VecDeque<String>>>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.contains(ready)
                && let Some(sender) = sender.take()
            {
                let _ = sender.send(());
            }
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == MAX_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        }
    })
}

/// Starts a program from a thread that lives as long as this process: what the kernel kills with its parent, it kills with the
/// thread that started it.
fn spawn(command: Command) -> Child {
    type Request = (Command, Sender<std::io::Result<Child>>);
    static STARTER: Mutex<Option<Sender<Request>>> = Mutex::new(None);
    let (reply, answer) = channel();
    let mut starter = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    let requests = starter.get_or_insert_with(|| {
        let (sender, requests) = channel::<Request>();
        std::thread::spawn(move || {
            for (mut command, reply) in requests {
                let _ = reply.send(command.spawn());
            }
        });
        sender
    });
    requests.send((command, reply)).unwrap();
    drop(starter);
    answer.recv().unwrap().unwrap_or_else(|error| panic!("setpriv: {error}"))
}
