//! Questions about names: products, contexts, versions.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aboveboard_store::calendar::Day;
use aboveboard_store::context::Context;
use aboveboard_store::read::{Days, InstallationKey, NamedVersion, ReadResult};
use aboveboard_store::versions::{AdmittedBy, OTHER};
use aboveboard_types::value::Version;

use super::moment::{Moment, Origin};
use super::retirement::retired_and_cleared;
use crate::batch::{Naming, SentContext};
use crate::book::Book;
use crate::closed::{ClosedDays, Periods, SetAxis, TallyKind};
use crate::journal::RemovalKind;
use crate::open_days::OpenDays;
use crate::order::Order;
use crate::product_book::ProductBook;

/// The products of which there ever was anything, by name.
pub(super) fn products(open: &OpenDays, closed: &dyn ClosedDays, book: &Book) -> ReadResult<Vec<String>> {
    let mut all: BTreeSet<String> = closed.products()?.into_iter().collect();
    all.extend(open.rollup().products().map(|(product, _)| product.to_string()));
    let is_named = |of: &ProductBook| {
        of.all_removals().next().is_some()
            || of.versions().next().is_some()
            || !(of.clearings().is_empty() && of.items().is_empty() && of.lines().is_empty())
    };
    all.extend(book.products().filter(|(_, of)| is_named(of)).map(|(product, _)| product.to_owned()));
    Ok(all.into_iter().collect())
}

/// The versions of the product that have names, with why.
fn named(moment: &Moment<'_>) -> BTreeMap<Version, AdmittedBy> {
    let own = moment.of.versions().filter(|named| named.field.is_none());
    own.map(|NamedVersion { version, admitted, .. }| (version, admitted.by)).collect()
}

pub(super) fn contexts(moment: &Moment<'_>) -> ReadResult<Vec<Context>> {
    let named = named(moment);
    let has_name = |context: &SentContext| match context.naming {
        // What lost its name counts as `other`, also on closed days.
        Naming::Named => named.contains_key(&context.version) || moment.of.unnamed(context.version).is_none(),
        Naming::Other => named.get(&context.version) == Some(&AdmittedBy::Operator),
        Naming::Unkept => false,
    };
    let mut all: HashSet<Context> = HashSet::new();
    for context in moment.closed.contexts(moment.product)? {
        all.insert(context.counted(has_name(&context)));
    }
    if let Some(open) = moment.rollup() {
        let of_cells = open.cells().map(|(key, _)| &key.context);
        let of_sets = open.sets().filter_map(|(key, _)| key.context.as_ref());
        let of_notes = open.tallies().filter_map(|(key, _)| match &key.kind {
            TallyKind::Note(_, context) => Some(context),
            _ => None,
        });
        all.extend(of_cells.chain(of_sets).map(|context| moment.counted(context, Origin::Open)));
        all.extend(of_notes.map(|context| moment.noted(context, Origin::Open)));
    }
    Ok(all.into_iter().collect())
}

/// The first day of which there is or was data of each version that has a name.
pub(super) fn first_days_of_versions(moment: &Moment<'_>) -> ReadResult<Vec<(Version, Day)>> {
    let named = named(moment);
    let mut first: BTreeMap<Version, Day> = BTreeMap::new();
    let mut add = |context: &SentContext, origin, day: Day| {
        let version = moment.counted(context, origin).version;
        if version != OTHER && named.contains_key(&version) {
            let known = first.entry(version).or_insert(day);
            *known = day.min(*known);
        }
    };
    // Where an operator took data out, versions begin with what was left then.
    let anew = found_anew(moment);
    let is_before = |origin| matches!(origin, Origin::Closed(day) if anew > Some(Order::end_of(day)));
    moment.tallies(Periods { first: 1, last: 0 }, &mut |key, origin, day| {
        if let TallyKind::Since(context) = &key.kind
            && !is_before(origin)
        {
            add(context, origin, Day::try_from(day).unwrap_or(Day::MAX));
        }
    })?;
    if let Some(anew) = anew {
        let periods = Periods { first: Day::MIN, last: anew.day() };
        moment.closed.members(moment.product, SetAxis::Active, None, periods, &mut |key, day, members| {
            let origin = Origin::Closed(day);
            let Some(context) = key.context.as_ref().filter(|_| is_before(origin)) else { return };
            // What went since was there then.
            let is_there = |installation: InstallationKey| {
                let removal = moment.removal_behind(installation, Order::end_of(day));
                removal.is_none_or(|it| it.kind == RemovalKind::Retirement || it.order > anew)
            };
            let is_any_there = moment.numbers.keys(members.members()).into_iter().any(is_there);
            if is_any_there && !retired_and_cleared(moment, key.period, context) {
                add(context, origin, key.period);
            }
        })?;
        let origin = moment.closed.last().map_or(Origin::Open, Origin::Closed);
        for (day, context, _) in moment.closed.retired(moment.product, Days::ALL)? {
            if !retired_and_cleared(moment, day, &context) {
                add(&context, origin, day);
            }
        }
    }
    Ok(first.into_iter().collect())
}

/// Where the first days of versions were last found anew in what was left: where an operator took installations out or cleared away what
/// was made up.
fn found_anew(moment: &Moment<'_>) -> Option<Order> {
    let removals = moment.of.all_removals().flat_map(|(_, removals)| removals);
    let by_operator = removals.filter(|removal| removal.kind == RemovalKind::Amendment);
    by_operator.map(|removal| removal.order).chain(moment.of.clearings().iter().copied()).max()
}

/// The versions that nobody is left with but those that go, of those that were named by their turn.
pub(super) fn freed(moment: &Moment<'_>, gone: &BTreeSet<InstallationKey>) -> ReadResult<Vec<Version>> {
    let mut is_left: BTreeMap<Version, bool> = BTreeMap::new();
    let periods = moment.kept(Days::ALL).into();
    moment.members(SetAxis::Active, None, periods, &mut |key, origin, installation| {
        if let Some(context) = &key.context {
            let version = moment.counted(context, origin).version;
            *is_left.entry(version).or_default() |= !gone.contains(&installation);
        }
    })?;
    let origin = moment.closed.last().map_or(Origin::Open, Origin::Closed);
    for (day, context, _) in moment.closed.retired(moment.product, Days::ALL)? {
        if !retired_and_cleared(moment, day, &context) {
            is_left.insert(moment.counted(&context, origin).version, true);
        }
    }
    let by_turn = named(moment).into_iter().filter(|(_, by)| *by <= AdmittedBy::Verified);
    let free = by_turn.filter(|(version, _)| is_left.get(version) == Some(&false));
    Ok(free.map(|(version, _)| version).collect())
}
