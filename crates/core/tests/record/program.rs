//! The record path alone, as a command takes it: decide, open, begin, end. `tests/cost.rs` counts what it costs.
//!
//! `record` does it, `yes` stores the answer that it needs, and anything else does nothing: the floor of the others.
#![allow(clippy::unwrap_used, reason = "this is what a test runs")]

use aboveboard_core::consent::{Choice, Host, Question, Surface, answer, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_testkit::sample;
use aboveboard_types::clock::now;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

fn main() {
    // A release, as users run it. Made here also by the floor: a host's is a constant.
    let product = sample::declaration();
    let act = std::env::args().nth(1).unwrap_or_default();
    if act != "record" && act != "yes" {
        return;
    }
    let environment = Environment::process();
    let host = Host::default();
    let Some(places) = Paths::of_user(&product, &environment) else { return };
    let question = Question {
        declaration: &product,
        component: Component::Cli,
        host: &host,
        environment: &environment,
        places: Some(&places),
    };
    if act == "yes" {
        let yes = question.answer(Choice::Yes, Surface::Verb, now());
        answer::store(&places, question.declaration, &yes).unwrap();
        return;
    }
    let Some(permit) = decide(&question).permit() else { return };
    let header = environment.header(Component::Cli, Version::default(), true);
    let recorder = Recorder::open(permit, &product, &places, header);
    if let Ok(run) = recorder.begin("init", now()) {
        let _ = run.end(Ending::Success, None, None);
    }
}
