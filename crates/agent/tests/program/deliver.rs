//! `deliver`: what a timer of the system starts.

use std::fs::File;
use std::process::Command;
use std::time::SystemTime;

use aboveboard_testing::Collector;

use super::home::said;
use super::product::{Product, event};

/// A product that reports to `endpoint`, whose user said yes, with an event that waits.
struct Waiting {
    product: Product,
    endpoint: String,
}

impl Waiting {
    fn at(endpoint: String) -> Self {
        let waiting = Self { product: Product::new(&event("swung", "")), endpoint };
        assert!(waiting.command(&["on"]).output().unwrap().status.success());
        waiting.record();
        waiting
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.product.command(arguments);
        command.env("CRANE_TELEMETRY_ENDPOINT", &self.endpoint);
        command
    }

    fn record(&self) {
        assert!(self.command(&["record", "swung"]).output().unwrap().status.success());
    }

    /// The exit code of a delivery, and what it says.
    fn deliver(&self) -> (Option<i32>, String) {
        let output = self.command(&["deliver", "--explain"]).output().unwrap();
        (output.status.code(), said(&output))
    }

    fn file(&self, name: &str) -> File {
        let state = self.product.home.path().join(".local/state/crane/telemetry");
        File::options().read(true).append(true).create(true).open(state.join(name)).unwrap()
    }

    /// Lets the interval be over.
    fn let_it_be_due(&self) {
        self.file("due").set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
}

#[test]
fn what_is_due_is_delivered_once_an_interval_and_by_one_process() {
    let collector = Collector::start(Product::declaration(&event("swung", "")));
    let waiting = Waiting::at(collector.endpoint());
    let (code, said) = waiting.deliver();
    assert!(code == Some(0) && said.starts_with("nothing is due before "), "{said}");
    waiting.let_it_be_due();
    let lock = waiting.file("helper.lock");
    lock.lock().unwrap();
    assert_eq!(waiting.deliver(), (Some(0), "another process delivers\n".to_owned()));
    drop(lock);
    waiting.let_it_be_due();
    assert!(collector.batches().is_empty());
    assert_eq!(waiting.deliver(), (Some(0), "1 batch sent\n".to_owned()));
    assert_eq!(collector.await_batch().events.len(), 1);
    waiting.record();
    assert!(waiting.deliver().1.starts_with("nothing is due before "), "one interval is not over");
    // A timer hears nothing of what went well.
    waiting.let_it_be_due();
    let silent = waiting.command(&["deliver"]).output().unwrap();
    assert!(silent.status.success() && said_nothing(&silent), "{silent:?}");
    assert_eq!(collector.await_batch().events.len(), 1);
}

fn said_nothing(output: &std::process::Output) -> bool {
    said(output).is_empty()
}

#[test]
fn its_exit_code_tells_what_a_decision_or_a_collector_keeps_back() {
    let waiting = Waiting::at("http://127.0.0.1:9".to_owned());
    waiting.let_it_be_due();
    let (code, said) = waiting.deliver();
    assert!(code == Some(6) && said.contains("1 batch left, not before "), "{said}");
    for (verb, expected) in [("local", 4), ("off", 3)] {
        assert!(waiting.command(&[verb]).output().unwrap().status.success());
        let (code, said) = waiting.deliver();
        assert!(code == Some(expected) && said.starts_with("nothing is sent: "), "{verb}: {said}");
    }
    let undecided = Product::new("");
    assert_eq!(undecided.run(&["deliver"]).status.code(), Some(5));
    let made: Vec<_> = std::fs::read_dir(undecided.home.path()).unwrap().collect();
    assert_eq!(made.len(), 1, "nothing but the manifest is there: {made:?}");
}
