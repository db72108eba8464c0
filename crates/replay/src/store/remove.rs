//! Taking out of closed days what the journal says is not there any more, in parts.
//!
//! Nothing that is asked for waits for this: who reads leaves out what was removed, by its rows. First the sums of closed days are written
//! anew without it; what stands in the journal says so. Then its rows go. One collector does this for all, so that no two of them write the
//! sums of one day at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, InstallationKey};
use aboveboard_store::{RemovalProgress, StoreError};

use super::close::is_its_turn;
use super::moment::{Moment, Shared};
use super::retire::note;
use crate::backend::Backend;
use crate::book::TakenOut;
use crate::closed::{CellKey, ClosedDays};
use crate::journal::JournalEntry;
use crate::order::Order;
use crate::rollup::each_cell;

/// A part ends with the day that passes this: applying what arrives waits for a part.
const MAX_PART: Duration = Duration::from_millis(300);

/// Most installations that one part looks for: their rows are held until the sums of each day are written.
const MAX_AT_ONCE: usize = 256;

/// What is done, of what the journal says goes and does not say is taken out. After a start it is found out anew: where nothing is left of
/// something, that is quick.
#[derive(Debug, Default)]
pub(super) struct Removals {
    /// The closed days that it was done in, by shard and day, with their generations.
    generations: BTreeMap<(u32, Day), u64>,
    installations: HashSet<Gone>,
    items: HashSet<(String, Order, String)>,
    clearings: HashMap<String, Order>,
    retired: HashMap<String, Day>,
}

/// An installation whose rows go: those before the last of its removals.
type Gone = (String, InstallationKey, Order);

/// The sums of a closed day that change: what is taken out of them, and who is not in them any more.
#[derive(Default)]
struct DayWithout {
    taken: Vec<(Arc<str>, CellKey, i64)>,
    installations: BTreeSet<InstallationKey>,
}

impl Removals {
    /// Does the next part. What is left is found by the next call.
    pub(super) fn part<B: Backend>(
        &mut self,
        shared: &Shared<B>,
        moment: &mut Moment,
    ) -> Result<RemovalProgress, StoreError> {
        let began = Instant::now();
        if moment.book.last_closed(shared.backend.shards()).is_none() || !is_its_turn(shared, moment) {
            return Ok(RemovalProgress::default());
        }
        self.notice_closed_days(moment);
        self.items(shared, moment)?;
        let gone: Vec<Gone> = self.pending(moment).take(MAX_AT_ONCE).collect();
        if gone.is_empty() {
            self.retired(shared, moment)?;
            self.say_so(shared, moment)?;
            return Ok(RemovalProgress::default());
        }
        let changes = changes(shared, moment, &gone)?;
        let mut days_left = changes.len() as u64;
        for ((shard, day), without) in changes {
            if began.elapsed() >= MAX_PART && days_left > 0 {
                moment.refresh(&*shared.backend)?;
                return Ok(RemovalProgress { cleared: 0, days_left, is_under_way: true });
            }
            write(shared, moment, shard, day, without)?;
            days_left -= 1;
        }
        moment.refresh(&*shared.backend)?;
        // Only where the journal shows that the sums lack them, their rows are not needed any more.
        if changes_left(shared, moment, &gone)? {
            return Ok(RemovalProgress { cleared: 0, days_left: 1, is_under_way: true });
        }
        shared.backend.delete_installations(&gone)?;
        self.installations.extend(gone);
        let is_under_way = self.pending(moment).next().is_some();
        if !is_under_way {
            self.retired(shared, moment)?;
            self.say_so(shared, moment)?;
        }
        Ok(RemovalProgress { cleared: 0, days_left: 0, is_under_way })
    }

    /// Days that were closed since hold what went behind them.
    fn notice_closed_days(&mut self, moment: &Moment) {
        for (shard, day, closed) in moment.book.closed_days() {
            if self.generations.insert((shard, day), closed.generation) == Some(closed.generation) {
                continue;
            }
            let is_done = |order: &Order| order.day() <= day;
            self.installations.retain(|(_, _, order)| is_done(order));
            self.items.retain(|(_, order, _)| is_done(order));
            self.clearings.retain(|_, order| is_done(order));
            self.retired.retain(|_, before| *before <= closed.first_day);
        }
    }

    /// Installations that may have rows left.
    fn pending<'p>(&'p self, moment: &'p Moment) -> impl Iterator<Item = Gone> + 'p {
        let taken_out = moment.book.taken_out();
        let products = moment.book.products();
        let all = products.flat_map(move |(product, of)| {
            let removed =
                of.all_removals().filter_map(|(installation, all)| Some((installation, all.last()?)));
            let left = removed.filter(move |(_, last)| !taken_out.has(last.order));
            left.map(move |(installation, last)| (product.to_owned(), installation, last.order))
        });
        all.filter(|gone| !self.installations.contains(gone))
    }

    /// Says that nothing is left of what went before all marks: that is known to all, and nothing joins it.
    fn say_so<B: Backend>(&self, shared: &Shared<B>, moment: &mut Moment) -> Result<(), StoreError> {
        let shards = shared.backend.shards();
        let (Some(before), Some(days)) = (moment.book.least_mark(), moment.book.last_closed(shards)) else {
            return Ok(());
        };
        let generation = moment.book.greatest_generation(days);
        let now = TakenOut { before, days, generation };
        let known = moment.book.taken_out();
        let of_installations = moment.book.products().flat_map(|(_, of)| of.all_removals());
        let places = of_installations.filter_map(|(_, all)| all.last().map(|last| last.order));
        let of_items = moment.book.products().flat_map(|(_, of)| of.items().iter().map(|(order, _)| *order));
        let of_clearings = moment.book.products().flat_map(|(_, of)| of.clearings().iter().copied());
        let mut all = places.chain(of_items).chain(of_clearings);
        if all.any(|place| now.has(place) && !known.has(place)) {
            drop(all);
            note(shared, moment, &[JournalEntry::TakenOut { before, days, generation }])?;
        }
        Ok(())
    }

