//! A yes to any manifest that the grammar takes is a yes, however much it declares; and what it covered is still known when
//! the manifest has grown.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fmt::Write as _;

use aboveboard_core::consent::{Choice, Host, Mode, Question, Surface, answer, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_manifest::{MAX_MANIFEST_BYTES, parse};
use aboveboard_types::declaration::{Component, Declaration};
use proptest::prelude::*;

const NOW: u64 = 1_795_338_000;

/// How much a manifest declares.
#[derive(Clone, Copy, Debug)]
struct Size {
    commands: usize,
    events: usize,
    fields: usize,
    entries: usize,
    /// How long each name is.
    name: usize,
}

/// A manifest of this size; every entry is as short as so many can be, so that a file holds as many as possible.
fn manifest(size: Size, revision: u32) -> String {
    let named = |stem: &str, number: usize| {
        let tail = format!("{number}");
        format!("{stem}{}{tail}", "n".repeat(size.name.saturating_sub(stem.len() + tail.len())))
    };
    let list = |of: &dyn Fn(usize) -> String, length: usize| {
        (0..length).map(|number| format!("\"{}\"", of(number))).collect::<Vec<_>>().join(",")
    };
    let mut text = format!(
        r#"grammar = 1
[product]
id = "large"
name = "Large"
revision = {revision}
endpoint = "https://{}.example/{}"
ingest-key = "lk_pub_1"
controller = "The Large project, Berlin"
contact = "privacy@large.example"
policy = "https://large.example/privacy"
hosting = "DE"
retention = "13 months"
[consent]
cli = "ask"
[defaults]
owner = "o@large.example"
since = 2026-11-01
until = 2028-11-01
[cli]
why = "Which commands are used, and which of them fail too often?"
chart = "table"
commands = [{}]
"#,
        "h".repeat(60),
        "p".repeat(100),
        list(&|number| named("c", number), size.commands),
    );
    let entry = |number: usize| format!("{}{}", char::from(b'a' + (number / 10) as u8), number % 10);
    let entries = list(&entry, size.entries);
    for event in 0..size.events {
        write!(
            text,
            "[events.{}]\ncomponent=\"cli\"\nwhat=\"it happened\"\nwhy=\"How often does it happen, and of which kind?\"\n\
             chart=\"share\"\nfields={{",
            named("e", event)
        )
        .unwrap();
        for field in 0..size.fields {
            let comma = if field == 0 { "" } else { "," };
            write!(text, "{comma}{}={{choice=[{entries}]}}", named("f", field)).unwrap();
        }
        text.push_str("}\n");
    }
    text
}

/// The mode after a yes to the first, and how much of the second is new to who said it.
fn agree(first: &Declaration, second: &Declaration) -> (Mode, usize) {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment::of([("HOME", home.path())]);
    let host = Host::default().endpoint(Some(first.endpoint.to_string()));
    let places = Paths::of_user(first, &environment).unwrap();
    let question = |declaration| Question {
        declaration,
        component: Component::Cli,
        host: &host,
        environment: &environment,
        places: Some(&places),
    };
    let yes = question(first).answer(Choice::Yes, Surface::Question, NOW);
    answer::store(&places, first, &yes).unwrap();
    let permit = decide(&question(second)).permit();
    (decide(&question(first)).mode, permit.map_or(usize::MAX, |permit| permit.wider(second).len()))
}

fn assert_is_a_yes(size: Size) {
    let declared = |size, revision| {
        let text = manifest(size, revision);
        parse(&text, "telemetry.toml").map(|manifest| manifest.declaration()).ok().map(|it| (text.len(), it))
    };
    let Some((length, first)) = declared(size, 1) else {
        assert!(manifest(size, 1).len() > MAX_MANIFEST_BYTES, "{size:?} is within the grammar");
        return;
    };
    let (_, second) = declared(Size { commands: size.commands + 1, ..size }, 2).unwrap_or((0, first.clone()));
    let (mode, wider) = agree(&first, &second);
    assert_eq!(mode, Mode::On, "{size:?}, {length} bytes");
    assert!(wider <= 1, "{size:?}, {length} bytes: {wider} items are new where one is");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_yes_to_any_size_of_manifest_is_a_yes(
        commands in 1_usize..399, events in 0_usize..=10, fields in 1_usize..=30, entries in 1_usize..=20, name in 1_usize..=64,
    ) {
        assert_is_a_yes(Size { commands, events, fields, entries, name });
    }
}

#[test]
fn a_yes_to_the_largest_manifests_is_a_yes() {
    // As many entries as fit a file, each under the longest names.
    assert_is_a_yes(Size { commands: 399, events: 100, fields: 30, entries: 45, name: 64 });
}
