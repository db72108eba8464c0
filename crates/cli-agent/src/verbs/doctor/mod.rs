//! `doctor`: what keeps telemetry from working as decided, each with its place and its remedy.
//!
//! It looks and changes nothing. The collector is asked only where telemetry is on.

mod collector;
mod places;
mod sources;

use serde_json::{Value, json};

use super::Exit;
use super::context::{Context, print, say};

/// Something found.
#[derive(Debug)]
struct Problem {
    /// One word for programs.
    name: &'static str,
    /// What is wrong.
    what: String,
    /// Where.
    place: String,
    /// What to do about it.
    remedy: String,
}

impl Problem {
    fn new(
        name: &'static str,
        what: impl Into<String>,
        place: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, what: what.into(), place: place.into(), remedy: remedy.into() }
    }
}

pub(super) fn run(context: &Context<'_>, as_json: bool) -> Exit {
    let mut problems = sources::look(context);
    problems.extend(places::look(context));
    problems.extend(collector::look(context));
    let shown = if as_json {
        let list: Vec<Value> = problems.iter().map(document).collect();
        print(format_args!("{:#}", Value::Array(list)))
    } else {
        problems.iter().all(|problem| {
            print(format_args!(
                "{}: {}\n  at {}\n  do: {}",
                problem.name, problem.what, problem.place, problem.remedy
            ))
        })
    };
    if problems.is_empty() {
        say(format_args!(
            "nothing wrong was found; telemetry of {} is {}",
            context.declaration.name,
            context.decide().mode.name()
        ));
    }
    if problems.is_empty() && shown { Exit::Done } else { Exit::Failed }
}

fn document(problem: &Problem) -> Value {
    json!({ "name": problem.name, "what": problem.what, "place": problem.place, "remedy": problem.remedy })
}
