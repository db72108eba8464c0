//! The sample product of `aboveboard-testkit`, and what its user says in the types of this very build: the kit links
//! this crate once more, so its permits are none here.

use std::path::Path;

pub(crate) use aboveboard_testkit::sample::{NOW, declaration, header};
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::Seconds;

use crate::consent::answer::{Choice, Surface, store};
use crate::consent::{Decision, Host, Permit, Question, decide};
use crate::environment::Environment;
use crate::paths::Paths;

/// The variables that lead to the places of a user below this directory.
pub(crate) fn home(directory: &Path) -> Vec<(&'static str, String)> {
    let text = |place: &Path| place.to_str().unwrap().to_owned();
    if cfg!(windows) {
        vec![("APPDATA", text(&directory.join("Roaming"))), ("LOCALAPPDATA", text(&directory.join("Local")))]
    } else {
        vec![("HOME", text(directory))]
    }
}

pub(crate) fn places(directory: &Path) -> Paths {
    Paths::in_directory(directory)
}

pub(crate) fn decision(declaration: &Declaration, places: &Paths, host: &Host) -> Decision {
    let environment = Environment::of([("", ""); 0]);
    let component = Component::Cli;
    decide(&Question { declaration, component, host, environment: &environment, places: Some(places) })
}

/// A permit as a flag gives it.
pub(crate) fn permit(declaration: &Declaration, places: &Paths) -> Permit {
    decision(declaration, places, &Host::default().flag(Some("true"))).permit().unwrap()
}

pub(crate) fn answer(declaration: &Declaration, places: &Paths, choice: Choice, at: Seconds) {
    let environment = Environment::of([("", ""); 0]);
    let host = Host::default();
    let component = Component::Cli;
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(places) };
    store(places, declaration, &question.answer(choice, Surface::Verb, at)).unwrap();
}
