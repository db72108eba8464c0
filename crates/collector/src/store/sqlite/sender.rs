//! The installations that sent something in a transaction.

use std::collections::HashMap;

use aboveboard_types::id::Id;

use super::names::Installation;
use crate::rollup::row::Number;
use crate::store::sequence::SequenceWindow;

/// Each by product and number.
#[derive(Debug, Default)]
pub(super) struct Senders(HashMap<(u32, Number), Sender>);

/// One of them.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) id: Id,
    /// As it was before the transaction.
    pub(super) before: Installation,
    /// With the numbers of this transaction.
    pub(super) sequence: SequenceWindow,
}

impl Senders {
    pub(super) fn entry(&mut self, product: u32, id: Id, before: Installation) -> &mut Sender {
        let sequence = before.sequence;
        self.0.entry((product, before.number)).or_insert(Sender { id, before, sequence })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Number, &Sender)> {
        self.0.iter().map(|((product, number), sender)| (*product, *number, sender))
    }
}
