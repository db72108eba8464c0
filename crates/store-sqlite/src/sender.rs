//! The sender of a batch.

use aboveboard_store::calendar::Day;
use aboveboard_store::facts::{Facts, ProductTerms};
use aboveboard_store::verification::Standing;

/// Who sends a batch, as far as it decides which of its versions have names.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchSender<'a> {
    pub(super) product: u32,
    /// Day of receipt.
    pub(super) received: Day,
    pub(super) standing: Standing,
    pub(super) terms: ProductTerms<'a>,
}

impl<'a> BatchSender<'a> {
    /// The sender of a batch; `first` is the day on which something of it was first received.
    pub(super) fn of(facts: &Facts<'a>, product: u32, first: Option<Day>) -> Self {
        let received = facts.received;
        let component = facts.header.component;
        let first = first.unwrap_or(received);
        let standing = Standing::on(received, first, component, facts.terms.report_interval);
        Self { product, received, standing, terms: facts.terms }
    }
}
