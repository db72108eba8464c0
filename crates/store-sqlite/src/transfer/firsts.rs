//! What is known of all time: when batches of a component began and last came, and since when there is data of a version of which
//! nothing is left.

use std::sync::Arc;

use aboveboard_replay::{Naming, SentContext, TallyKey, TallyKind};
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::words::Words;
use crate::{dictionary, query, versions};

/// Adds what hangs on no day.
pub(super) fn read(connection: &Connection, words: &Words, parts: &mut Parts) -> Result<()> {
    for product in words.products() {
        let sql = "SELECT component, synthetic, first, last FROM batch_ends WHERE product = ?1";
        query::each(connection, sql, [product.number], |row| {
            let component = dictionary::component(row.get_ref(0)?.as_str()?);
            let is_synthetic = row.get(1)?;
            for (kind, at) in [
                (TallyKind::Began(component, is_synthetic), row.get(2)?),
                (TallyKind::Last(component, is_synthetic), row.get(3)?),
            ] {
                parts.tally(&product.name, TallyKey { kind, period: 0 }, at);
            }
            Ok(())
        })?;
        for (version, first) in lost_firsts(connection, product.number)? {
            let mut of_version: Vec<_> = words
                .contexts()
                .filter(|(_, context)| context.version == unpack_version(version))
                .map(|(number, context)| (context.marks.has(Mark::Synthetic), number, context))
                .collect();
            of_version.sort_unstable_by_key(|(is_synthetic, number, _)| (*is_synthetic, *number));
            let known = of_version.first().map(|(_, _, context)| Arc::clone(context));
            let context = known.unwrap_or_else(|| Arc::new(context_of(version)));
            let key = TallyKey { kind: TallyKind::Since(context), period: 0 };
            parts.tally(&product.name, key, first.into());
        }
    }
    Ok(())
}

/// The first days of versions whose data of that day is gone.
fn lost_firsts(connection: &Connection, product: u32) -> Result<Vec<(u64, Day)>> {
    let mut lost = Vec::new();
    for (version, first) in versions::first_days(connection, product)? {
        let version = versions::version_key(version);
        let sql = "SELECT EXISTS (SELECT 1 FROM context WHERE product = ?1 AND version_key = ?2 AND id IN ( \
                       SELECT context FROM active WHERE product = ?1 AND day = ?3 \
                       UNION SELECT context FROM closed WHERE product = ?1 AND day = ?3))";
        if !query::value::<bool>(connection, sql, (product, version, first))? {
            lost.push((u64::try_from(version).unwrap_or(0), first));
        }
    }
    Ok(lost)
}

/// A context of a version of which none is left.
fn context_of(version: u64) -> SentContext {
    SentContext {
        component: Component::Server,
        version: unpack_version(version),
        naming: Naming::Named,
        os: "".into(),
        arch: "".into(),
        marks: Marks::from_bits(0),
    }
}
