//! An entry of the journal as a kind, a product and a body.

use aboveboard_replay::{JournalEntry, NodeId, RemovalKind};
use aboveboard_store::StoreError;
use aboveboard_store::packed_version::{pack_version, unpack_version};
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion, ReleaseLine};

use crate::client::{RowWriter, Rows};
use crate::problem::malformed;

/// Why installations go, each at its stored number.
const REMOVALS: [RemovalKind; 4] =
    [RemovalKind::Erasure, RemovalKind::Amendment, RemovalKind::Clearing, RemovalKind::Retirement];

/// What the table calls the entries that say how far a collector is.
pub(super) const MARK: &str = "mark";

/// The kind of an entry as the table spells it, and its product.
pub(super) fn heading(entry: &JournalEntry) -> (&'static str, &str) {
    match entry {
        JournalEntry::Removal { product, .. } => ("removal", product),
        JournalEntry::Clearing { product } => ("clearing", product),
        JournalEntry::Named { product, .. } => ("named", product),
        JournalEntry::Unnamed { product, .. } => ("unnamed", product),
        JournalEntry::Line { product, .. } => ("line", product),
        JournalEntry::ItemErased { product, .. } => ("item-erased", product),
        JournalEntry::Retention { product, .. } => ("retention", product),
        JournalEntry::Retired { product, .. } => ("retired", product),
        JournalEntry::RetentionDay(_) => ("retention-day", ""),
        JournalEntry::IdsForgotten(_) => ("ids-forgotten", ""),
        JournalEntry::ReceiptsForgotten(_) => ("receipts-forgotten", ""),
        JournalEntry::Closed { .. } => ("closed", ""),
        JournalEntry::TakenOut { .. } => ("taken-out", ""),
        JournalEntry::Mark { .. } => (MARK, ""),
        JournalEntry::NodeRetired(_) => ("node-retired", ""),
        JournalEntry::Document { .. } => ("document", ""),
    }
}

/// What an entry says besides its product.
pub(super) fn body(entry: &JournalEntry) -> Vec<u8> {
    let mut body = RowWriter::default();
    match entry {
        JournalEntry::Removal { installation, kind, received, .. } => {
            let number = REMOVALS.iter().position(|known| known == kind).unwrap_or_default();
            body.u64(installation.0).u8(number as u8).i32(*received);
        }
        JournalEntry::Clearing { .. } => {}
        JournalEntry::Named { field, version, admitted, .. } => {
            let by = AdmittedBy::ALL.iter().position(|(known, _)| *known == admitted.by).unwrap_or_default();
            body.u8(field.is_some().into()).text(field.as_deref().unwrap_or_default());
            body.u64(pack_version(*version)).i32(admitted.day).u8(by as u8);
        }
        JournalEntry::Unnamed { version, is_erased, .. } => {
            body.u64(pack_version(*version)).u8((*is_erased).into());
        }
        JournalEntry::Line { line, .. } => {
            body.u32(line.major.into()).u32(line.minor.into());
        }
        JournalEntry::ItemErased { name, .. } => {
            body.text(name);
        }
        JournalEntry::Retention { days: day, .. }
        | JournalEntry::Retired { before: day, .. }
        | JournalEntry::RetentionDay(day)
        | JournalEntry::IdsForgotten(day)
        | JournalEntry::ReceiptsForgotten(day) => {
            body.i32(*day);
        }
        JournalEntry::Closed { shard, day, generation, sums, first_day, without } => {
            body.u32(*shard).i32(*day).u64(*generation).u64(*sums).i32(*first_day).length(without.len());
            for installation in without {
                body.u64(installation.0);
            }
        }
        JournalEntry::TakenOut { before, days, generation } => {
            body.i64(*before).i32(*days).u64(*generation);
        }
        JournalEntry::Mark { until, settled } => {
            body.i64(*until).u8(settled.is_some().into()).i64(settled.unwrap_or_default());
        }
        JournalEntry::NodeRetired(node) => {
            body.u64(node.0);
        }
        JournalEntry::Document { name, text } => {
            body.text(name).text(text);
        }
    }
    body.into_bytes()
}

/// The entry of a row.
///
/// # Errors
/// Where this program does not write such rows.
pub(super) fn read(kind: &str, product: &str, body: &[u8]) -> Result<JournalEntry, StoreError> {
    let mut body = Rows::new(body.to_vec());
    let entry = read_body(kind, product.to_owned(), &mut body)?;
    let (_, of_product) = heading(&entry);
    if body.is_at_end() && of_product == product { Ok(entry) } else { Err(foreign()) }
}

fn foreign() -> StoreError {
    malformed(
        "an entry of the journal is none that this program writes; use the newest program that is used at this cluster",
    )
}

