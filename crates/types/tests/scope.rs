//! What an answer covers, shown on the sample product.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use aboveboard_testkit::sample;
use aboveboard_types::declaration::{FieldKind, Limits, SampleRate};
use aboveboard_types::scope::{Scope, covers};

/// 2026-11-22.
const TODAY: u32 = 20_779;

#[test]
fn an_event_that_is_recorded_less_often_is_still_covered_and_one_more_often_is_not() {
    let unbounded = sample::declaration();
    let mut bounded = unbounded.clone();
    let share = Some(SampleRate::new(1, 10));
    bounded.events.to_mut()[0].limits = Limits::new(Some(10), false, share);
    assert!(Scope::of(&unbounded).wider(&bounded).is_empty());
    assert!(Scope::of(&unbounded).covers_event(&bounded.events[0], TODAY));
    assert_eq!(
        Scope::of(&bounded).wider(&unbounded),
        [
            "event happened: repeats are merged within seconds, at least 0",
            "event happened: recorded by this share of installations, at most 1"
        ]
    );
    let mut wider = bounded.clone();
    wider.events.to_mut()[0].limits.share = Some(SampleRate::new(2, 10));
    assert_eq!(
        Scope::of(&bounded).wider(&wider),
        ["event happened: recorded by this share of installations, at most 2/10"]
    );
    assert!(!Scope::of(&bounded).covers_event(&wider.events[0], TODAY));
    assert!(Scope::of(&wider).covers_event(&bounded.events[0], TODAY));
    let mut daily = unbounded.clone();
    daily.events.to_mut()[0].limits.daily = true;
    assert!(Scope::of(&unbounded).wider(&daily).is_empty());
    assert_eq!(Scope::of(&daily).wider(&unbounded), ["event happened: more than once a day"]);
}

#[test]
fn what_is_taken_off_a_list_or_reordered_is_covered_and_other_terms_cover_nothing() {
    let before = sample::declaration();
    let mut after = before.clone();
    let FieldKind::Choice(list) = &mut after.events.to_mut()[0].fields.to_mut()[1].kind else { panic!() };
    list.to_mut().reverse();
    assert!(covers(&before, &after));
    let FieldKind::Choice(list) = &mut after.events.to_mut()[0].fields.to_mut()[1].kind else { panic!() };
    list.to_mut().pop();
    assert!(covers(&before, &after));
    assert!(!covers(&after, &before));
    let elsewhere = before.clone().terms("Data Broker Inc.; US; ; 3650 days".into());
    assert!(!covers(&before, &elsewhere));
    assert!(!Scope::of(&before).covers_terms(&elsewhere));
}

#[test]
fn a_scope_is_read_with_its_digest_alone_and_covers_its_own_manifest() {
    let declaration = sample::declaration();
    let scope = Scope::of(&declaration);
    assert_eq!(scope.digest(), &*declaration.agreement);
    assert_eq!(Scope::read(scope.text().to_owned(), &scope.digest()), Some(scope.clone()));
    assert!(scope.wider(&declaration).is_empty());
    let digest = scope.digest();
    assert!(digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit()));
    for at in 0..scope.text().len() {
        let mut flipped = scope.text().as_bytes().to_vec();
        flipped[at] ^= 1;
        let flipped = String::from_utf8(flipped).unwrap();
        assert_eq!(Scope::read(flipped, &digest), None, "{at}");
    }
}

#[test]
fn every_term_and_item_has_its_part_in_the_digest() {
    let declaration = sample::declaration();
    let digest = Scope::of(&declaration).digest();
    let changed = |change: &dyn Fn(&mut aboveboard_types::declaration::Declaration)| {
        let mut other = declaration.clone();
        change(&mut other);
        Scope::of(&other).digest()
    };
    let others = [
        changed(&|other| other.terms = "Sample e.V.; DE; ; 30 months".into()),
        changed(&|other| other.recipients = "Somebody Else Ltd.".into()),
        changed(&|other| other.retention_days = 900),
        changed(&|other| other.publish_months = 3),
        changed(&|other| (other.publish_months, other.publish_words) = (3, "Because we can.".into())),
        changed(&|other| other.published = vec!["commands".into()].into()),
        changed(&|other| other.report_every = 60),
        changed(&|other| other.commands_words = "Because we can.".into()),
        changed(&|other| other.console_words = "Because we can.".into()),
        changed(&|other| other.counts.to_mut()[0].words = "Tables, and who made them.".into()),
        changed(&|other| other.counts.to_mut()[0].until = 30_000),
        changed(&|other| other.actions.to_mut()[0].action_type = "data/readTable".into()),
        changed(&|other| other.events.to_mut()[0].fields.to_mut()[0].words = "Their age.".into()),
        changed(&|other| other.commands.to_mut().push("migrate".into())),
        changed(&|other| other.routes.to_mut()[0] = "/data/:table".into()),
        changed(&|other| other.actions.to_mut()[0].name = "traced".into()),
        changed(&|other| other.counts.to_mut()[0].by = vec!["a".into()].into()),
        changed(&|other| other.events.to_mut()[0].limits = Limits::new(None, true, None)),
        changed(&|other| other.events.to_mut()[0].fields.to_mut()[0].kind = FieldKind::Flag),
    ];
    for (number, other) in others.iter().enumerate() {
        assert_ne!(*other, digest, "{number}");
    }
    // An item that spells two on two lines is one, and not those two.
    let two = changed(&|other| other.commands.to_mut().push("a\ncommand b".into()));
    let apart = changed(&|other| other.commands.to_mut().extend(["a".into(), "b".into()]));
    assert_ne!(two, apart);
}

