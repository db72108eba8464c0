//! `aboveboard manifest check`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_manifest::{Date, Manifest, Problem, Severity};
use aboveboard_types::clock;

/// What `manifest check` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifests
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    day: Day,
    /// What ABOVEBOARD_RELEASE is set to where the program is built: it must be the product's id
    #[arg(long, value_name = "ID")]
    release: Option<String>,
    /// Print the problems as JSON
    #[arg(long)]
    json: bool,
}

/// The day for which a manifest is checked.
#[derive(clap::Args)]
pub(crate) struct Day {
    /// The day on which nothing may have expired [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    today: Option<Date>,
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "not a date; write 2026-11-22".to_owned())
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    for file in &options.files {
        match checked(file, &options.day)? {
            Ok(manifest) => {
                let problem =
                    options.release.as_deref().and_then(|release| manifest.not_released_by(release));
                if problem.is_none() {
                    output::message(&format!("{}: well", file.display()));
                }
                all.extend(problem);
            }
            Err(problems) => all.extend(problems),
        }
    }
    if options.json {
        let rows: Vec<_> = all.iter().map(row).collect();
        output::data(&serde_json::to_string(&rows)?);
    } else {
        super::file::report(&all);
    }
    if all.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    summary(&all);
    Ok(ExitCode::FAILURE)
}

/// A manifest that is well on a day, or its problems.
pub(super) fn checked(file: &Path, day: &Day) -> anyhow::Result<Result<Manifest, Vec<Problem>>> {
    Ok(super::file::parsed(file)?.and_then(|manifest| {
        let problems = [manifest.lints(), manifest.expired(day.today.unwrap_or_else(today))].concat();
        if problems.is_empty() { Ok(manifest) } else { Err(problems) }
    }))
}

/// How many problems there are.
pub(super) fn summary(problems: &[Problem]) {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    output::message(&format!("{errors} errors, {} lints", problems.len() - errors));
}

fn row(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "file": problem.file, "line": problem.line, "column": problem.column, "lint": problem.lint,
        "what": problem.what, "why": problem.why, "remedy": problem.remedy,
    })
}

fn today() -> Date {
    Date::from_days(clock::day(clock::now())).unwrap_or(Date::LAST)
}
