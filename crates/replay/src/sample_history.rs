//! What several collectors received and what the journal says, by chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion};
use aboveboard_types::declaration::Component;
use aboveboard_types::id::Id;
use aboveboard_types::value::{Channel, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::batch::{Batch, SentContext, SentKind};
use crate::book::Book;
use crate::journal::JournalEntry;
use crate::key::ClusterKey;
use crate::order::Order;
use crate::sample::{self, DAYS, FIRST};

pub(crate) const PRODUCT: &str = "quarry";

/// How many installations there are.
pub(crate) const INSTALLATIONS: u8 = 4;

/// What several collectors received, and what the journal says.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) batches: Vec<Batch>,
    pub(crate) journal: Vec<(Order, JournalEntry)>,
}

pub(crate) fn cluster_key() -> ClusterKey {
    ClusterKey::new([9; 32])
}

pub(crate) fn id(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

fn key_of(number: u8) -> InstallationKey {
    cluster_key().of_installation(PRODUCT, id(number))
}

/// A batch of one of the installations, of one of two components.
fn batch() -> impl Strategy<Value = Batch> {
    (sample::batch(), 0..INSTALLATIONS, any::<bool>()).prop_map(|(batch, number, is_server)| {
        let mut key = *batch.key.bytes();
        key[15] = number;
        let component = if is_server { Component::Server } else { Component::Cli };
        let context = Arc::new(SentContext { component, ..(*batch.context).clone() });
        let mut events = batch.events;
        for event in &mut events {
            // Nothing happens after it was received.
            event.day = event.day.min(batch.order.day());
            if let SentKind::Command { server: Some(server), .. }
            | SentKind::Console { server: Some(server), .. } = &mut event.what
            {
                *server = key_of(u8::try_from(server.0 % u64::from(INSTALLATIONS)).unwrap_or(0));
            }
            if let SentKind::Declared { event, fields, .. } = &mut event.what {
                *event = event.replace('.', "-").into();
                fields.iter_mut().for_each(|(field, _)| *field = format!("{event}.created").into());
            }
        }
        Batch { installation: key_of(number), key: BatchKey::from_bytes(key), context, events, ..batch }
    })
}

fn item() -> impl Strategy<Value = String> {
    let names = ["status", "apply", "project-created", "project.created", "status.created", "apply.created"];
    (0..names.len()).prop_map(move |at| names[at].to_owned())
}

fn version() -> impl Strategy<Value = Version> {
    (0_u16..3).prop_map(|minor| Version { major: 1, minor, patch: 0, channel: Channel::Stable })
}

/// An entry of the journal at a place where nothing else is.
fn entry() -> impl Strategy<Value = (Order, JournalEntry)> {
    let product = || PRODUCT.to_owned();
    let removal = (sample::removal(), 0..INSTALLATIONS).prop_map(move |((order, kind, received), number)| {
        let installation = key_of(number);
        (order, JournalEntry::Removal { product: product(), installation, kind, received })
    });
    let named = (version(), any::<bool>(), 0_u8..3).prop_map(move |(version, is_field, by)| {
        let by = [AdmittedBy::Operator, AdmittedBy::Verified, AdmittedBy::Line][usize::from(by)];
        let field = is_field.then(|| "apply.created".to_owned());
        JournalEntry::Named {
            product: product(),
            field,
            version,
            admitted: AdmittedVersion { day: FIRST, by },
        }
    });
    let other = prop_oneof![
        Just(JournalEntry::Clearing { product: product() }),
        item().prop_map(move |name| JournalEntry::ItemErased { product: product(), name }),
        named,
        (version(), any::<bool>()).prop_map(move |(version, is_erased)| JournalEntry::Unnamed {
            product: product(),
            version,
            is_erased
        }),
        (FIRST - 2..FIRST + DAYS - 1)
            .prop_map(move |before| JournalEntry::Retired { product: product(), before }),
        (FIRST - 2..FIRST + DAYS).prop_map(JournalEntry::IdsForgotten),
        (FIRST + 40..FIRST + 60).prop_map(JournalEntry::ReceiptsForgotten),
    ];
    let other = (sample::removal(), other).prop_map(|((order, ..), entry)| {
        let position = Position(order.position.0 + 1);
        (Order { position, ..order }, entry)
    });
    prop_oneof![removal, other]
}

pub(crate) fn history() -> impl Strategy<Value = History> {
    (vec(batch(), 1..25), vec(entry(), 0..6)).prop_map(|(batches, journal)| {
        let by_place: BTreeMap<_, _> =
            batches.into_iter().map(|batch| ((batch.order.node, batch.order.position), batch)).collect();
        let mut places = BTreeSet::new();
        let journal = journal.into_iter().filter(|(order, _)| places.insert(*order)).collect();
        History { batches: by_place.into_values().collect(), journal }
    })
}

impl History {
    /// What the journal says up to the end of a day.
    pub(crate) fn book(&self, until: Day) -> Arc<Book> {
        let entries = self.journal.iter().filter(|(order, _)| order.day() <= until).cloned();
        Arc::new(Book::new(Arc::new(entries.collect())))
    }
}