fn read_body(kind: &str, product: String, body: &mut Rows) -> Result<JournalEntry, StoreError> {
    Ok(match kind {
        "removal" => {
            let installation = InstallationKey(body.u64()?);
            let kind = *REMOVALS.get(usize::from(body.u8()?)).ok_or_else(foreign)?;
            JournalEntry::Removal { product, installation, kind, received: body.i32()? }
        }
        "clearing" => JournalEntry::Clearing { product },
        "named" => {
            let has_field = flag(body)?;
            let field = body.text()?.to_owned();
            if !has_field && !field.is_empty() {
                return Err(foreign());
            }
            let version = version(body)?;
            let day = body.i32()?;
            let (by, _) = *AdmittedBy::ALL.get(usize::from(body.u8()?)).ok_or_else(foreign)?;
            let field = has_field.then_some(field);
            JournalEntry::Named { product, field, version, admitted: AdmittedVersion { day, by } }
        }
        "unnamed" => JournalEntry::Unnamed { product, version: version(body)?, is_erased: flag(body)? },
        "line" => {
            let mut number = || u16::try_from(body.u32()?).map_err(|_| foreign());
            JournalEntry::Line { product, line: ReleaseLine { major: number()?, minor: number()? } }
        }
        "item-erased" => JournalEntry::ItemErased { product, name: body.text()?.to_owned() },
        "retention" => JournalEntry::Retention { product, days: body.i32()? },
        "retired" => JournalEntry::Retired { product, before: body.i32()? },
        "retention-day" => JournalEntry::RetentionDay(body.i32()?),
        "ids-forgotten" => JournalEntry::IdsForgotten(body.i32()?),
        "receipts-forgotten" => JournalEntry::ReceiptsForgotten(body.i32()?),
        "closed" => JournalEntry::Closed {
            shard: body.u32()?,
            day: body.i32()?,
            generation: body.u64()?,
            sums: body.u64()?,
            first_day: body.i32()?,
            without: (0..body.length()?)
                .map(|_| body.u64().map(InstallationKey))
                .collect::<Result<_, _>>()?,
        },
        "taken-out" => {
            JournalEntry::TakenOut { before: body.i64()?, days: body.i32()?, generation: body.u64()? }
        }
        MARK => {
            let until = body.i64()?;
            let is_settled = flag(body)?;
            let settled = body.i64()?;
            if !is_settled && settled != 0 {
                return Err(foreign());
            }
            JournalEntry::Mark { until, settled: is_settled.then_some(settled) }
        }
        "node-retired" => JournalEntry::NodeRetired(NodeId(body.u64()?)),
        "document" => JournalEntry::Document { name: body.text()?.to_owned(), text: body.text()?.to_owned() },
        _ => return Err(foreign()),
    })
}

fn flag(body: &mut Rows) -> Result<bool, StoreError> {
    match body.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(foreign()),
    }
}

fn version(body: &mut Rows) -> Result<aboveboard_types::value::Version, StoreError> {
    let packed = body.u64()?;
    let version = unpack_version(packed);
    if pack_version(version) == packed { Ok(version) } else { Err(foreign()) }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::value::Version;
    use proptest::prelude::*;

    use super::*;

    fn entries() -> Vec<JournalEntry> {
        let product = || "quarry".to_owned();
        let version = Version { major: 1, minor: 2, patch: 3, ..Version::default() };
        let named = |field, (by, _): (AdmittedBy, _)| JournalEntry::Named {
            product: product(),
            field,
            version,
            admitted: AdmittedVersion { day: 20_000, by },
        };
        let mut entries: Vec<_> = REMOVALS
            .map(|kind| JournalEntry::Removal {
                product: product(),
                installation: InstallationKey(u64::MAX),
                kind,
                received: 20_001,
            })
            .into();
        entries.extend(AdmittedBy::ALL.map(|by| named(None, by)));
        entries.push(named(Some("job.engine".to_owned()), AdmittedBy::ALL[0]));
        entries.extend([
            JournalEntry::Clearing { product: product() },
            JournalEntry::Unnamed { product: product(), version, is_erased: true },
            JournalEntry::Line { product: product(), line: ReleaseLine { major: 65_535, minor: 7 } },
            JournalEntry::ItemErased { product: product(), name: "job.engine".to_owned() },
            JournalEntry::Retention { product: product(), days: 400 },
            JournalEntry::Retired { product: product(), before: -3 },
            JournalEntry::RetentionDay(20_002),
            JournalEntry::IdsForgotten(19_000),
            JournalEntry::ReceiptsForgotten(19_001),
            JournalEntry::Closed {
                shard: 3,
                day: 20_000,
                generation: 9,
                sums: 10,
                first_day: 19_990,
                without: vec![InstallationKey(1), InstallationKey(2)],
            },
            JournalEntry::TakenOut { before: 1_728_000_000, days: 19_999, generation: 1 << 60 },
            JournalEntry::Mark { until: 1_728_000_000, settled: None },
            JournalEntry::Mark { until: 1_728_000_000, settled: Some(1_728_003_600) },
            JournalEntry::NodeRetired(NodeId(5)),
            JournalEntry::Document { name: "manifest/quarry/1".to_owned(), text: "ä\n".repeat(100) },
        ]);
        entries
    }

    #[test]
    fn every_entry_is_read_as_it_was_written_and_none_with_a_byte_more_or_less() {
        for entry in entries() {
            let (kind, product) = heading(&entry);
            let mut bytes = body(&entry);
            assert_eq!(read(kind, product, &bytes).unwrap(), entry);
            bytes.push(0);
            assert!(read(kind, product, &bytes).is_err(), "{entry:?}");
            bytes.pop();
            assert!(bytes.pop().is_none() || read(kind, product, &bytes).is_err(), "{entry:?}");
        }
    }

    #[test]
    fn an_entry_of_no_kind_that_is_known_is_not_passed_over() {
        assert!(read("", "quarry", &[]).is_err());
        assert!(read("election", "quarry", &[]).is_err());
    }

    proptest! {
        #[test]
        fn bytes_that_read_as_an_entry_are_those_it_is_written_as(bytes: Vec<u8>) {
            for entry in entries() {
                let (kind, product) = heading(&entry);
                if let Ok(read) = read(kind, product, &bytes) {
                    prop_assert_eq!(body(&read).len(), bytes.len());
                }
            }
        }
    }
}