    /// What goes by erased names, and what was noted of made-up data: as small as it is, it goes at once.
    fn items<B: Backend>(&mut self, shared: &Shared<B>, moment: &Moment) -> Result<(), StoreError> {
        let taken_out = moment.book.taken_out();
        for (product, of) in moment.book.products() {
            for (order, name) in of.items().iter().filter(|(order, _)| !taken_out.has(*order)) {
                let item = (product.to_owned(), *order, name.to_string());
                if !self.items.contains(&item) {
                    shared.backend.delete_item(product, name, order.day().saturating_sub(1))?;
                    self.items.insert(item);
                }
            }
            if let Some(order) = of.clearings().last()
                && !taken_out.has(*order)
                && self.clearings.get(product) != Some(order)
            {
                shared.backend.delete_synthetic_tallies(product, order.day().saturating_sub(1))?;
                self.clearings.insert(product.to_owned(), *order);
            }
        }
        Ok(())
    }

    /// Rows and sets of days that retention has passed over: nothing has to be taken out by them any more.
    fn retired<B: Backend>(&mut self, shared: &Shared<B>, moment: &Moment) -> Result<(), StoreError> {
        for (product, of) in moment.book.products() {
            let before = of.kept_from();
            if before > Day::MIN && self.retired.get(product) != Some(&before) {
                shared.backend.retire(product, before, &[])?;
                self.retired.insert(product.to_owned(), before);
            }
        }
        Ok(())
    }
}

/// What the sums of closed days have to lose, by shard and day.
fn changes<B: Backend>(
    shared: &Shared<B>,
    moment: &Moment,
    gone: &[Gone],
) -> Result<BTreeMap<(u32, Day), DayWithout>, StoreError> {
    let closed = shared.backend.closed(moment.book.entries())?;
    let shards = u64::from(shared.backend.shards());
    let mut changes: BTreeMap<(u32, Day), DayWithout> = BTreeMap::new();
    for (product, installations) in by_product(gone) {
        let Some(of) = moment.book.product(product) else { continue };
        let name: Arc<str> = Arc::from(product);
        closed.rows_of(product, &installations, Days::ALL, &mut |row| {
            let day = row.order.day();
            if of.is_taken_out(&row) && !closed.lacking(day, row.installation) {
                let shard = u32::try_from(row.installation.0 % shards).unwrap_or(0);
                let without = changes.entry((shard, day)).or_default();
                without.installations.insert(row.installation);
                each_cell(row.day, &row.context, &row.events, &mut |key, number| {
                    without.taken.push((Arc::clone(&name), key, number));
                });
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(changes)
}

fn changes_left<B: Backend>(shared: &Shared<B>, moment: &Moment, gone: &[Gone]) -> Result<bool, StoreError> {
    Ok(!changes(shared, moment, gone)?.is_empty())
}

fn by_product(gone: &[Gone]) -> BTreeMap<&str, Vec<InstallationKey>> {
    let mut all: BTreeMap<&str, Vec<InstallationKey>> = BTreeMap::new();
    for (product, installation, _) in gone {
        all.entry(product).or_default().push(*installation);
    }
    all
}

/// Writes the sums of a closed day anew, without what is taken out.
fn write<B: Backend>(
    shared: &Shared<B>,
    moment: &Moment,
    shard: u32,
    day: Day,
    without: DayWithout,
) -> Result<(), StoreError> {
    let closed = shared.backend.closed(moment.book.entries())?;
    let mut sums = sums_of(&*closed, moment, shard, day)?;
    for (product, key, number) in without.taken {
        if let Some(sum) = sums.get_mut(&(product, key)) {
            *sum = sum.saturating_sub(number);
        }
    }
    let cells = sums.into_iter().filter(|(_, sum)| *sum != 0);
    let cells: Vec<_> = cells.map(|((product, key), sum)| (product, key, sum)).collect();
    let known = moment.book.closed(shard, day).map(|closed| closed.without.clone()).unwrap_or_default();
    let all: Vec<_> = known.union(&without.installations).copied().collect();
    shared.backend.close_again(shard, day, &cells, &all)
}

/// Sums by product and what they are about.
pub(super) type SumsOfDay = BTreeMap<(Arc<str>, CellKey), i64>;

/// The sums of a closed day, without what goes by names that were erased behind it.
pub(super) fn sums_of(
    closed: &dyn ClosedDays,
    moment: &Moment,
    shard: u32,
    day: Day,
) -> Result<SumsOfDay, StoreError> {
    let mut sums = SumsOfDay::new();
    closed.sums_of_day(shard, day, &mut |product, key, number| {
        let of = moment.book.product(product);
        if of.is_some_and(|of| of.items_behind(Order::end_of(day)).any(|name| key.goes_by(name))) {
            return;
        }
        let sum = sums.entry((Arc::from(product), key.clone())).or_default();
        *sum = sum.saturating_add(number);
    })?;
    Ok(sums)
}
