//! `figures verify`: whether a site of published figures is what was published.

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::verify::{Outcome, Report, Trust, verify};
use aboveboard_types::clock;

use super::checked_site::CheckedSite;
use super::{exits, remembered};

/// A check of a site.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: CheckedSite,
    /// Remembers the head of the log here, and checks that it only ever grew
    #[arg(long, value_name = "FILE")]
    remember: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let remembered = options.remember.as_deref().map(remembered::read).transpose()?.flatten();
    let trust = Trust { keys: options.site.keys()?, remembered };
    let report = verify(options.site.files()?.as_ref(), &trust, clock::day(clock::now()));
    say(&report);
    if let Some((file, head)) = options.remember.as_deref().zip(report.head.as_ref()) {
        remembered::write(file, head)?;
    }
    Ok(ExitCode::from(exits::code(report.findings.outcome())))
}

fn say(report: &Report) {
    for finding in report.findings.iter() {
        output::message(&format!("{}: {}\n  {}", finding.file, finding.what, finding.remedy));
    }
    for document in &report.documents {
        if let LogDocument::Withdrawal(withdrawal) = document {
            output::data(&format!(
                "{} is withdrawn since {}: {}",
                withdrawal.withdraws, withdrawal.day, withdrawal.reason
            ));
        }
    }
    if let Some(head) = &report.head {
        let checkpoint = head.checkpoint();
        let root = aboveboard_types::hex::encode(&checkpoint.root);
        output::data(&format!("{}: {} documents, root {root}", checkpoint.origin, checkpoint.size));
    }
    output::data(match report.findings.outcome() {
        Outcome::Fits => "All fits: the figures are those that were signed, and they keep to the rules.",
        Outcome::UnknownKey => "All fits together, but whose figures these are is not known.",
        Outcome::Overdue => "All fits, but a publication is overdue.",
        Outcome::Unreadable => "The site could not be read as a whole.",
        Outcome::Signature | Outcome::Log | Outcome::Figures => "It does not fit.",
    });
}
