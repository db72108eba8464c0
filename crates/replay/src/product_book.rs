//! What the journal says of one product.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{InstallationKey, NamedVersion};
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion, OTHER, ReleaseLine};
use aboveboard_types::value::Version;

use crate::batch::Naming;
use crate::closed::ClosedRow;
use crate::journal::RemovalKind;
use crate::order::Order;

/// What the journal says of one product. Everything is in the order.
#[derive(Clone, Debug, Default)]
pub struct ProductBook {
    removals: BTreeMap<InstallationKey, Vec<Removal>>,
    pub(crate) clearings: Vec<Order>,
    /// The names of its own versions are under the field without a name.
    names: BTreeMap<Arc<str>, NameChanges>,
    /// Where an operator named a version, also one of a field, or one lost its name: what came before is counted or noted otherwise
    /// from there on.
    renamings: Vec<Order>,
    pub(crate) lines: BTreeSet<ReleaseLine>,
    pub(crate) items: Vec<(Order, Arc<str>)>,
    pub(crate) retention: Option<Day>,
    pub(crate) retired: Vec<(Order, Day)>,
}

/// What happened to the names of the versions of one field.
type NameChanges = BTreeMap<Version, Vec<(Order, NameChange)>>;

/// That what an installation sent before goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Its place.
    pub order: Order,
    /// Why.
    pub kind: RemovalKind,
    /// The day of receipt of what asked for it.
    pub received: Day,
}

/// What happened to the name of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameChange {
    Named(AdmittedVersion),
    Unnamed { is_erased: bool },
}

/// Inserts something where it stands in the order, behind what is at its place already.
pub(crate) fn insert<T>(all: &mut Vec<T>, one: T, order_of: impl Fn(&T) -> Order) {
    let order = order_of(&one);
    let place = all.partition_point(|of| order_of(of) <= order);
    all.insert(place, one);
}

impl ProductBook {
    pub(crate) fn remove(
        &mut self,
        installation: InstallationKey,
        order: Order,
        kind: RemovalKind,
        received: Day,
    ) {
        let removal = Removal { order, kind, received };
        insert(self.removals.entry(installation).or_default(), removal, |of| of.order);
    }

    pub(crate) fn name(
        &mut self,
        field: Option<&str>,
        version: Version,
        order: Order,
        admitted: AdmittedVersion,
    ) {
        self.change(field.unwrap_or_default(), version, order, NameChange::Named(admitted));
    }

    pub(crate) fn unname(&mut self, version: Version, order: Order, is_erased: bool) {
        self.change("", version, order, NameChange::Unnamed { is_erased });
    }

    fn change(&mut self, field: &str, version: Version, order: Order, change: NameChange) {
        let is_renaming = match change {
            NameChange::Named(admitted) => admitted.by == AdmittedBy::Operator,
            NameChange::Unnamed { .. } => true,
        };
        if is_renaming {
            insert(&mut self.renamings, order, |of| *of);
        }
        let versions = self.names.entry(Arc::from(field)).or_default();
        insert(versions.entry(version).or_default(), (order, change), |(of, _)| *of);
    }

    /// The removals of an installation, in the order.
    #[must_use]
    pub fn removals(&self, installation: InstallationKey) -> &[Removal] {
        self.removals.get(&installation).map_or(&[], Vec::as_slice)
    }

    /// Every installation with a removal, with its removals in the order.
    pub fn all_removals(&self) -> impl Iterator<Item = (InstallationKey, &[Removal])> {
        self.removals.iter().map(|(installation, removals)| (*installation, removals.as_slice()))
    }

    /// The last removal of an installation, if it stands behind a place of the order: what it has from there is void.
    #[must_use]
    pub fn removal_behind(&self, installation: InstallationKey, place: Order) -> Option<&Removal> {
        self.removals(installation).last().filter(|removal| removal.order > place)
    }

    /// Whether the sums of its closed day must not hold a row: its installation was removed behind that day, and not by retention, which
    /// leaves sums as they are.
    #[must_use]
    pub fn is_taken_out(&self, row: &ClosedRow) -> bool {
        let place = Order::end_of(row.order.day());
        // The first removal decides: what is behind it found nothing of what was before.
        let first = self.removals(row.installation).iter().find(|removal| removal.order > place);
        first.is_some_and(|first| {
            first.kind != RemovalKind::Retirement && row.day >= self.kept_from_at(first.order)
        })
    }

    /// Where synthetic data was cleared away.
    #[must_use]
    pub fn clearings(&self) -> &[Order] {
        &self.clearings
    }