#[test]
fn whatever_is_added_or_changed_is_wider_and_what_goes_is_not() {
    let before = sample::declaration();
    let scope = Scope::of(&before);
    let mut after = before.clone();
    after.commands.to_mut().push("migrate".into());
    after.commands.to_mut().remove(0);
    after.routes.to_mut().push("/new".into());
    after.counts.to_mut()[0].by = vec!["a".into(), "b".into()].into();
    after.events.to_mut()[0].fields.to_mut()[0].kind = FieldKind::Count(2_000_000);
    assert_eq!(
        scope.wider(&after),
        [
            "count tables: split by a",
            "count tables: split by b",
            "command migrate",
            "route /new",
            "field number of event happened, at most 2000000"
        ]
    );
    assert!(!covers(&before, &after));
}

#[test]
fn an_edge_says_less_than_the_number_and_more_edges_say_more_than_few() {
    let of = |edges: &[u64]| {
        let mut declaration = sample::declaration();
        declaration.counts.to_mut()[0].edges = edges.to_vec().into();
        declaration
    };
    let exact = of(&[]);
    let fine = of(&[1, 10, 100]);
    let coarse = of(&[1, 100]);
    for (before, after, wider) in [
        (&exact, &fine, &[] as &[&str]),
        (&fine, &coarse, &[]),
        (&fine, &fine, &[]),
        (&coarse, &fine, &["count tables: from 10"]),
        (&fine, &exact, &["count tables: the exact number"]),
        (&coarse, &of(&[1, 50]), &["count tables: from 50"]),
    ] {
        let scope = Scope::of(before);
        assert_eq!(scope.wider(after), wider);
        assert_eq!(scope.covers_count(&after.counts[0], TODAY), wider.is_empty());
        assert_eq!(covers(before, after), wider.is_empty());
    }
    // Whoever agreed to the number of one count agreed to no edge of another.
    let mut other = exact.clone();
    other.counts.to_mut()[0].name = "rows".into();
    assert!(!Scope::of(&other).covers_count(&fine.counts[0], TODAY));
}

#[test]
fn what_was_agreed_to_until_a_day_goes_on_until_then_and_no_longer() {
    let of = |until| {
        let mut declaration = sample::declaration();
        declaration.counts.to_mut()[0].until = until;
        declaration
    };
    let before = of(TODAY + 10);
    let after = of(TODAY + 400);
    let scope = Scope::of(&before);
    assert_eq!(scope.wider(&after), ["count tables: recorded, until 2027-12-27"]);
    assert_eq!(scope.wider(&of(u32::MAX)), ["count tables: recorded, without an end"]);
    assert!(scope.wider(&of(TODAY)).is_empty() && Scope::of(&of(u32::MAX)).wider(&after).is_empty());
    for (day, is_covered) in [(TODAY, true), (TODAY + 9, true), (TODAY + 10, false)] {
        assert_eq!(scope.covers_count(&after.counts[0], day), is_covered, "{day}");
    }
}

#[test]
fn a_shorter_time_between_two_reports_waits_and_a_longer_one_does_not() {
    let of = |every| sample::declaration().report_every(every);
    let scope = Scope::of(&of(86_400));
    for (every, wider, stays) in [
        (86_400, &[] as &[&str], 86_400),
        (3_600, &["time between two reports in seconds, at least 3600"], 86_400),
        (172_800, &[], 172_800),
    ] {
        assert_eq!(scope.wider(&of(every)), wider);
        assert_eq!(scope.report_every(&of(every)), stays);
    }
}

#[test]
fn terms_that_say_less_are_covered_and_any_others_are_not() {
    let before = sample::declaration().retention_days(90).recipients("Cloud Ltd.".into());
    let scope = Scope::of(&before);
    assert!(scope.covers_terms(&before.clone().retention_days(30)));
    assert!(scope.covers_terms(&before.clone().recipients("".into())));
    assert!(!scope.covers_terms(&before.clone().retention_days(91)));
    assert!(!scope.covers_terms(&before.clone().recipients("Cloud Ltd. and others".into())));
    assert!(!Scope::of(&before.clone().recipients("".into())).covers_terms(&before));
}

#[test]
fn an_item_in_other_words_waits_and_its_reason_is_named_once() {
    let before = sample::declaration();
    let scope = Scope::of(&before);
    let mut after = before.clone().commands_words("To know who works at night.".into());
    after.counts.to_mut()[0].words = "tables, until 2020-01-01".into();
    assert_eq!(
        scope.wider(&after),
        ["count tables (tables, until 2020-01-01)", "commands (To know who works at night.)"]
    );
    assert!(!scope.covers_command("init", &after) && !scope.covers_count(&after.counts[0], TODAY));
    assert!(scope.covers_route("/data/:source", &after) && scope.covers_event(&after.events[0], TODAY));
}
