//! Programs that have the library `shelf`, or are of its product: each does what its first argument says.
#![forbid(unsafe_code)]

#[path = "product.rs"]
mod product;

use std::io::{Read as _, Write as _};

use aboveboard_cli_agent::{library, start};
use aboveboard_types::declaration::Component;

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
        _ => {
            let _ = agent.matches(clap::Command::new("shelf").subcommand(clap::Command::new("open")));
            return;
        }
    }
    let _ = write!(std::io::stdout(), "{}", children()).and_then(|()| std::io::stdout().flush());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// The children of this process, those included that have ended and were not waited for.
fn children() -> usize {
    let list = std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
    list.map_or(usize::MAX, |list| list.split_whitespace().count())
}
