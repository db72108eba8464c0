//! Hosts whose runtime has no timers or no I/O, is gone, or was never there: nothing panics, and where a runtime runs, what
//! is recorded arrives.
//!
//! Each test runs this binary again as a small server in which a panic of any thread ends the process, as
//! `panic = "abort"` does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::future::Future;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use aboveboard_server_agent::{Agent, Handle};
use aboveboard_testing::Collector;
use aboveboard_testkit::server_product::{Migrated, Tables, declaration};
use aboveboard_types::declaration::Declaration;
use tokio::runtime::{Builder, Runtime};

/// In the server: which runtime it has.
const RUNTIME: &str = "RUNTIME_OF_THE_SERVER";

fn product() -> &'static Declaration {
    Box::leak(Box::new(declaration()))
}

fn start() -> Handle {
    let agent = Agent::new(product(), "1.0.0").counts(|| async { Tables(4_711) });
    let telemetry = agent.notice(|_| ()).start();
    telemetry.record(Migrated(true));
    telemetry
}

/// Returns when the test has seen what it waits for: it closes standard input.
fn wait_for_the_test() {
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

fn serve(runtime: &Runtime) {
    runtime.block_on(async {
        let telemetry = start();
        tokio::task::spawn_blocking(wait_for_the_test).await.unwrap();
        telemetry.record(Migrated(false));
        telemetry.shutdown().await;
    });
}

/// Runs a future outside of any runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// No test but what the tests run again.
#[test]
fn the_server_itself() {
    let Ok(kind) = std::env::var(RUNTIME) else { return };
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("panicked: {panic}");
        std::process::abort();
    }));
    match &*kind {
        "bare" => serve(&Builder::new_current_thread().build().unwrap()),
        "timers" => serve(&Builder::new_current_thread().enable_time().build().unwrap()),
        "io" => serve(&Builder::new_current_thread().enable_io().build().unwrap()),
        "bare threads" => serve(&Builder::new_multi_thread().worker_threads(2).build().unwrap()),
        "none" => {
            let telemetry = start();
            block_on(telemetry.shutdown());
            assert!(!telemetry.status().to_string().is_empty());
        }
        "gone" | "not driven" => {
            let runtime = Builder::new_current_thread().build().unwrap();
            let telemetry = runtime.block_on(async { start() });
            let left = (kind == "not driven").then_some(runtime);
            telemetry.record(Migrated(false));
            block_on(telemetry.shutdown());
            telemetry.record(Migrated(false));
            drop((telemetry.preview(), telemetry.layer(), left));
        }
        other => panic!("{other}"),
    }
}

fn server(kind: &str, endpoint: &str, directory: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_server_itself", "--nocapture"])
        .env_clear()
        .env(RUNTIME, kind)
        .env("STATE_DIRECTORY", directory)
        .env("QUARRY_TELEMETRY_ENDPOINT", endpoint)
        .envs([("QUARRY_TELEMETRY_FIRST_DELAY", "0"), ("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")])
        .env("QUARRY_TELEMETRY_DELIVER", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ends_well(kind: &str, server: Child) {
    let output = server.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("panicked"), "{kind}: {output:?}");
}

#[test]
fn what_is_recorded_arrives_from_a_runtime_without_timers_or_io() {
    for kind in ["bare", "timers", "io", "bare threads"] {
        let collector = Collector::start(product());
        let directory = tempfile::tempdir().unwrap();
        let mut server = server(kind, &collector.endpoint(), directory.path());
        assert!(!collector.await_batch().events.is_empty(), "{kind}");
        drop(server.stdin.take());
        ends_well(kind, server);
    }
}

#[test]
fn without_a_runtime_on_a_dropped_one_and_on_one_that_nobody_drives_nothing_panics() {
    for kind in ["none", "gone", "not driven"] {
        let directory = tempfile::tempdir().unwrap();
        ends_well(kind, server(kind, "http://127.0.0.1:9", directory.path()));
    }
}
