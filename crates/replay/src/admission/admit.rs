//! Admitting batches, and hearing what bears on that.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::facts::Facts;
use aboveboard_store::limits::MAX_DROPS;
use aboveboard_store::read::{InstallationKey, QualityNote, RequestSum};
use aboveboard_store::sums::Summed;
use aboveboard_store::verification::Standing;

use super::books::Asking;
use super::contexts::Contexts;
use super::events::{EventNames, weight_of};
use super::product::Product;
use crate::batch::{Batch, SentContext, SentKind};
use crate::imported::{ImportedTombstones, ImportedWeight};
use crate::journal::{JournalEntry, RemovalKind};
use crate::key::ClusterKey;
use crate::order::Order;
use crate::outcome::Outcome;

/// Under what the weight of dropped events is known.
const DROPS: &str = "drops";

/// What one collector knows to give batches their names and bounds.
#[derive(Debug)]
pub struct Admission {
    key: ClusterKey,
    products: HashMap<String, Product>,
    /// Who was erased before this cluster was there.
    tombstones: ImportedTombstones,
}

/// What open days know of the sender of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The first day of receipt of its installation; none where nothing of it came before.
    pub received: Option<Day>,
    /// Whether a batch with its key came before.
    pub is_known_batch: bool,
    /// Whether its installation was erased, and a retry may come.
    pub is_erased: bool,
}

impl Admission {
    /// Before anything is heard.
    #[must_use]
    pub fn new(key: ClusterKey) -> Self {
        Self { key, products: HashMap::new(), tombstones: ImportedTombstones::default() }
    }

    /// Hears an entry of the journal, of this collector or of another one. In which order entries come, and how often, makes no difference
    /// to which versions have names.
    pub fn hear(&mut self, order: Order, entry: &JournalEntry) {
        match entry {
            JournalEntry::Named { product, field, version, admitted } => {
                self.product(product).books.named(field.as_deref(), *version, order, *admitted);
            }
            JournalEntry::Unnamed { product, version, .. } => {
                self.product(product).books.unnamed(*version, order);
            }
            JournalEntry::Line { product, line } => {
                self.product(product).books.lines.insert(*line);
            }
            JournalEntry::Retired { product, before } => {
                let product = self.product(product);
                product.kept_from = product.kept_from.max(*before);
            }
            JournalEntry::IdsForgotten(before) => {
                self.products.values_mut().for_each(|product| product.weights.forget(*before));
                self.tombstones.forget(*before);
            }
            JournalEntry::Document { name, text } => {
                self.tombstones.hear(name, text);
                let (product, weights) = ImportedWeight::read(name, text).unwrap_or_default();
                for ImportedWeight { day, verified, others, what } in weights {
                    let known = &mut self.product(product).weights;
                    known.add(&what, day, true, verified);
                    known.add(&what, day, false, others);
                }
            }
            // An operator made room.
            JournalEntry::Clearing { product }
            | JournalEntry::Removal {
                product, kind: RemovalKind::Amendment | RemovalKind::Clearing, ..
            } => {
                self.product(product).contexts = Contexts::default();
            }
            _ => {}
        }
    }

    /// Takes a context for known in which something of a product counts: there must be no room for it anew.
    pub fn know(&mut self, product: &str, context: &Arc<SentContext>) {
        self.product(product).contexts.know(context);
    }

