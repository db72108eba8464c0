//! The rules of a log as a whole.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_types::clock::{day_stamp, parse_day_stamp};

use super::finding::{ASK, COMPARE, Findings, Outcome};
use crate::key::origin;
use crate::ledger::Ledger;
use crate::note::Checkpoint;
use crate::paths;
use crate::period::CalendarPeriod;
use crate::publication::{FORMAT, LogDocument};
use crate::ratio::Ratio;

/// Checks that every document has its place: of one product and site, after what it corrects or withdraws. What a publication
/// corrects need not be in the log: figures that are held and then withdrawn are never shown, and the ledger charges them.
pub(super) fn order(documents: &[LogDocument], checkpoint: &Checkpoint, findings: &mut Findings) {
    let product = documents.first().map(LogDocument::product);
    let mut published = BTreeSet::new();
    let mut newest: BTreeMap<CalendarPeriod, u16> = BTreeMap::new();
    let mut withdrawn = BTreeSet::new();
    for document in documents {
        let path = paths::document(document);
        let mut broken = |what: &str| findings.add(Outcome::Figures, &path, what, ASK);
        if Some(document.product()) != product {
            broken("of another product than the first document of the log");
        }
        match document {
            LogDocument::Publication(publication) => {
                if origin(&publication.product.site) != checkpoint.origin {
                    broken("of another site than the log");
                }
                let is_new = published.insert(publication.id.as_str());
                let later =
                    document.parsed_id().and_then(|id| newest.insert(id.period, id.draw).zip(Some(id.draw)));
                if !is_new {
                    broken("twice in the log");
                } else if later.is_some_and(|(before, draw)| before > draw) {
                    broken("after a correction of it in the log");
                }
            }
            LogDocument::Withdrawal(withdrawal) => {
                let id = withdrawal.withdraws.as_str();
                if withdrawal.format != FORMAT {
                    broken("of a format that this program does not know");
                }
                if !published.contains(id) || !withdrawn.insert(id) {
                    broken("withdraws what is not before it in the log, or is withdrawn already");
                }
            }
        }
    }
}

/// Checks the ledger against the one that the documents give, and each sum against what a year may cost.
pub(super) fn losses(documents: &[LogDocument], found: &Ledger, findings: &mut Findings) {
    let product = documents.first().map_or(found.product.as_str(), LogDocument::product);
    let Some(expected) = Ledger::of(product, documents) else {
        findings.add(
            Outcome::Figures,
            paths::LEDGER,
            "the privacy losses of the documents cannot be added up",
            ASK,
        );
        return;
    };
    if *found != expected {
        let differs = found.entries.iter().zip(&expected.entries).find(|(found, expected)| found != expected);
        let what = match differs {
            Some((entry, _)) => format!("its entry of {} is not what the documents give", entry.id),
            None => "not what the documents give".to_owned(),
        };
        findings.add(Outcome::Figures, paths::LEDGER, what, COMPARE);
    }
    for entry in &expected.entries {
        let sums = Ratio::parse(&entry.year.rho).zip(Ratio::parse(&entry.year_at_most));
        if sums.is_none_or(|(year, at_most)| year > at_most) {
            let what = format!("with {} the twelve months cost more than {}", entry.id, entry.year_at_most);
            findings.add(Outcome::Figures, paths::LEDGER, what, ASK);
        }
    }
}

/// Checks that no publication is overdue on a day.
pub(super) fn due(documents: &[LogDocument], today: u32, findings: &mut Findings) {
    let publications = documents.iter().filter_map(|document| match document {
        LogDocument::Publication(publication) => Some(publication),
        LogDocument::Withdrawal(_) => None,
    });
    let newest = publications
        .filter_map(|publication| Some((parse_day_stamp(&publication.next_due)?, publication)))
        .max_by_key(|(due, _)| *due);
    if let Some((due, publication)) = newest.filter(|(due, _)| *due < today) {
        let what = format!("the next publication was due on {}", day_stamp(due));
        let remedy = "ask who publishes it for the next one; what is published stays as it is";
        findings.add(Outcome::Overdue, &paths::publication(&publication.id), what, remedy);
    }
}
