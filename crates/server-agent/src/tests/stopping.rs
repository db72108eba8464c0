//! Shutting down, and ending without it, while the network is silent.

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::kit::{agent, until};
use crate::resolver::LookUp;

/// The second that is promised, and one for a busy machine.
const PROMISED: Duration = Duration::from_secs(2);

/// A resolver that answers when the test is over.
struct Deaf(Arc<Notify>, std::sync::mpsc::Receiver<()>);

impl LookUp for Mutex<Deaf> {
    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let deaf = self.lock().unwrap();
        deaf.0.notify_one();
        let _ = deaf.1.recv();
        Ok(Vec::new())
    }
}

/// A runtime of several threads as `#[tokio::main]` makes it: its end waits for its blocking tasks.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn neither_shutdown_nor_the_end_of_main_waits_for_a_silent_resolver() {
    for shuts_down in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let asked = Arc::new(Notify::new());
        let (_silence, never) = std::sync::mpsc::channel();
        let deaf = Mutex::new(Deaf(Arc::clone(&asked), never));
        let runtime = runtime();
        let telemetry = runtime.block_on(async {
            let telemetry = agent("https://telemetry.quarry.dev", directory.path()).resolver(deaf).start();
            asked.notified().await;
            telemetry
        });
        let started = Instant::now();
        if shuts_down {
            runtime.block_on(telemetry.shutdown());
        }
        drop(runtime);
        assert!(started.elapsed() < PROMISED, "{shuts_down}: {:?}", started.elapsed());
    }
}

#[test]
fn neither_shutdown_nor_the_end_of_main_waits_for_a_black_hole() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let mut backlog = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        backlog.push(stream);
    }
    for shuts_down in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let telemetry = runtime.block_on(async {
            let telemetry = agent(format!("http://{address}"), directory.path()).start();
            // A claimed batch is a request under way.
            let spool = directory.path().join("telemetry/spool");
            let is_claim = |entry: io::Result<std::fs::DirEntry>| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().contains("claim"))
            };
            until("it tries", || std::fs::read_dir(&spool).is_ok_and(|mut names| names.any(is_claim))).await;
            telemetry
        });
        let started = Instant::now();
        if shuts_down {
            runtime.block_on(telemetry.shutdown());
        }
        drop(runtime);
        assert!(started.elapsed() < PROMISED, "{shuts_down}: {:?}", started.elapsed());
    }
}
