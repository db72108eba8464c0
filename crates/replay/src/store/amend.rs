//! What an operator changes, as entries of the journal.

use std::collections::BTreeSet;

use aboveboard_store::StoreError;
use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::day_of;
use aboveboard_store::entry::Clearing;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion};
use aboveboard_types::value::Version;

use super::moment::{Moment, Shared};
use crate::backend::Backend;
use crate::journal::{JournalEntry, RemovalKind};

/// What clears away made-up data: who was only ever seen in synthetic batches goes, with what was noted of such.
pub(super) fn clear<B: Backend>(
    shared: &Shared<B>,
    moment: &Moment,
    clearing: &Clearing,
) -> Result<Vec<JournalEntry>, StoreError> {
    let product = &clearing.product;
    let gone = moment.view(shared)?.synthetic(product)?;
    let mut entries = removals(product, &gone, RemovalKind::Clearing, clearing.received);
    entries.push(JournalEntry::Clearing { product: product.clone() });
    Ok(entries)
}

/// What a change comes to. `report_interval` is that of servers, in seconds.
pub(super) fn amend<B: Backend>(
    shared: &Shared<B>,
    moment: &Moment,
    amendment: &Amendment,
    report_interval: u64,
) -> Result<Vec<JournalEntry>, StoreError> {
    let Amendment { product, received, change } = amendment;
    let day = day_of(*received);
    let named = |field: Option<&String>, version: Version| JournalEntry::Named {
        product: product.clone(),
        field: field.cloned(),
        version,
        admitted: AdmittedVersion { day, by: AdmittedBy::Operator },
    };
    Ok(match change {
        Change::EraseUnverified | Change::EraseSince(_) | Change::EraseVersion(_) => {
            let view = moment.view(shared)?;
            let gone = view.gone_by(product, change, day, report_interval)?;
            let freed = view.freed_by(product, &gone)?;
            let unnamed = |version, is_erased| {
                let product = product.clone();
                JournalEntry::Unnamed { product, version, is_erased }
            };
            let mut entries: Vec<_> = freed.into_iter().map(|version| unnamed(version, false)).collect();
            entries.extend(removals(product, &gone, RemovalKind::Amendment, *received));
            if let Change::EraseVersion(version) = change {
                entries.push(unnamed(*version, true));
            }
            entries
        }
        Change::EraseItem(name) => {
            vec![JournalEntry::ItemErased { product: product.clone(), name: name.clone() }]
        }
        Change::AdmitVersion(version) => vec![named(None, *version)],
        Change::AdmitValue(field, version) => vec![named(Some(field), *version)],
        Change::NameLine(line) => vec![JournalEntry::Line { product: product.clone(), line: *line }],
    })
}

fn removals(
    product: &str,
    gone: &BTreeSet<InstallationKey>,
    kind: RemovalKind,
    received: i64,
) -> Vec<JournalEntry> {
    let received = day_of(received);
    let removal = |installation: &InstallationKey| JournalEntry::Removal {
        product: product.to_owned(),
        installation: *installation,
        kind,
        received,
    };
    gone.iter().map(removal).collect()
}
