//! An opt-out and a `local` on a disk or under a quota that takes nothing more at some moment.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use aboveboard_core::consent::{Choice, Host, Mode, Question, Surface, answer, decide, purge};
use aboveboard_core::environment::Environment;
use aboveboard_core::identity::installation;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_files::{Errno, faults};
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::declaration::Component;

/// How many operations storing an answer takes at most.
const MAX_OPERATIONS: u32 = 12;

#[test]
fn whichever_operation_finds_no_room_an_opt_out_and_a_local_hold() {
    for error in [Errno::NOSPC, Errno::DQUOT] {
        for after in 0..MAX_OPERATIONS {
            for (choice, mode) in [(Choice::No, Mode::Off), (Choice::Local, Mode::Local)] {
                let home = tempfile::tempdir().unwrap();
                let declaration = sample::declaration();
                let environment = Environment::of([("HOME", home.path())]);
                let places = Paths::of_user(&declaration, &environment).unwrap();
                let question = Question {
                    declaration: &declaration,
                    component: Component::Cli,
                    host: &Host::default(),
                    environment: &environment,
                    places: Some(&places),
                };
                let say = |choice| {
                    answer::store(&places, &declaration, &question.answer(choice, Surface::Verb, NOW))
                };
                say(Choice::Yes).unwrap();
                let permit = decide(&question).permit().unwrap();
                installation(&permit, &places).unwrap();
                let header = sample::header(Component::Cli);
                Recorder::open(permit, &declaration, &places, header).record(&sample::event(1)).unwrap();

                faults::fail(after, error);
                let stored = say(choice);
                faults::heal();
                let case = format!("{choice:?}, {error} after {after}: {stored:?}");
                let decision = decide(&question);
                assert_eq!(decision.mode, mode, "{case}");
                if choice == Choice::No {
                    // What could not be deleted goes with the next decision.
                    assert_eq!(places.state().exists(), stored.is_err(), "{case}");
                    assert!(decision.purges() && purge(&places).is_ok(), "{case}");
                    assert!(!places.state().exists(), "{case}");
                } else {
                    assert!(places.state().join("spool").exists(), "{case}");
                }
            }
        }
    }
}
