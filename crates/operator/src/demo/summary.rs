//! The totals of both sides, which must agree.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::Component;
use aboveboard_types::id::Id;
use aboveboard_wire::Receipt;
use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value, json};

use super::{RunningProduct, StopSignal};

/// How long the last events may take from the agents to the page.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// One component's totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct ComponentTotals {
    /// Events that the demo made happen.
    recorded: u64,
    /// Events that a receipt in an agent's sent log accepts.
    acknowledged: u64,
    /// Events on the collector's page.
    counted: u64,
    /// Events that a receipt refuses.
    rejected: u64,
}

impl ComponentTotals {
    fn agree(&self) -> bool {
        self.recorded == self.acknowledged && self.recorded == self.counted && self.rejected == 0
    }
}

/// The totals of every component; the console's may be missing, with the reason.
#[derive(Debug)]
pub(super) struct Summary {
    server: ComponentTotals,
    cli: ComponentTotals,
    console: Result<ComponentTotals, String>,
    /// The first page of the rehearsed publication; none without a made-up month.
    pub(super) figures: Option<PathBuf>,
}

/// What the demo made happen, by component; the console may not have run, with the reason.
struct Recorded {
    server: u64,
    cli: u64,
    console: Result<u64, String>,
}

/// Adds up both sides until they agree, for at most [`MAX_WAIT`].
///
/// `cli` is how many events the commands recorded, `console` how many events the browser made. Nothing is recorded at all if
/// the caller opted out.
pub(super) fn await_agreement(
    product: &RunningProduct<'_>,
    cli: u64,
    console: Result<u64, String>,
    stop: &StopSignal,
) -> anyhow::Result<Summary> {
    let recorded = if product.records()? {
        Recorded { server: 1, cli, console }
    } else {
        Recorded { server: 0, cli: 0, console: console.map(|_| 0) }
    };
    let start = Instant::now();
    loop {
        // What the last command recorded waits for the next helper, or for this. It fails while a helper holds the
        // batches, which the totals show.
        if recorded.cli > 0 {
            product.quarry(&["telemetry", "send"])?;
        }
        stop.check()?;
        let is_over = start.elapsed() > MAX_WAIT;
        match add_up(product, &recorded) {
            Ok(summary) if is_over || summary.agrees() => return Ok(summary),
            // A collector that has much to apply may answer 503 for a while.
            Err(error) if is_over => return Err(error),
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn add_up(product: &RunningProduct<'_>, recorded: &Recorded) -> anyhow::Result<Summary> {
    let totals = totals(product)?;
    let paths: Vec<_> = product.cli_paths().into_iter().chain([product.server_paths()]).collect();
    let sums = |component: Component, recorded| {
        let (acknowledged, rejected) = acknowledged(&paths, component);
        let counted = totals["products"]["quarry"][component.name()]["events"].as_u64().unwrap_or_default();
        ComponentTotals { recorded, acknowledged, counted, rejected }
    };
    Ok(Summary {
        server: sums(Component::Server, recorded.server),
        cli: sums(Component::Cli, recorded.cli),
        console: recorded.console.clone().map(|recorded| sums(Component::Console, recorded)),
        figures: None,
    })
}

fn totals(product: &RunningProduct<'_>) -> anyhow::Result<Value> {
    let answer = product.operator.get("/api/totals.json")?;
    serde_json::from_str(&answer.body).context("cannot read the collector's totals")
}

/// Events accepted and refused by the receipts beside this component's batches.
fn acknowledged(paths: &[Paths], component: Component) -> (u64, u64) {
    #[derive(serde::Deserialize)]
    struct BatchHeader<'a> {
        batch: &'a str,
        component: &'a str,
    }
    let mut sums = (0, 0);
    for sent in paths.iter().flat_map(inspect::sent) {
        let head = serde_json::from_slice::<BatchHeader<'_>>(&sent.body).ok();
        let Some(head) = head.filter(|head| head.component == component.name()) else { continue };
        let receipt = Id::parse(head.batch).and_then(|id| Receipt::read(&sent.receipt, id));
        if let Some(receipt) = receipt {
            sums.0 += u64::from(receipt.accepted);
            sums.1 += receipt.rejected.len() as u64;
        }
    }
    sums
}

impl Summary {
    /// Whether every component's totals agree.
    pub(super) fn agrees(&self) -> bool {
        self.server.agree() && self.cli.agree() && self.console.as_ref().map_or(true, ComponentTotals::agree)
    }
}

impl Serialize for Summary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let console = match &self.console {
            Ok(sums) => json!(sums),
            Err(why) => json!({ "run": false, "why": why }),
        };
        json!({ "server": self.server, "cli": self.cli, "console": console, "figures": self.figures })
            .serialize(serializer)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "           recorded  acknowledged  counted  rejected")?;
        let mut line = |name: &str, sums: &ComponentTotals| {
            let ComponentTotals { recorded, acknowledged, counted, rejected } = sums;
            writeln!(f, "{name:<10} {recorded:>8}  {acknowledged:>12}  {counted:>7}  {rejected:>8}")
        };
        line("server", &self.server)?;
        line("cli", &self.cli)?;
        match &self.console {
            Ok(sums) => line("console", sums)?,
            Err(why) => writeln!(f, "console    not run: {why}")?,
        }
        if let Some(figures) = &self.figures {
            writeln!(f, "figures    {} (made up: what a publication would look like)", figures.display())?;
        }
        f.write_str(if self.agrees() { "all agree" } else { "they do not agree" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(recorded: u64, acknowledged: u64, counted: u64, rejected: u64) -> ComponentTotals {
        ComponentTotals { recorded, acknowledged, counted, rejected }
    }

    #[test]
    fn one_event_more_or_less_on_any_side_is_no_agreement() {
        let good = || Summary {
            server: sums(1, 1, 1, 0),
            cli: sums(9, 9, 9, 0),
            console: Ok(sums(4, 4, 4, 0)),
            figures: None,
        };
        assert!(good().agrees());
        for wrong in [sums(2, 1, 1, 0), sums(1, 2, 1, 0), sums(1, 1, 2, 0), sums(1, 1, 1, 1)] {
            assert!(!Summary { server: wrong, ..good() }.agrees());
            assert!(!Summary { cli: wrong, ..good() }.agrees());
            assert!(!Summary { console: Ok(wrong), ..good() }.agrees());
        }
    }

    #[test]
    fn a_console_that_did_not_run_is_reported_and_never_invented() {
        let summary = Summary {
            server: sums(1, 1, 1, 0),
            cli: sums(2, 2, 2, 0),
            console: Err("no browser".into()),
            figures: None,
        };
        assert!(summary.agrees());
        let document: Value = serde_json::to_value(&summary).unwrap();
        assert_eq!(document["console"], json!({ "run": false, "why": "no browser" }));
        assert_eq!(document["cli"]["recorded"], 2);
        assert!(summary.to_string().contains("not run: no browser"));
    }
}
