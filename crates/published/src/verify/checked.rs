//! The check of a whole site, and that of what is newest in it.

use super::finding::{Findings, Outcome};
use super::head::signed_log;
use super::site::SiteFiles;
use super::trust::{RememberedHead, Trust};
use super::{document, files, log, rules, tables};
use crate::ledger::{Entry, Kind};
use crate::paths;
use crate::publication::LogDocument;

/// What was found of a site.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Everything that does not fit.
    pub findings: Findings,
    /// The documents of the log, where all could be read.
    pub documents: Vec<LogDocument>,
    /// The head, to be remembered; only where nothing speaks against it.
    pub head: Option<RememberedHead>,
    /// How many files were read as they were published, besides the documents.
    pub files: usize,
}

impl Report {
    /// The ids of the publications that are withdrawn.
    pub fn withdrawn(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().filter_map(|document| match document {
            LogDocument::Withdrawal(withdrawal) => Some(withdrawal.withdraws.as_str()),
            LogDocument::Publication(_) => None,
        })
    }
}

/// Checks everything of a site that counts. `today` is a day since 1970.
#[must_use]
pub fn verify(site: &dyn SiteFiles, trust: &Trust, today: u32) -> Report {
    let mut report = Report::default();
    let findings = &mut report.findings;
    let Some(signed) = signed_log(site, trust, findings) else { return report };
    let Some(ledger) = log::ledger(site, &signed, findings) else { return report };
    let entries = ledger.entries.iter().enumerate();
    let documents: Vec<Option<LogDocument>> =
        entries.map(|(place, entry)| log::document(site, &signed, entry, place, findings)).collect();
    for document in documents.iter().flatten() {
        if let LogDocument::Publication(publication) = document {
            let path = paths::publication(&publication.id);
            document::check(publication, &path, findings);
            tables::check(publication, &path, findings);
            files::check(site, publication, findings);
            report.files += publication.files.len();
        }
    }
    // What follows is about all documents, so one that is not known leaves nothing to be said.
    if let Some(documents) = documents.into_iter().collect::<Option<Vec<_>>>() {
        rules::order(&documents, &signed.checkpoint, findings);
        rules::losses(&documents, &ledger, findings);
        rules::due(&documents, today, findings);
        report.documents = documents;
    }
    report.head = to_remember(signed.head, findings);
    report
}

/// What is newest at a site.
#[derive(Clone, Debug, Default)]
pub struct Newest {
    /// Everything that does not fit.
    pub findings: Findings,
    /// The newest publication, and its withdrawal where it is withdrawn.
    pub documents: Vec<LogDocument>,
    /// The head, to be remembered; only where nothing speaks against it.
    pub head: Option<RememberedHead>,
    /// How many documents the log has.
    pub size: u64,
}

/// Checks the signed head, that the log goes on as it is remembered, and the newest publication with its withdrawal.
/// Older documents and the files with the same figures are not read.
#[must_use]
pub fn newest(site: &dyn SiteFiles, trust: &Trust, today: u32) -> Newest {
    let mut found = Newest::default();
    let findings = &mut found.findings;
    let Some(signed) = signed_log(site, trust, findings) else { return found };
    found.size = signed.checkpoint.size;
    let Some(ledger) = log::ledger(site, &signed, findings) else { return found };
    let is_drawn = |entry: &Entry| entry.kind != Kind::Withdrawal;
    let first = ledger.entries.iter().rposition(is_drawn).unwrap_or(ledger.entries.len());
    let entries = ledger.entries.iter().enumerate().skip(first);
    let documents = entries.map(|(place, entry)| log::document(site, &signed, entry, place, findings));
    let documents: Vec<_> = documents.collect();
    // A withdrawal after it may be of an older one. That is told by the signed document: the ledger is not signed.
    let newest = ledger.entries.get(first).map(|entry| entry.id.as_str());
    let is_of_newest = |document: &LogDocument| newest == Some(document.publication_id());
    found.documents = documents.into_iter().flatten().filter(is_of_newest).collect();
    for document in &found.documents {
        if let LogDocument::Publication(publication) = document {
            let path = paths::publication(&publication.id);
            document::check(publication, &path, findings);
            tables::check(publication, &path, findings);
        }
    }
    rules::due(&found.documents, today, findings);
    found.head = to_remember(signed.head, findings);
    found
}

/// Whether a head is worth to be remembered: nothing of what it signs is wrong, whoever signed it.
fn to_remember(head: RememberedHead, findings: &Findings) -> Option<RememberedHead> {
    (findings.outcome() >= Outcome::Overdue).then_some(head)
}
