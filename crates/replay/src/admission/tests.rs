//! What one collector admits, and what it hears from others.

use std::sync::Arc;

use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::facts::EntryFacts;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::versions::{AdmittedBy, AdmittedVersion, OTHER};
use aboveboard_store_contract::{NOW, SUCCESS, Sketch, manifests};
use aboveboard_types::value::{Channel, Version};
use proptest::prelude::*;

use super::{Admission, Sender};
use crate::batch::{Batch, Naming, SentKind, SentValue};
use crate::journal::{JournalEntry, RemovalKind};
use crate::key::ClusterKey;
use crate::order::{NodeId, Order};

const PRODUCT: &str = "quarry";

fn place(at: i64, node: u64) -> Order {
    Order { at, node: NodeId(node), position: Position(0) }
}

fn admission() -> Admission {
    Admission::new(ClusterKey::new([3; 32]))
}

fn admit(
    admission: &mut Admission,
    entry: &LogEntry,
    manifests: &ManifestsInForce,
    sender: &Sender,
) -> (Batch, Vec<JournalEntry>) {
    let EntryFacts::Batch(facts) = EntryFacts::of(entry, manifests) else { panic!("a batch") };
    admission.admit(&facts, place(NOW, 1), sender)
}

fn version(minor: u16) -> Version {
    Version { major: 1, minor, patch: 0, channel: Channel::Stable }
}

fn named(minor: u16, day: i32, by: AdmittedBy) -> JournalEntry {
    let admitted = AdmittedVersion { day, by };
    JournalEntry::Named { product: PRODUCT.to_owned(), field: None, version: version(minor), admitted }
}

fn of_version(minor: u16) -> LogEntry {
    let version = format!("1.{minor}.0").leak();
    Sketch { version, ..Sketch::new(1, 1, &[(SUCCESS, 5)]) }.entry()
}

/// Whether a version has a name, without giving it one.
fn has_name(admission: &mut Admission, minor: u16) -> bool {
    let known = Sender { is_known_batch: true, ..Sender::default() };
    admit(admission, &of_version(minor), &manifests(), &known).0.context.naming == Naming::Named
}

#[test]
fn a_name_is_told_once_and_a_batch_that_came_before_gives_none() {
    let mut admission = admission();
    let manifests = manifests();
    let new = Sender::default();
    for sender in
        [Sender { is_known_batch: true, ..new }, Sender { is_erased: true, received: Some(3), ..new }]
    {
        let (batch, told) = admit(&mut admission, &of_version(2), &manifests, &sender);
        assert_eq!((batch.context.naming, batch.context.version), (Naming::Other, version(2)));
        assert!(told.is_empty());
    }
    let (batch, told) = admit(&mut admission, &of_version(2), &manifests, &new);
    assert_eq!((batch.context.naming, batch.sent_version), (Naming::Named, version(2)));
    assert_eq!(told, [named(2, 20_900, AdmittedBy::Unverified)]);
    assert!(admit(&mut admission, &of_version(2), &manifests, &new).1.is_empty());
}

#[test]
fn what_an_event_names_as_a_server_has_the_key_under_which_that_server_sends() {
    let mut admission = admission();
    let manifests = manifests();
    let linked = r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER","server_version":"1.9.0""#;
    let (batch, _) =
        admit(&mut admission, &Sketch::new(1, 1, &[(linked, 5)]).entry(), &manifests, &Sender::default());
    let SentKind::Command { server, server_version, .. } = &batch.events[0].what else { panic!("a command") };
    let (of_server, _) =
        admit(&mut admission, &Sketch::new(2, 200, &[]).entry(), &manifests, &Sender::default());
    assert_eq!(*server, Some(of_server.installation));
    assert_ne!(batch.installation, of_server.installation);
    assert_eq!(*server_version, Some(OTHER), "what is only said of a version gives it no name");
    assert!(!has_name(&mut admission, 9));
    let elsewhere = Sketch { product: "other", ..Sketch::new(3, 1, &[]) }.entry();
    let (elsewhere, _) = admit(&mut admission, &elsewhere, &manifests, &Sender::default());
    assert_ne!(elsewhere.installation, batch.installation, "a key is of one product");
    let mut foreign = Admission::new(ClusterKey::new([4; 32]));
    let (other, _) = admit(&mut foreign, &Sketch::new(1, 1, &[]).entry(), &manifests, &Sender::default());
    assert_ne!(other.installation, batch.installation, "and of one cluster");
}

