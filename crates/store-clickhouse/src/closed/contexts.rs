//! Every context that closed days have.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use aboveboard_replay::{SentContext, SetAxis};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, ReadResult};

use super::cache::{About, Kept, Question};
use super::days::ClusterDays;
use super::generations::{Holding, Of};
use super::sql::{quoted, within};
use super::tables::{CONTEXT, MEMBER, ROW_DAYS, TALLY, TOTAL};
use super::tally::NOTE;
use crate::problem::malformed;

/// Contexts by part of the days: those of one partition.
type ByPart = BTreeMap<i32, HashSet<Arc<SentContext>>>;

impl ClusterDays<'_> {
    pub(super) fn read_contexts(&self, product: &str) -> ReadResult<Vec<Arc<SentContext>>> {
        let read = || {
            let mut contexts = self.active_contexts(product)?;
            contexts
                .extend(self.read_retired(product, Days::ALL)?.into_iter().map(|(_, context, _)| context));
            for (shard, table, is_read) in self.read_everywhere([(TOTAL, Of::Sums), (TALLY, Of::Rows)]) {
                let wanted =
                    if table.name == TALLY.name { format!("kind = {NOTE} AND ") } else { String::new() };
                let sql = format!(
                    "SELECT {CONTEXT} FROM {} WHERE product = {} AND {wanted}{is_read} GROUP BY {CONTEXT}",
                    table.name,
                    quoted(product)
                );
                let mut rows = self.ask(shard, &sql)?;
                let mut interned = self.remembered.interned();
                while !rows.is_at_end() {
                    contexts.extend(interned.context(&mut rows)?);
                }
            }
            Ok(Kept::Contexts(Arc::new(contexts.into_iter().collect())))
        };
        match self.remembered(product, About::Contexts, Of::Sums, read)? {
            Kept::Contexts(contexts) => Ok(contexts.to_vec()),
            _ => Err(malformed("it is the answer to another question")),
        }
    }

    /// The contexts in which anybody was active: whoever is in any set is among those. There is a member for each installation and day, so what
    /// was found is kept by part of the days, and a day that is closed has the last parts alone read anew.
    fn active_contexts(&self, product: &str) -> ReadResult<HashSet<Arc<SentContext>>> {
        let question = |part| Question { product: product.into(), about: About::ActiveContexts, day: part };
        let mut contexts = HashSet::new();
        let mut missing = Vec::new();
        for part in self.parts() {
            match self.remembered.cache.find(&question(part), self.fingerprint_of_part(part)) {
                Some(Kept::Contexts(found)) => contexts.extend(found.iter().cloned()),
                _ => missing.push(part),
            }
        }
        let (Some(first), Some(last)) = (missing.first(), missing.last()) else { return Ok(contexts) };
        let mut read = self.fetch_active(product, days_of(*first, *last))?;
        for part in missing {
            let found: Vec<_> = read.remove(&part).unwrap_or_default().into_iter().collect();
            contexts.extend(found.iter().cloned());
            let kept = Kept::Contexts(Arc::new(found));
            self.remembered.cache.keep(question(part), self.fingerprint_of_part(part), kept);
        }
        Ok(contexts)
    }

    /// The parts that can have events, ascending.
    fn parts(&self) -> BTreeSet<i32> {
        let spans = self.generations.spans(Holding::Anything);
        spans.iter().flat_map(|days| days.first / ROW_DAYS..=days.last / ROW_DAYS).collect()
    }

    /// A number that changes whenever who was active in a part of the days can have changed. Members are deleted some time after the sums were
    /// closed without them, so for some days behind a removal each closing changes it.
    fn fingerprint_of_part(&self, part: i32) -> u64 {
        let Days { first, last } = days_of(part, part);
        let days = (first..=last).map(|day| self.generations.fingerprint_of_day(Of::Sums, day));
        let sum = days.fold(0, u64::wrapping_add);
        if self.generations.removals().is_empty() {
            return sum;
        }
        sum.wrapping_add(self.generations.fingerprint(Of::Sums, Holding::Anything))
    }

    fn fetch_active(&self, product: &str, days: Days) -> ReadResult<ByPart> {
        let mut contexts = ByPart::new();
        for shard in self.shards() {
            let Some(is_read) = self.is_read(shard, Of::Rows, Holding::Events(days)) else { continue };
            let sql = format!(
                "SELECT toInt32(intDiv(event_day, {ROW_DAYS})) AS part, {CONTEXT} FROM {} \
                 WHERE product = {} AND axis = {} AND {} AND {is_read} GROUP BY part, {CONTEXT}",
                MEMBER.name,
                quoted(product),
                SetAxis::Active as u8,
                within("event_day", days)
            );
            let mut rows = self.ask(shard, &sql)?;
            let mut interned = self.remembered.interned();
            while !rows.is_at_end() {
                let part = rows.i32()?;
                contexts.entry(part).or_default().extend(interned.context(&mut rows)?);
            }
        }
        Ok(contexts)
    }
}

/// The days of some parts.
fn days_of(first: i32, last: i32) -> Days {
    let begin: Day = first.saturating_mul(ROW_DAYS);
    Days { first: begin, last: last.saturating_mul(ROW_DAYS).saturating_add(ROW_DAYS - 1) }
}
