//! `aboveboard publish check`: whether the newest publication of a site is sound and the next one not overdue, for timers.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::verify::{Outcome, Trust, newest};

use super::arguments::Printing;
use super::product::today;
use crate::figures::{self, CheckedSite};

/// What `publish check` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: CheckedSite,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let trust = Trust { keys: options.site.keys()?, remembered: None };
    let found = newest(options.site.files()?.as_ref(), &trust, today());
    // Who asks about his own site without naming a key asks when the next one is due.
    let nameless = trust.keys.is_empty();
    let outcome = match found.findings.outcome() {
        Outcome::UnknownKey if nameless => Outcome::Fits,
        outcome => outcome,
    };
    let counts = |of: Outcome| !(nameless && of == Outcome::UnknownKey);
    for finding in found.findings.iter().filter(|finding| counts(finding.outcome)) {
        output::message(&format!("{}: {}; {}", finding.file, finding.what, finding.remedy));
    }
    let publication = found.documents.iter().find_map(|document| match document {
        LogDocument::Publication(publication) => Some(publication),
        LogDocument::Withdrawal(_) => None,
    });
    if options.printing.json {
        let said = serde_json::json!({
            "newest": publication.map(|publication| &publication.id),
            "next_due": publication.map(|publication| &publication.next_due),
            "is_overdue": outcome == Outcome::Overdue,
            "is_sound": outcome >= Outcome::Overdue,
        });
        output::data(&said.to_string());
    } else if let Some(publication) = publication {
        output::data(&format!("{}: the next is due by {}", publication.id, publication.next_due));
    }
    Ok(ExitCode::from(figures::code(outcome)))
}
