//! `aboveboard manifest check`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::{manifest_file, output};
use aboveboard_manifest::{Date, Problem, Severity};
use aboveboard_types::clock;

/// What `manifest check` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifests
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The day on which nothing may have expired [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    today: Option<Date>,
    /// Print the problems as JSON
    #[arg(long)]
    json: bool,
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "not a date; write 2026-11-22".to_owned())
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let today = options.today.unwrap_or_else(today);
    let mut all = Vec::new();
    for file in &options.files {
        let name = file.display().to_string();
        let problems = match aboveboard_manifest::parse(&manifest_file::read(file)?, &name) {
            Ok(manifest) => [manifest.lints(), manifest.expired(today)].concat(),
            Err(problems) => problems,
        };
        if problems.is_empty() {
            output::message(&format!("{name}: well"));
        }
        all.extend(problems);
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
    let errors = all.iter().filter(|problem| problem.severity == Severity::Error).count();
    output::message(&format!("{errors} errors, {} lints", all.len() - errors));
    Ok(ExitCode::FAILURE)
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
