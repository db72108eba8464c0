//! One installation that does everything that there is, ten thousand times.

use aboveboard_manifest::Manifest;
use aboveboard_store::contributions::Layout;
use aboveboard_store::entry::LogEntry;

use super::super::samples::kiln;
use super::stores::{Sent, gathered};

const REPORT: &str = r#""name":"report","counts":{"bricks":70,"glazes":{"red":3,"blue":2,"green":1}}"#;
const WARMED: &str = r#""name":"warmed","fields":{"heat":100,"tools":["brush","bath"]}"#;

/// A product of many commands.
fn manifest() -> Manifest {
    let mut manifest = kiln();
    manifest.cli.as_mut().unwrap().commands = (0..30).map(|number| format!("command{number}")).collect();
    manifest
}

fn command(number: usize) -> &'static str {
    let command = number % 30;
    let error = number.is_multiple_of(3);
    format!(r#""name":"command","command":"command{command}","run":"RUN","error":{error}"#).leak()
}

/// Ten thousand runs of thirty commands on one component, and everything that a server tells on the other; more days of one or
/// of the other.
fn entries(component: &'static str) -> Vec<LogEntry> {
    let all: Vec<_> = (0..30).map(command).collect();
    let days: Vec<u32> = (1..=20).collect();
    let mut entries = Vec::new();
    for day in days {
        let runs: Vec<_> = all.iter().cycle().take(500).map(|event| (*event, 0)).collect();
        if component == "cli" || day == 1 {
            entries.push(Sent { installation: 1, day, component: "cli", events: &runs }.entry());
        }
        if component == "server" || day == 1 {
            let told = [(REPORT, 0), (WARMED, 0)];
            entries.push(Sent { installation: 1, day, component: "server", events: &told }.entry());
        }
    }
    entries
}

#[test]
fn ten_thousand_commands_of_two_components_add_no_more_than_is_charged_through_a_real_store() {
    let manifest = manifest();
    let layout = Layout::of(&manifest, &manifest.product.releases);
    for (component, full) in [("cli", "commands"), ("server", "sizes")] {
        let counts = gathered(&manifest, &entries(component)).unwrap();
        assert_eq!(counts.cells()[0], 1);
        let added = |group: &str| -> u64 {
            let tables = layout.tables().filter(|(of, ..)| of.name == group);
            let cells =
                tables.flat_map(|(_, table, first)| first as usize..first as usize + table.cells.len());
            cells.map(|cell| counts.cells()[cell]).sum()
        };
        for group in &layout.groups {
            assert!(added(&group.name) <= u64::from(group.at_most), "{component}, {}", group.name);
        }
        let at_most = layout.groups.iter().find(|group| group.name == full).unwrap().at_most;
        assert_eq!(added(full), u64::from(at_most), "{component}: all that it may");
        assert_eq!(added("headline"), 5, "{component}");
    }
}
