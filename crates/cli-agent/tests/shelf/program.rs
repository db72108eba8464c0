//! Programs that have the library `shelf`, or are of its product: each does what its first argument says.
#![forbid(unsafe_code)]

#[path = "product.rs"]
mod product;

use std::io::{BufRead as _, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use aboveboard_cli_agent::{library, start};
use aboveboard_types::declaration::Component;
use aboveboard_types::typed::Record;

use product::{SHELF, used};

fn main() {
    let agent = start(&SHELF, "1.2.3");
    let arguments: Vec<String> = std::env::args().collect();
    let number = arguments.get(2).and_then(|number| number.parse().ok()).unwrap_or(1);
    match arguments.get(1).map(String::as_str) {
        // A library in this program that takes itself for one.
        Some("start") => {
            let _ = agent.record_event(Component::Cli, &used(), None);
        }
        Some("library") => {
            let helper = arguments.get(3).cloned().unwrap_or_default();
            for _ in 0..number {
                let _ = library(&SHELF, "1.2.3").helper(&*helper).record_event(Component::Cli, &used(), None);
            }
        }
        Some("resident") => {
            let mut resident = agent.resident(None);
            for _ in 0..number {
                let _ = resident.record(Component::Cli, &used());
                resident.tend();
            }
        }
        // An app that records an event for each line that it reads: by the link of its one command, and by a resident.
        Some("window") => {
            return agent.command("open", None).run(|link| lines().for_each(|_| link.record(Used)));
        }
        Some("records") => {
            let mut resident = agent.resident(None);
            for _ in lines() {
                let _ = resident.record(Component::Cli, &used());
            }
            return resident.close();
        }
        Some("at-exit") => {
            return agent.deliver_at_exit(Duration::from_secs(2)).command("open", None).run(|_| ());
        }
        Some("exec") => return agent.command("open", None).run(|_| become_another()),
        Some("finish-exec") => {
            return agent.command("open", None).run(|link| {
                link.finish();
                become_another();
            });
        }
        Some("finish") => {
            return agent.command("open", None).run(|link| {
                link.finish();
                link.clone().finish();
                link.record(Used);
            });
        }
        _ => {
            let _ = agent.matches(clap::Command::new("shelf").subcommand(clap::Command::new("open")));
            return;
        }
    }
    let _ = write!(std::io::stdout(), "{}", children()).and_then(|()| std::io::stdout().flush());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn lines() -> impl Iterator<Item = String> {
    std::io::stdin().lock().lines().map_while(Result::ok)
}

/// Becomes another program, as the runners of plug-ins do.
fn become_another() {
    let _ = Command::new("true").exec();
}

/// The event as a host declares it.
struct Used;

impl Record for Used {
    fn event(self, _time: u64) -> aboveboard_types::event::Event<'static> {
        used()
    }
}

/// The children of this process, those included that have ended and were not waited for.
fn children() -> usize {
    let list = std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
    list.map_or(usize::MAX, |list| list.split_whitespace().count())
}