    /// Whether what was noted of synthetic batches at a place of the order is cleared away.
    #[must_use]
    pub fn is_cleared(&self, place: Order) -> bool {
        self.clearings.last().is_some_and(|clearing| *clearing > place)
    }

    /// The names that went, each with its place.
    #[must_use]
    pub fn items(&self) -> &[(Order, Arc<str>)] {
        &self.items
    }

    /// The names that went behind a place of the order.
    pub fn items_behind(&self, place: Order) -> impl Iterator<Item = &str> {
        let behind = self.items.iter().filter(move |(order, _)| *order > place);
        behind.map(|(_, name)| &**name)
    }

    /// The release lines that an operator named.
    #[must_use]
    pub fn lines(&self) -> &BTreeSet<ReleaseLine> {
        &self.lines
    }

    /// How many days data of it may stay, where that is known.
    #[must_use]
    pub fn retention(&self) -> Option<Day> {
        self.retention
    }

    /// What retention passed over: before which day nothing is placed any more by what stands behind each place.
    #[must_use]
    pub fn retired(&self) -> &[(Order, Day)] {
        &self.retired
    }

    /// The first day on which something is placed that stands at a place of the order.
    #[must_use]
    pub fn kept_from_at(&self, place: Order) -> Day {
        let before = self.retired.iter().take_while(|(order, _)| *order <= place);
        before.map(|(_, day)| *day).max().unwrap_or(Day::MIN)
    }

    /// The first day whose rows are kept.
    #[must_use]
    pub fn kept_from(&self) -> Day {
        self.retired.iter().map(|(_, day)| *day).max().unwrap_or(Day::MIN)
    }

    /// Whether a version counts under its own name that was counted in this way at a place of the order. The field is `event.field`; none
    /// for a version of the product itself.
    #[must_use]
    pub fn has_name(&self, field: Option<&str>, version: Version, naming: Naming, place: Order) -> bool {
        if version == OTHER || naming == Naming::Unkept {
            return version == OTHER;
        }
        let changes = self.names.get(field.unwrap_or_default()).and_then(|versions| versions.get(&version));
        let mut is_named = naming == Naming::Named;
        for (_, change) in changes.into_iter().flatten().rev().take_while(|(order, _)| *order > place) {
            match change {
                NameChange::Named(admitted) => is_named |= admitted.by == AdmittedBy::Operator,
                // What was sent is not kept from there on.
                NameChange::Unnamed { is_erased: true } => return false,
                NameChange::Unnamed { is_erased: false } => {}
            }
        }
        is_named
    }

    /// How often versions were named by an operator, or lost their names, behind a place of the order, those of fields too.
    #[must_use]
    pub fn renamings_behind(&self, place: Order) -> usize {
        self.renamings.iter().rev().take_while(|order| **order > place).count()
    }

    /// Whether an operator erased a version behind a place of the order, so that it is not kept either what was sent.
    #[must_use]
    pub fn is_version_erased(&self, version: Version, place: Order) -> bool {
        let changes = self.names.get("").and_then(|versions| versions.get(&version));
        let mut behind = changes.into_iter().flatten().rev().take_while(|(order, _)| *order > place);
        behind.any(|(_, change)| matches!(change, NameChange::Unnamed { is_erased: true }))
    }

    /// Where the name of a version of the product was last taken from it; none where it never was.
    #[must_use]
    pub fn unnamed(&self, version: Version) -> Option<Order> {
        let changes = self.names.get("")?.get(&version)?;
        let mut unnamed = changes.iter().rev();
        unnamed.find(|(_, change)| matches!(change, NameChange::Unnamed { .. })).map(|(order, _)| *order)
    }

    /// Whether what was noted of batches is told under their version. What an operator names later has its name in what is counted alone,
    /// and what loses its name loses it in what was noted too.
    #[must_use]
    pub fn is_noted_by_name(&self, version: Version, naming: Naming, place: Order) -> bool {
        version == OTHER
            || naming == Naming::Named && self.unnamed(version).is_none_or(|unnamed| unnamed <= place)
    }

    /// The versions that have names, those of the product first, then those of each field.
    pub fn versions(&self) -> impl Iterator<Item = NamedVersion> {
        self.names.iter().flat_map(|(field, versions)| {
            let named = versions.iter().filter_map(|(version, changes)| match changes.last() {
                Some((_, NameChange::Named(admitted))) => Some((*version, *admitted)),
                _ => None,
            });
            named.map(move |(version, admitted)| NamedVersion {
                field: Some(field.to_string()).filter(|field| !field.is_empty()),
                version,
                admitted,
            })
        })
    }
}