    /// Gives what arrived its names and bounds, and says which versions have names by it. Of a batch that came before, or of an erased
    /// installation, no version gets one. How much strangers have left to add depends on what was [counted](Self::count) before.
    pub fn admit(&mut self, facts: &Facts<'_>, order: Order, sender: &Sender) -> (Batch, Vec<JournalEntry>) {
        let installation = self.key.of_installation(&facts.product, facts.installation);
        let key = self.key.clone();
        let removed = self.removed_before(facts, installation, sender);
        let product = self.product(&facts.product);
        let first = sender.received.unwrap_or(facts.received);
        let component = facts.header.component;
        let standing = Standing::on(facts.received, first, component, facts.terms.report_interval);
        let asking = Asking { order, received: facts.received, standing, terms: facts.terms };
        let gives_names = !sender.is_known_batch && !sender.is_erased && removed.is_empty();
        let version = facts.header.version;
        let mut named = removed;
        let has_name = if gives_names {
            let (has_name, admitted) = product.books.decide(None, version, &asking);
            named.extend(admitted.map(|admitted| JournalEntry::Named {
                product: facts.product.to_string(),
                field: None,
                version,
                admitted,
            }));
            has_name
        } else {
            product.books.has(None, version)
        };
        let context = product.contexts.of(&facts.header, has_name, standing);
        let drops = facts.drops.iter().map(|(reason, number)| {
            let left = match standing {
                Standing::Verified => u64::MAX,
                Standing::Unverified => product.weights.of(DROPS, facts.received).left(MAX_DROPS),
            };
            (*reason, *number, left)
        });
        let drops = drops.collect();
        let name = Arc::clone(&product.name);
        let mut names =
            EventNames { key: &key, product, facts, sender: installation, asking, gives_names, named };
        let events = facts.events.iter().map(|event| names.event(event)).collect();
        let batch = Batch {
            product: name,
            order,
            installation,
            key: facts.key,
            events_hash: facts.events_hash,
            received_at: facts.received_at,
            sequence: facts.sequence,
            context,
            sent_version: version,
            sent: facts.sent,
            refused: facts.refused,
            unplaced: facts.unplaced,
            drops,
            max_reports: facts.terms.max_reports_a_day(),
            publishes: facts.terms.publishes,
            presence: facts.presence,
            events,
        };
        (batch, names.named)
    }

    /// That the sender of a batch was erased before this cluster was there, if it was: from now on it is known by what stands for it here.
    fn removed_before(
        &self,
        facts: &Facts<'_>,
        installation: InstallationKey,
        sender: &Sender,
    ) -> Vec<JournalEntry> {
        if sender.is_erased || sender.is_known_batch {
            return Vec::new();
        }
        let erased = self.tombstones.of(&facts.product, facts.installation);
        let removal = erased.map(|received| JournalEntry::Removal {
            product: facts.product.to_string(),
            installation,
            kind: RemovalKind::Erasure,
            received,
        });
        removal.into_iter().collect()
    }

    /// Notes what was counted of a batch that this collector admitted. Each is counted once, when its outcome is first known: before the
    /// next one of its product is admitted, no stranger adds more than is left.
    pub fn count(&mut self, batch: &Batch, outcome: &Outcome) {
        let received = day_of(batch.received_at);
        let weights = &mut self.product(&batch.product).weights;
        // Only to strangers a bound is given.
        let mut has_bound = batch.drops.iter().map(|(_, _, left)| *left != u64::MAX);
        let is_verified = !has_bound.next().unwrap_or(false);
        for (note, n) in &outcome.notes {
            if let QualityNote::Dropped(_) = note {
                weights.add(DROPS, received, is_verified, *n);
            }
        }
        let timings = batch.events.iter().filter_map(|event| match &event.what {
            SentKind::Report { timings: Some(timings), .. } => Some(timings),
            _ => None,
        });
        let timings: BTreeMap<&str, bool> = timings
            .flat_map(|timings| &timings.of)
            .map(|timing| (&*timing.name, timing.left == [u64::MAX; 2]))
            .collect();
        for (timing, is_verified) in timings {
            for (of, n) in Summed::ALL.into_iter().zip(served(outcome, timing)) {
                weights.add(&weight_of(timing, of), received, is_verified, n);
            }
        }
    }

    fn product(&mut self, name: &str) -> &mut Product {
        self.products.entry(name.to_owned()).or_insert_with(|| Product::new(name))
    }
}

/// The requests of a timing that were counted, and the longest of their times.
fn served(outcome: &Outcome, timing: &str) -> [u64; 2] {
    let mut requests = 0_u64;
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    let events = outcome.rows.iter().flat_map(|row| &row.events);
    for sum in events
        .filter_map(|event| match &event.what {
            SentKind::Requests(sums) => Some(sums),
            _ => None,
        })
        .flatten()
    {
        let Some(rest) = sum.name.strip_prefix(timing) else { continue };
        // The whole time has the name of the timing alone, a part stands behind a dot.
        let part = match rest.strip_prefix('.') {
            Some(part) => part.split_once(' ').map_or(part, |(part, _)| part),
            None if rest.starts_with(' ') => "",
            None => continue,
        };
        match sum.sum {
            RequestSum::Requests(n) => requests = requests.saturating_add(n),
            RequestSum::Milliseconds(n) => {
                let all = times.entry(part).or_default();
                *all = all.saturating_add(n);
            }
        }
    }
    [requests, times.into_values().max().unwrap_or(0)]
}
