//! The documents of the log, each held against its leaf.

use aboveboard_types::hex;

use super::bounds::MAX_LEDGER_BYTES;
use super::finding::{ASK, COMPARE, Findings, Outcome};
use super::head::SignedLog;
use super::site::SiteFiles;
use crate::canonical::{self, MAX_DOCUMENT_BYTES};
use crate::ledger::{Entry, Kind, Ledger};
use crate::paths;
use crate::period::PublicationId;
use crate::publication::LogDocument;
use crate::tree::{leaf, root};

/// Reads the ledger, which says what each leaf is of. None where it cannot say it.
pub(super) fn ledger(site: &dyn SiteFiles, log: &SignedLog, findings: &mut Findings) -> Option<Ledger> {
    let bytes = findings.read(site, paths::LEDGER, MAX_LEDGER_BYTES)?;
    let ledger: Ledger = match canonical::read(&bytes) {
        Ok(ledger) => ledger,
        Err(problem) => {
            findings.add(Outcome::Log, paths::LEDGER, problem.to_string(), COMPARE);
            return None;
        }
    };
    let ids_are_ids = ledger.entries.iter().all(|entry| PublicationId::parse(&entry.id).is_some());
    if ledger.entries.len() != log.leaves.len() || !ids_are_ids {
        let what = format!("not the ledger of the {} documents that were signed", log.leaves.len());
        findings.add(Outcome::Log, paths::LEDGER, what, COMPARE);
        return None;
    }
    Some(ledger)
}

/// Where the document of an entry stands.
pub(super) fn path(entry: &Entry) -> String {
    match entry.kind {
        Kind::Publication | Kind::Correction => paths::publication(&entry.id),
        Kind::Withdrawal => paths::withdrawal(&entry.id),
    }
}

/// Reads the document at a place of the log. None where it is not the one that was signed.
pub(super) fn document(
    site: &dyn SiteFiles,
    log: &SignedLog,
    entry: &Entry,
    place: usize,
    findings: &mut Findings,
) -> Option<LogDocument> {
    let path = path(entry);
    let bytes = findings.read(site, &path, MAX_DOCUMENT_BYTES)?;
    if log.leaves.get(place) != Some(&leaf(&bytes)) {
        let what = format!("not the document that was signed as number {} of the log", place + 1);
        findings.add(Outcome::Log, &path, what, COMPARE);
        return None;
    }
    let document = match LogDocument::read(&bytes, entry.kind == Kind::Withdrawal) {
        Ok(document) => document,
        Err(problem) => {
            findings.add(Outcome::Figures, &path, problem.to_string(), ASK);
            return None;
        }
    };
    if document.publication_id() != entry.id {
        findings.add(Outcome::Log, &path, "of another publication than its folder", COMPARE);
        return None;
    }
    let before = (place > 0).then(|| hex::encode(&root(&log.leaves[..place])));
    if document.previous_root() != before.as_deref() {
        findings.add(
            Outcome::Log,
            &path,
            "names another log before it than the one that was signed",
            COMPARE,
        );
    }
    Some(document)
}
