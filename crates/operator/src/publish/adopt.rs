//! `aboveboard publish adopt`: reads from a site what was published, for a collector that does not know of it any more.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::publish::keep::{DrawState, Head, KeptDraws};
use aboveboard_collector::upkeep;
use aboveboard_published::key::Verifier;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::tree::root;
use aboveboard_published::verify::{Fetched, Outcome, SiteFiles, Trust, verify};
use aboveboard_types::hex;
use anyhow::{Context as _, bail};

use super::arguments::{Printing, Publisher};
use super::directory::{SiteContent, SiteDirectory};
use super::history::{History, Which};
use super::product::{PublishedProduct, today};
use super::standing::{Standing, leaves};
use crate::collector::refused;

/// What `publish adopt` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    /// The directory of the site
    #[arg(long, value_name = "DIR")]
    site: std::path::PathBuf,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = options.publisher.directory.place()?;
    upkeep::may_publish(&place).map_err(refused)?;
    let data = place.directory();
    let product = PublishedProduct::find(data, &options.publisher.product)?;
    let kept = KeptDraws::open(data, &options.publisher.product, today())?;
    let site = SiteDirectory::open(&options.site)?;
    let content = site.content()?;
    let documents = verified(&content, &product.publish.keys)?;
    let history = History::of(&kept, &options.publisher.product, &content, Which::All)?;
    let shown = leaves(&content)?;
    let known = history.log.leaves().len();
    let unknown = match Standing::of(&shown, history.log.leaves(), history.published) {
        Standing::Ahead { unknown } => unknown,
        standing => standing.require(site.path(), history.published).map(|_| 0)?,
    };
    // What waited was shown before a run could note it.
    history.note(&kept, shown.len().saturating_sub(history.published))?;
    for (place, document) in documents.iter().enumerate().skip(known) {
        let leaves = shown.get(..=place).context("the log is shorter than its documents")?;
        let head = Head { size: leaves.len() as u64, root: hex::encode(&root(leaves)) };
        adopt(&kept, document, head)?;
    }
    if options.printing.json {
        output::data(&serde_json::json!({ "adopted": unknown, "log": { "size": shown.len() } }).to_string());
    } else {
        output::data(&unknown.to_string());
    }
    output::message(&format!(
        "{unknown} documents of the {} of the log were read from the site; what is published there is not drawn again",
        shown.len()
    ));
    Ok(ExitCode::SUCCESS)
}

fn adopt(kept: &KeptDraws, document: &LogDocument, head: Head) -> anyhow::Result<()> {
    match document {
        LogDocument::Publication(publication) => {
            kept.adopt(publication, DrawState::Published { head })?;
        }
        LogDocument::Withdrawal(withdrawal) => {
            let id = PublicationId::parse(&withdrawal.withdraws).context("a withdrawal of no publication")?;
            kept.withdraw(id, &withdrawal.day, &withdrawal.reason)?;
            kept.withdrawn(id, head)?;
        }
    }
    Ok(())
}

/// The documents of a site that is signed by one of the manifest's keys.
fn verified(content: &SiteContent, keys: &[String]) -> anyhow::Result<Vec<LogDocument>> {
    let keys = keys.iter().filter_map(|key| Verifier::parse(key)).collect();
    let report = verify(&Files(content), &Trust { keys, remembered: None }, today());
    if report.findings.outcome() >= Outcome::Overdue {
        return Ok(report.documents);
    }
    for finding in report.findings.iter() {
        output::message(&format!("{}: {}; {}", finding.file, finding.what, finding.remedy));
    }
    bail!(
        "the site does not verify with the keys of the manifest, so nothing was read from it: fetch it back as it was published, \
         from the web server, a backup or your repository"
    )
}

/// The files of a directory, for the check.
struct Files<'a>(&'a SiteContent);

impl SiteFiles for Files<'_> {
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String> {
        match self.0.bytes(path) {
            Ok(Some(bytes)) if bytes.len() > max => Err(format!("it is longer than {max} bytes")),
            Ok(Some(bytes)) => Ok(Fetched::Found(bytes)),
            Ok(None) => Ok(Fetched::Missing),
            Err(error) => Err(format!("{error:#}")),
        }
    }
}
