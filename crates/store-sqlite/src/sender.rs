//! The installations that sent something in a transaction.

use std::collections::HashMap;

use aboveboard_store::sequence::SequenceWindow;
use aboveboard_types::id::Id;

use super::names::StoredInstallation;
use crate::row::InstallationNumber;

/// Each by product and number.
#[derive(Debug, Default)]
pub(super) struct Senders(HashMap<(u32, InstallationNumber), Sender>);

/// One of them.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) id: Id,
    /// As it was before the transaction.
    pub(super) before: StoredInstallation,
    /// With the numbers of this transaction.
    pub(super) sequence: SequenceWindow,
}

impl Senders {
    pub(super) fn entry(&mut self, product: u32, id: Id, before: StoredInstallation) -> &mut Sender {
        let sequence = before.sequence;
        self.0.entry((product, before.number)).or_insert(Sender { id, before, sequence })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, InstallationNumber, &Sender)> {
        self.0.iter().map(|((product, number), sender)| (*product, *number, sender))
    }
}
