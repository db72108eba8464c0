//! Which versions of one product have names, as far as this collector has heard.

use std::collections::{BTreeSet, HashMap};

use aboveboard_store::calendar::Day;
use aboveboard_store::facts::ProductTerms;
use aboveboard_store::limits::{FIELD_VERSIONS, PRODUCT_VERSIONS};
use aboveboard_store::verification::Standing;
use aboveboard_store::versions::{AdmittedVersion, Decision, OTHER, ReleaseLine, VersionBook, admits};
use aboveboard_types::value::Version;

use crate::order::Order;

/// The names of the versions of one product and of its fields.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The product's own under the field without a name.
    books: HashMap<String, Book>,
    pub(super) lines: BTreeSet<ReleaseLine>,
}

/// The names of the versions of one field.
#[derive(Debug)]
struct Book {
    versions: VersionBook,
    /// Where each name was given or taken last.
    changed: HashMap<Version, Order>,
}

impl Book {
    fn of(field: &str) -> Self {
        let limits = if field.is_empty() { PRODUCT_VERSIONS } else { FIELD_VERSIONS };
        Self { versions: VersionBook::new(limits, []), changed: HashMap::new() }
    }
}

/// Who asks for a name, where, and on which day of receipt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    pub(super) order: Order,
    pub(super) received: Day,
    pub(super) standing: Standing,
    pub(super) terms: ProductTerms<'a>,
}

impl Books {
    fn book(&mut self, field: Option<&str>) -> &mut Book {
        let field = field.unwrap_or_default();
        self.books.entry(field.to_owned()).or_insert_with(|| Book::of(field))
    }

    /// Hears that a version has a name. The last word counts, but a name that was given for a stronger reason stays.
    pub(super) fn named(
        &mut self,
        field: Option<&str>,
        version: Version,
        order: Order,
        admitted: AdmittedVersion,
    ) {
        let book = self.book(field);
        let changed = book.changed.get(&version).copied();
        let known = book.versions.get(version);
        let is_newer = changed.is_none_or(|changed| order > changed);
        let counts = match known {
            Some(known) => admitted.by > known.by || admitted.by == known.by && is_newer,
            None => is_newer,
        };
        if counts {
            book.versions.admit(version, admitted);
        }
        if is_newer {
            book.changed.insert(version, order);
        }
    }

    /// Hears that a version of the product has no name any more.
    pub(super) fn unnamed(&mut self, version: Version, order: Order) {
        let book = self.book(None);
        if book.changed.get(&version).is_none_or(|changed| order > *changed) {
            book.versions.forget(version);
            book.changed.insert(version, order);
        }
    }

    /// Whether a version of the product has a name already, or is on a line that has one. What others only say of a version gives it none.
    pub(super) fn is_known(&mut self, version: Version, asking: &Asking<'_>) -> bool {
        self.has(None, version) || self.is_on_line(version, asking)
    }

    /// Whether a version, or a value of a field, was given a name: that it is on a line that has one gives it none before somebody counts with
    /// it.
    pub(super) fn has(&mut self, field: Option<&str>, version: Version) -> bool {
        self.book(field).versions.has(version)
    }

    /// Whether a version has a name, perhaps from now on; and what is to be told of that. Without a field, it is a version of the product.
    pub(super) fn decide(
        &mut self,
        field: Option<&str>,
        version: Version,
        asking: &Asking<'_>,
    ) -> (bool, Option<AdmittedVersion>) {
        let is_on_line = field.is_none() && self.is_on_line(version, asking);
        let book = self.book(field);
        match book.versions.decide(version, asking.received, asking.standing, is_on_line) {
            Decision::Known => (true, None),
            Decision::Other => (false, None),
            Decision::Admitted(admitted) => {
                book.changed.insert(version, asking.order);
                (true, Some(admitted))
            }
        }
    }

    fn is_on_line(&self, version: Version, asking: &Asking<'_>) -> bool {
        let mut lines = asking.terms.releases.iter().chain(&self.lines);
        version != OTHER && lines.any(|line| admits(*line, version))
    }
}
