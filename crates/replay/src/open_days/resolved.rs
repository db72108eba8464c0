//! What a batch is counted as, with the names that the journal gives versions.

use std::borrow::Cow;
use std::sync::Arc;

use aboveboard_store::versions::OTHER;
use aboveboard_types::value::Version;

use crate::batch::{Batch, Naming, SentContext, SentEvent, SentKind, SentValue};
use crate::order::Order;
use crate::outcome::Outcome;
use crate::product_book::ProductBook;

/// What a context that was recorded at a place of the order is counted as: what an operator named since has its name, and what was erased
/// has none for good.
pub(super) fn context(sent: &Arc<SentContext>, place: Order, book: Option<&ProductBook>) -> Arc<SentContext> {
    let Some(book) = book.filter(|book| book.renamings_behind(place) > 0) else { return Arc::clone(sent) };
    let naming = if book.has_name(None, sent.version, sent.naming, place) {
        Naming::Named
    } else if book.is_version_erased(sent.version, place) {
        return unkept(sent);
    } else {
        sent.naming
    };
    if naming == sent.naming {
        Arc::clone(sent)
    } else {
        Arc::new(SentContext { naming, ..(**sent).clone() })
    }
}

/// What something is noted under that was recorded by a context at a place of the order.
pub(crate) fn noted(sent: &Arc<SentContext>, place: Order, book: Option<&ProductBook>) -> Arc<SentContext> {
    let is_by_name = match book {
        Some(book) => book.is_noted_by_name(sent.version, sent.naming, place),
        None => sent.naming == Naming::Named,
    };
    if is_by_name { Arc::clone(sent) } else { unkept(sent) }
}

/// A context that keeps nothing of its version.
fn unkept(sent: &SentContext) -> Arc<SentContext> {
    let marks = sent.marks.of_any_agent();
    Arc::new(SentContext { version: OTHER, naming: Naming::Unkept, marks, ..sent.clone() })
}

/// The version that rows of a batch say was sent.
pub(super) fn sent_version(batch: &Batch, book: Option<&ProductBook>) -> Version {
    let is_erased = book.is_some_and(|book| book.is_version_erased(batch.sent_version, batch.order));
    if is_erased { OTHER } else { batch.sent_version }
}

/// An outcome in which the values of fields that an operator named since have their names.
pub(super) fn outcome<'o>(
    batch: &Batch,
    outcome: &'o Outcome,
    book: Option<&ProductBook>,
) -> Cow<'o, Outcome> {
    let place = batch.order;
    let Some(book) = book.filter(|book| book.renamings_behind(place) > 0) else {
        return Cow::Borrowed(outcome);
    };
    let mut named = Cow::Borrowed(outcome);
    let gets_name = |field: &str, value: &SentValue| match value {
        SentValue::Version(version, naming @ Naming::Other) => {
            book.has_name(Some(field), *version, *naming, place)
        }
        _ => false,
    };
    let is_changed = |event: &SentEvent| match &event.what {
        SentKind::Declared { fields, .. } => fields.iter().any(|(field, value)| gets_name(field, value)),
        _ => false,
    };
    if outcome.rows.iter().flat_map(|row| &row.events).any(is_changed) {
        for event in named.to_mut().rows.iter_mut().flat_map(|row| &mut row.events) {
            let SentKind::Declared { fields, .. } = &mut event.what else { continue };
            for (field, value) in fields {
                if gets_name(field, value)
                    && let SentValue::Version(_, naming) = value
                {
                    *naming = Naming::Named;
                }
            }
        }
    }
    named
}
