//! Looks everywhere, and prints what it found.

use super::problem::Problem;
use super::{delivery, files, sources};
use crate::verbs::context::Context;
use crate::verbs::document::Document;
use crate::verbs::output::{print, say};
use crate::verbs::{Exit, network};

pub(crate) fn run(context: &Context<'_>, as_json: bool) -> Exit {
    let mut problems = sources::look(context);
    problems.extend(files::look(context));
    problems.extend(delivery::look(context));
    problems.extend(network::ask_collector(context));
    let shown = if as_json {
        print(Document::List(problems.iter().map(document).collect()))
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
            "nothing wrong was found; telemetry of {} is {}{}",
            context.declaration().name,
            context.decide().mode.name(),
            through(context)
        ));
    }
    if problems.is_empty() && shown { Exit::Done } else { Exit::Failed }
}

/// The proxy on the way to the collector, as the end of a sentence.
fn through(context: &Context<'_>) -> String {
    let endpoint = context.question().endpoint().ok().flatten();
    match endpoint.and_then(|endpoint| network::proxy(context, &endpoint)) {
        Some((proxy, variable)) => format!(", and goes through the proxy {proxy} of {variable}"),
        None => String::new(),
    }
}

fn document(problem: &Problem) -> Document {
    Document::Object(vec![
        ("name", Document::text(problem.name)),
        ("what", Document::text(&problem.what)),
        ("place", Document::text(&problem.place)),
        ("remedy", Document::text(&problem.remedy)),
    ])
}
