//! A collector whose clock is wrong takes nothing in, says what to do, and files nothing on a wrong day.

use std::path::{Path, PathBuf};

use crate::program::{Program, not_run, prepare};
use crate::test_collector::{Answer, batch_at, exchange, post_request, until};

const NOON: u64 = 1_795_608_000;
const DAY: u64 = 86_400;

pub(crate) fn library() -> Option<PathBuf> {
    let folders = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
    let path = |folder: &str| PathBuf::from(format!("/usr/lib/{folder}/faketime/libfaketime.so.1"));
    folders.map(path).into_iter().find(|path| path.exists())
}

/// A collector by a clock of its own.
pub(crate) struct Scene {
    directory: tempfile::TempDir,
    library: PathBuf,
    config: PathBuf,
}

impl Scene {
    pub(crate) fn new(library: PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = prepare(directory.path(), &directory.path().join("data"), "[log]\nfree = \"0B\"\n");
        Self { directory, library, config }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn clock(&self) -> PathBuf {
        self.directory.path().join("clock")
    }

    pub(crate) fn set(&self, seconds: u64) {
        let time = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
        let new = self.directory.path().join("clock.new");
        std::fs::write(&new, format!("@{}\n", time.strftime("%Y-%m-%d %H:%M:%S"))).unwrap();
        std::fs::rename(new, self.clock()).unwrap();
    }

    pub(crate) fn start(&self) -> Program {
        Program::by_clock(&self.library, &self.clock(), &self.config)
    }
}

/// A batch of a sender whose clock is right.
fn post(program: &Program, number: u64, at: u64) -> Answer {
    let sent = format!("aboveboard-sent-at: {at}\r\n");
    exchange(program.address, &post_request(&batch_at(number, at - 60), &sent))
}

fn get(program: &Program, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    exchange(program.address, request.as_bytes())
}

/// How many installations a day has on the page.
fn active(program: &Program, day: &str) -> u64 {
    let path = format!("/api/tables/active.json?product=quarry&until={day}&days=7");
    let table: serde_json::Value = serde_json::from_slice(&get(program, &path).body).unwrap();
    table["rows"][0]["active"].as_u64().unwrap()
}

fn refused(program: &Program, number: u64, at: u64) {
    let answer = post(program, number, at);
    assert_eq!((answer.status, answer.reason().as_str()), (503, "clock"));
    assert!(answer.header("retry-after").is_some());
    let ready = get(program, "/readyz");
    assert!(ready.status == 503 && ready.text().contains("clock"), "{}", ready.text());
}

#[test]
fn a_clock_in_1970_and_one_behind_the_newest_receipt_have_batches_wait() {
    let Some(library) = library() else { return not_run("no libfaketime") };
    let scene = Scene::new(library);
    scene.set(300);
    let program = scene.start();
    refused(&program, 1, NOON);
    scene.set(NOON);
    assert_eq!(post(&program, 1, NOON).status, 202);
    until(|| active(&program, "2026-11-25") == 1);
    // Back by less than a day: it is said to be a leap at a synchronisation.
    scene.set(NOON - DAY / 3);
    assert_eq!(post(&program, 2, NOON - DAY / 3).status, 202);
    scene.set(NOON - 3 * DAY);
    refused(&program, 3, NOON);
    program.terminate();
    // The store remembers.
    let program = scene.start();
    refused(&program, 3, NOON);
    let page = get(&program, "/?product=quarry").text();
    assert!(page.contains("collector clock accept"), "the page names the remedy");
    scene.set(NOON + 60);
    assert_eq!(post(&program, 3, NOON + 60).status, 202);
    until(|| active(&program, "2026-11-25") == 3);
    assert_eq!(get(&program, "/readyz").status, 200);
    program.terminate();
}

#[test]
fn a_clock_that_leapt_ahead_is_not_believed_and_an_operator_may_accept_one() {
    let Some(library) = library() else { return not_run("no libfaketime") };
    let scene = Scene::new(library);
    scene.set(NOON);
    let program = scene.start();
    assert_eq!(post(&program, 1, NOON).status, 202);
    scene.set(NOON + 3_650 * DAY);
    refused(&program, 2, NOON);
    scene.set(NOON + 60);
    assert_eq!(post(&program, 2, NOON).status, 202, "ahead and back");
    // So little ahead that it is believed; back again, it stands behind what was received.
    scene.set(NOON + 5 * DAY);
    assert_eq!(post(&program, 3, NOON + 5 * DAY).status, 202);
    scene.set(NOON + 120);
    refused(&program, 4, NOON);
    let accept = "POST /api/clock/accept HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                  content-length: 2\r\n\r\n{}";
    let accepted = exchange(program.address, accept.as_bytes());
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(post(&program, 4, NOON + 120).status, 202);
    until(|| active(&program, "2026-11-25") == 3);
    program.terminate();
    // It holds after a restart.
    let program = scene.start();
    assert_eq!(post(&program, 5, NOON + 120).status, 202);
    assert!(Path::new(&scene.directory.path().join("data/clock")).is_file());
    program.terminate();
}
