//! `record --counts`: what a script of a server counted, for servers that have no relay.

use std::process::ExitCode;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::Report;
use anyhow::{Context as _, anyhow};

use crate::counts::{self, Numbers};
use crate::host::{HostArguments, Product, ServerArguments};
use crate::output;
use crate::relay::report_once;

/// What a server counted.
#[derive(clap::Args)]
pub(crate) struct Counted {
    /// What a server counted, in place of an event; once for each number
    #[arg(long, value_name = "NAME[.ENTRY]=NUMBER", conflicts_with_all = ["event", "fields", "command", "failed", "unfinished"])]
    counts: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
}

impl Counted {
    /// Whether counts were given, and not an event.
    pub(crate) fn is_given(&self) -> bool {
        !self.counts.is_empty()
    }
}

/// Records a report of the counts if the server may record and one is due. It is sent by `deliver`.
///
/// # Errors
/// If the manifest cannot be read, or does not declare these counts: a mistake of the caller that should be seen when it is
/// made.
pub(crate) fn run(
    options: &Counted,
    host: &HostArguments,
    explain: bool,
    product: &Product,
) -> anyhow::Result<ExitCode> {
    let settings = host.server(product, options.server.directory.clone())?;
    let counts = report(settings.declaration, &options.counts)?;
    let recorded = report_once(settings, counts);
    if explain {
        output::message(&match &recorded {
            Ok(()) => "aboveboard: recorded".to_owned(),
            Err(why) => format!("aboveboard: not recorded: {why}"),
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// The report of counts as they stand on the command line.
fn report(declaration: &'static Declaration, given: &[String]) -> anyhow::Result<Report<'static>> {
    let mut counts: Vec<(&str, Numbers<&str>)> = Vec::new();
    for (place, pair) in given.iter().enumerate() {
        // What is given may be anything: nothing of it is repeated.
        let read = || {
            let (name, number) = pair.split_once('=')?;
            Some((name, number.parse::<u64>().ok()?))
        };
        let wrong = || {
            format!(
                "--counts number {} is not NAME=NUMBER or NAME.ENTRY=NUMBER, or is given twice",
                place + 1
            )
        };
        let (name, number) = read().with_context(wrong)?;
        add(&mut counts, name, number).with_context(wrong)?;
    }
    counts::report(declaration, &counts).ok_or_else(|| {
        let declared = declaration.counts.iter().flat_map(|count| {
            let entries = count.by.iter().map(|entry| format!("{}.{entry}", count.name));
            let whole = count.by.is_empty().then(|| count.name.to_string());
            entries.chain(whole)
        });
        let declared: Vec<_> = declared.collect();
        anyhow!(
            "these are not counts of the manifest, or a part of one is missing; it counts: {}",
            declared.join(", ")
        )
    })
}

/// Adds a number under its name. `None` where that has one.
fn add<'g>(counts: &mut Vec<(&'g str, Numbers<&'g str>)>, name: &'g str, number: u64) -> Option<()> {
    let (name, entry) = name.split_once('.').map_or((name, None), |(name, entry)| (name, Some(entry)));
    let known = counts.iter_mut().find(|(known, _)| *known == name).map(|(_, numbers)| numbers);
    match (known, entry) {
        (None, None) => counts.push((name, Numbers::One(number))),
        (None, Some(entry)) => counts.push((name, Numbers::By(vec![(entry, number)]))),
        (Some(Numbers::By(entries)), Some(entry)) if entries.iter().all(|(known, _)| *known != entry) => {
            entries.push((entry, number));
        }
        (Some(_), _) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use aboveboard_types::event::{Cells, Count};

    use super::*;

    fn counted(given: &[&str]) -> anyhow::Result<Vec<Count<'static>>> {
        let text = include_str!("../tests/data/larder.toml");
        let manifest = aboveboard_manifest::parse(text, "larder.toml").unwrap();
        let given: Vec<String> = given.iter().map(|pair| (*pair).to_owned()).collect();
        report(Box::leak(Box::new(manifest.declaration())), &given).map(|report| report.counts)
    }

    #[test]
    fn numbers_are_read_by_name_and_entry() {
        let counts = counted(&["rules.write=1", "tables=3", "rules.read=2"]).unwrap();
        let split = Cells::By(vec![("read", 2), ("write", 1)]);
        assert_eq!(counts.iter().map(|count| &count.cells).collect::<Vec<_>>(), [&Cells::One(3), &split]);
    }

    #[test]
    fn a_mistake_of_the_caller_is_reported_without_its_value() {
        for given in [
            &["hunter2"][..],
            &["tables=hunter2"],
            &["tables=-1"],
            &["tables=1", "tables=2"],
            &["rules.read=1", "rules.read=2"],
            &["rules=1", "rules.read=2"],
            &["hunter2=1"],
            &["rules.hunter2=1", "rules.read=1"],
            &["rules.read=1"],
        ] {
            let error = counted(given).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(
                error.contains("NAME.ENTRY=NUMBER") || error.ends_with("tables, rules.read, rules.write"),
                "{error}"
            );
        }
    }
}