#[test]
fn values_without_a_name_are_kept_up_to_a_number_and_counted_as_other_beyond_it() {
    let mut admission = admission();
    let manifests = manifests();
    let mut namings = [0; 3];
    for number in 0..1_700_u16 {
        let major = 7 + number / 1_000;
        let minor = number % 1_000;
        let event = format!(r#""name":"start-finished","fields":{{"framework":"{major}.{minor}.0"}}"#).leak();
        let entry = Sketch::new(1, 1, &[(event, 5)]).entry();
        let (batch, _) = admit(&mut admission, &entry, &manifests, &Sender::default());
        let SentKind::Declared { fields, .. } = &batch.events[0].what else { panic!("a declared event") };
        let [(_, SentValue::Version(sent, naming))] = &fields[..] else { panic!("one version") };
        assert_eq!((sent.major, sent.minor), (major, minor), "rows keep what was sent");
        namings[*naming as usize] += 1;
    }
    // As many as a field of a new product may have from strangers, and as many as are kept.
    assert_eq!(namings, [500, 1_000, 200]);
}

#[test]
fn contexts_of_strangers_end_at_their_number_and_leave_room_for_verified_installations() {
    let mut admission = admission();
    let manifests = manifests();
    let mut admit = |number: u32, sender: &Sender| {
        let version = format!("{}.{}.0", 1 + number / 1_000, number % 1_000).leak();
        let entry = Sketch { version, ..Sketch::new(1, 1, &[]) }.entry();
        let (batch, _) = admit(&mut admission, &entry, &manifests, sender);
        (batch.context.naming, batch.context.version)
    };
    let mut namings = [0; 3];
    for number in 0..5_300 {
        let (naming, version) = admit(number, &Sender::default());
        namings[naming as usize] += 1;
        assert_eq!(naming == Naming::Unkept, version == OTHER);
    }
    assert_eq!(namings, [100, 5_000, 200]);
    let verified = Sender { received: Some(20_890), ..Sender::default() };
    let namings: Vec<_> = (6_000..6_030).map(|number| admit(number, &verified).0).collect();
    assert_eq!(namings[..20], [Naming::Named; 20]);
    assert_eq!(namings[20..], [Naming::Other; 10]);
}

#[test]
fn room_is_made_by_what_an_operator_takes_out() {
    let mut admission = admission();
    let manifests = manifests();
    let known = admit(&mut admission, &of_version(2), &manifests, &Sender::default()).0.context;
    admission.know(PRODUCT, &known);
    let product = || PRODUCT.to_owned();
    let installation = aboveboard_store::read::InstallationKey(1);
    let removal = JournalEntry::Removal {
        product: product(),
        installation,
        kind: RemovalKind::Amendment,
        received: 20_900,
    };
    for entry in [
        removal,
        JournalEntry::Unnamed { product: product(), version: version(2), is_erased: false },
        JournalEntry::Clearing { product: product() },
    ] {
        admission.hear(place(NOW + 1, 1), &entry);
    }
    assert!(!has_name(&mut admission, 2));
    let (again, told) = admit(&mut admission, &of_version(2), &manifests, &Sender::default());
    assert_eq!(again.context, Arc::clone(&known));
    assert_eq!(told.len(), 1, "it gets its name anew");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_the_journal_is_heard_the_same_versions_have_names(
        drawn in prop::collection::vec((0_i64..9, 0_u64..3, 0_u16..4, 0_usize..4, 0_u8..4), 0..12),
        seed in prop::collection::vec(any::<u32>(), 12),
    ) {
        let entries: Vec<_> = drawn.into_iter().map(|(at, node, minor, by, kind)| {
            let entry = if kind == 0 {
                JournalEntry::Unnamed { product: PRODUCT.to_owned(), version: version(minor), is_erased: false }
            } else {
                named(minor, 20_900, AdmittedBy::ALL[by].0)
            };
            (place(at, node), entry)
        }).collect();
        // One collector says one thing of a version at one place.
        let mut entries = entries;
        entries.sort_by_key(|(order, _)| *order);
        entries.dedup_by_key(|(order, _)| *order);
        let mut shuffled: Vec<_> = entries.iter().cloned().zip(seed).collect();
        shuffled.sort_by_key(|(_, seed)| *seed);
        let mut one = admission();
        let mut other = admission();
        entries.iter().for_each(|(order, entry)| one.hear(*order, entry));
        for ((order, entry), _) in &shuffled {
            other.hear(*order, entry);
            other.hear(*order, entry);
        }
        for minor in 0..4 {
            prop_assert_eq!(has_name(&mut one, minor), has_name(&mut other, minor), "{}", minor);
        }
    }
}
