//! The table: what each host has more than its twin.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};

use super::host::Host;
use super::kinds::{KINDS, Kind};
use super::measure::{Build, cpu_seconds};
use crate::run::root;

/// What the table stands between.
const BEGIN: &str = "<!-- measured: cargo xtask costs -->\n";
const END: &str = "<!-- end of what was measured -->\n";

/// Measures everything and writes the table into the README.
pub(crate) fn run() -> Result<()> {
    let mut table = String::from(
        "| The program embeds | crates | for its build | lock entries | bytes | CPU seconds to build |\n\
         |---|---|---|---|---|---|\n",
    );
    let mut twins = BTreeMap::new();
    for kind in &KINDS {
        let line = line(kind, &mut twins)?;
        print!("{line}");
        table.push_str(&line);
    }
    let readme = root().join("README.md");
    let text = fs::read_to_string(&readme)?;
    let (before, rest) = text.split_once(BEGIN).context("the README has no place for the table")?;
    let (_, after) = rest.split_once(END).context("the place for the table has no end")?;
    fs::write(&readme, format!("{before}{BEGIN}{table}{END}{after}"))?;
    Ok(())
}

/// The line of one kind: what its host has more than its twin. A twin of several kinds is measured once.
fn line(kind: &Kind, twins: &mut BTreeMap<&'static str, Build>) -> Result<String> {
    let plain = Host::make(kind, false)?;
    let embedded = Host::make(kind, true)?;
    let crates = embedded.crates()?.difference(&plain.crates()?).count();
    let for_build = embedded.crates_for_build()?.difference(&plain.crates_for_build()?).count();
    let entries = embedded.lock_entries()?.difference(&plain.lock_entries()?).count();
    let bare = match twins.get(kind.plain) {
        Some(bare) => *bare,
        None => *twins.entry(kind.plain).or_insert(measured(&plain)?),
    };
    let full = measured(&embedded)?;
    let mut line = String::new();
    let _ = writeln!(
        line,
        "| {} | {crates} | {for_build} | {entries} | {} | {:.0} |",
        kind.words,
        thousands(full.bytes.saturating_sub(bare.bytes)),
        full.seconds - bare.seconds,
    );
    Ok(line)
}

/// Builds a host from nothing.
fn measured(host: &Host) -> Result<Build> {
    let before = cpu_seconds()?;
    let bytes = host.build()?;
    Ok(Build { bytes, seconds: cpu_seconds()? - before })
}

/// A number with its thousands apart.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut spelled = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            spelled.push(',');
        }
        spelled.push(digit);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_roots_add_no_agent_to_a_lock_file_that_the_program_does_not_have() {
        let kind = |features| Kind { features, ..KINDS[0] };
        let entries = |features| Host::make(&kind(features), true).unwrap().lock_entries().unwrap();
        let cli = entries(&["telemetry", "cli"]);
        let with_roots = entries(&["telemetry", "cli", "native-roots"]);
        for absent in ["aboveboard-server-agent", "axum", "hyper", "reqwest", "tokio"] {
            let is_there = |entries: &std::collections::BTreeSet<String>| {
                entries.iter().any(|entry| entry.split(' ').next() == Some(absent))
            };
            assert!(!is_there(&cli) && !is_there(&with_roots), "{absent}");
        }
        assert!(with_roots.len() > cli.len());
        let recorder = entries(&["telemetry", "recorder"]);
        assert!(!recorder.iter().any(|entry| entry.starts_with("rustls")), "{recorder:?}");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
