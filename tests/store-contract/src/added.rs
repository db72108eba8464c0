//! What installations add to published figures of the tests' manifest, computed the slow way: from what the reference kept of
//! each event, with no layout and no index.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_store::packed_version::unpack_version;
use aboveboard_types::envelope::{Mark, Marks};

use super::reference::{ReferenceEvent, ReferenceInstallation};

/// The component that an installation is published under, and `TABLE KEY` of each cell to which it adds one; none where it
/// does not count. All its events lie in the period.
pub(super) fn added(of: &ReferenceInstallation<'_>) -> Option<(String, BTreeSet<String>)> {
    let first = of.events.iter().map(|event| event.when.0).min()?;
    let events: Vec<&ReferenceEvent> = of.events.iter().copied().filter(|event| is_headline(event)).collect();
    let mut days: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for event in &events {
        days.entry(word(event, 1)).or_default().insert(event.when.0);
    }
    let most = ["server", "cli", "app"].map(|name| days.get(name).map_or(0, BTreeSet::len));
    let component = match most {
        [0, 0, 0] => return None,
        [server, cli, app] if server >= cli && server >= app => "server",
        [_, cli, app] if cli >= app => "cli",
        _ => "app",
    };
    // Servers of the tests report once a day, so two days verify everybody.
    if !of.is_present || of.heard - of.received < 2 {
        return None;
    }
    let own = |name: &'static str| events.iter().filter(move |event| word(event, 1) == name);
    let mut cells = BTreeSet::from(["active active".to_owned(), format!("component {component}")]);
    assert!(first >= 20_878, "the first day is one of the period");
    cells.insert("age new".to_owned());
    cells.insert("platform linux/x86_64".to_owned());
    let last = own(component).max_by_key(|event| event.when.0)?;
    let version = unpack_version(word(last, 2).parse().ok()?);
    let line = if (version.major, version.minor) == (1, 2) { "1.2" } else { "other" };
    cells.insert(format!("version {line}"));
    let happened = |event: &ReferenceEvent, what: &str| event.cube.iter().any(|cell| cell == what);
    if component == "cli" {
        for command in ["init", "metadata apply"] {
            let times = |ending: u8| {
                own("cli").filter(|event| happened(event, &format!("1 {command} {ending}"))).count()
            };
            let worked = times(0);
            let failed = times(1);
            if worked + failed > 0 {
                let table = if 2 * failed >= worked + failed { "failing" } else { "worked" };
                cells.insert(format!("commands.{table} {command}"));
            }
        }
    }
    if component == "app" {
        for event in own("app") {
            for cell in &event.cube {
                match cell.split(' ').collect::<Vec<_>>()[..] {
                    ["5", name, _] => _ = cells.insert(format!("events.{name} happened")),
                    ["8", field, entry] if !entry.is_empty() => {
                        cells.insert(format!("events.{field} {entry}"));
                    }
                    _ => {}
                }
            }
        }
    } else if own("console").any(|event| event.cube.iter().any(|cell| cell.starts_with("2 table_tracked "))) {
        cells.insert("actions table_tracked".to_owned());
    }
    if component == "server" {
        let reports = own("server").filter(|event| event.counts.is_some());
        let last = reports.max_by_key(|event| event.when)?;
        for (count, number) in last.counts.iter().flatten() {
            match count.trim_end() {
                "tables" => {
                    let edge = [100, 10, 1, 0].into_iter().find(|edge| number >= edge)?;
                    cells.insert(format!("sizes.tables {edge}"));
                }
                entry if *number > 0 => _ = cells.insert(format!("sizes.{entry}")),
                _ => {}
            }
        }
    }
    Some((component.to_owned(), cells))
}

fn word(event: &ReferenceEvent, at: usize) -> &str {
    event.context.split(' ').nth(at).unwrap_or_default()
}

fn is_headline(event: &ReferenceEvent) -> bool {
    let marks = Marks::from_bits(word(event, 5).parse().unwrap_or(0));
    [Mark::Ci, Mark::Dev, Mark::Test, Mark::Unstable, Mark::Synthetic].iter().all(|mark| !marks.has(*mark))
}
