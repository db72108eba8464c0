use std::fs;
use std::path::Path;

use super::*;
use crate::consent::{Choice, Explanation, Mode, explain};
use crate::sample::{self, NOW};

/// One thing that somebody says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Flag(&'static str),
    Variable(&'static str, &'static str),
    Config(&'static str),
    DropIn(&'static str),
    Answer(Choice),
    GarbledAnswer,
}

impl Said {
    fn is_no(self) -> bool {
        match self {
            Self::Flag(value) | Self::Config(value) => reading(value.as_ref()).is_no(),
            Self::Variable("DO_NOT_TRACK", value) => do_not_track(value.as_ref()).is_no(),
            Self::Variable(_, value) => reading(value.as_ref()).is_no(),
            Self::DropIn(name) => matches!(name, "all" | "sample"),
            Self::Answer(choice) => choice == Choice::No,
            Self::GarbledAnswer => true,
        }
    }

    fn is_yes(self) -> bool {
        match self {
            Self::Variable("DO_NOT_TRACK" | "ENABLE_TELEMETRY", _) | Self::DropIn(_) => false,
            Self::Flag(value) | Self::Config(value) | Self::Variable(_, value) => {
                reading(value.as_ref()) == Reading::On
            }
            Self::Answer(choice) => choice == Choice::Yes,
            Self::GarbledAnswer => false,
        }
    }
}

fn everything() -> Vec<Said> {
    let values = ["true", "1", "enabled", "false", "0", "", "flase", "2", "yes please"];
    let mut all: Vec<_> = values.iter().flat_map(|value| [Said::Flag(value), Said::Config(value)]).collect();
    for name in ["DO_NOT_TRACK", "ENABLE_TELEMETRY", "SAMPLE_ENABLE_TELEMETRY"] {
        all.extend(values.iter().map(|value| Said::Variable(name, value)));
    }
    all.extend(["all", "sample", "another"].map(Said::DropIn));
    all.extend([Choice::Yes, Choice::Local, Choice::No, Choice::Shown].map(Said::Answer));
    all.push(Said::GarbledAnswer);
    all
}

fn explained(said: &[Said]) -> Explanation {
    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let declaration = sample::declaration();
    let off_d = directory.path().join("off.d");
    fs::create_dir(&off_d).unwrap();
    let mut host = Host::default();
    let mut variables = vec![("ABOVEBOARD_OFF_D", off_d.to_str().unwrap())];
    for one in said {
        match *one {
            Said::Flag(value) => host = host.flag(Some(value)),
            Said::Config(value) => host = host.config(Some(value)),
            Said::Variable(name, value) => variables.push((name, value)),
            Said::DropIn(name) => fs::write(off_d.join(name), "").unwrap(),
            Said::Answer(choice) => sample::answer(&declaration, &places, choice, NOW),
            Said::GarbledAnswer => fs::write(places.answer(), "answer=").unwrap(),
        }
    }
    let environment = Environment::of(variables);
    let question = Question {
        declaration: &declaration,
        component: Component::Cli,
        host: &host,
        environment: &environment,
        places: Some(&places),
    };
    let before = files(directory.path());
    let decision = decide(&question);
    let explanation = explain(&question);
    assert_eq!(files(directory.path()), before, "deciding writes nothing");
    assert_eq!((decision.mode, decision.because), (explanation.decision.mode, explanation.decision.because));
    explanation
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

#[test]
fn each_source_alone_and_with_each_other_gives_off_for_any_no_and_on_for_a_lone_yes() {
    let all = everything();
    assert_eq!(explained(&[]).decision.mode, Mode::Undecided);
    for (place, one) in all.iter().enumerate() {
        for other in &all[place..] {
            // One name has one value.
            let same_source = std::mem::discriminant(one) == std::mem::discriminant(other);
            let same_file = |said: &Said| matches!(said, Said::Answer(_) | Said::GarbledAnswer);
            if one != other && (same_source && !matches!(one, Said::Variable(..) | Said::DropIn(_)))
                || one != other && same_file(one) && same_file(other)
                || matches!((one, other), (Said::Variable(a, x), Said::Variable(b, y)) if a == b && x != y)
            {
                continue;
            }
            let said = [*one, *other];
            let explanation = explained(&said);
            let expected = if said.iter().any(|said| said.is_no()) {
                Mode::Off
            } else if said.contains(&Said::Answer(Choice::Local)) {
                Mode::Local
            } else if said.iter().any(|said| said.is_yes()) {
                Mode::On
            } else {
                Mode::Undecided
            };
            assert_eq!(
                explanation.decision.mode, expected,
                "{said:?} because of {:?}",
                explanation.decision.because
            );
        }
    }
}

#[test]
fn an_answer_the_configuration_and_the_policy_purge_and_a_switch_only_silences() {
    for (said, purges) in [
        (Said::Answer(Choice::No), true),
        (Said::GarbledAnswer, true),
        (Said::Config("false"), true),
        (Said::DropIn("sample"), true),
        (Said::Flag("false"), false),
        (Said::Variable("SAMPLE_ENABLE_TELEMETRY", "false"), false),
        (Said::Variable("DO_NOT_TRACK", "1"), false),
        (Said::Variable("ENABLE_TELEMETRY", "false"), false),
        (Said::Answer(Choice::Yes), false),
        (Said::Answer(Choice::Local), false),
        (Said::Answer(Choice::Shown), false),
    ] {
        let decision = explained(&[said]).decision;
        assert_eq!(decision.purges(), purges, "{said:?}");
        assert_eq!(decision.permit().is_some(), matches!(decision.mode, Mode::On | Mode::Local));
    }
}

#[test]
fn a_no_of_the_family_purges_where_the_product_has_no_answer_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let declaration =
        Declaration { family: "relatives".into(), cli: Policy::Follow, ..sample::declaration() };
    let environment = Environment::of([("HOME", home.path())]);
    let places = Places::of_user(&declaration, &environment).unwrap();
    let decide = || sample::decision(&declaration, &places, &Host::default());
    let purges = || (decide().mode, decide().because, decide().purges());
    assert_eq!(purges(), (Mode::Off, Source::Family, false), "nobody has said anything");
    let family = places.family_answer().unwrap();
    fs::create_dir_all(family.parent().unwrap()).unwrap();
    fs::write(family, "answer=no\n").unwrap();
    assert_eq!(purges(), (Mode::Off, Source::Family, true));
    sample::answer(&declaration, &places, Choice::Yes, NOW);
    assert_eq!(purges(), (Mode::Off, Source::Family, false), "another component recorded under its own yes");
}

#[test]
fn an_answer_that_the_system_cannot_show_now_silences_and_deletes_nothing() {
    use crate::consent::answer::Found;
    use crate::disk::hook;
    use rustix::io::Errno;

    let directory = tempfile::tempdir().unwrap();
    let (places, declaration) = (sample::places(directory.path()), sample::declaration());
    sample::answer(&declaration, &places, Choice::Yes, NOW);
    for error in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO] {
        hook::fail_outside(error);
        let now = sample::decision(&declaration, &places, &Host::default());
        assert_eq!((now.mode, now.because, now.purges()), (Mode::Off, Source::Answer, false), "{error}");
        assert_eq!(sample::decision(&declaration, &places, &Host::default()).mode, Mode::On, "{error}");
    }
    // Nor does a notice take the chance, or who has just made the directory.
    hook::fail_outside(Errno::MFILE);
    let before = fs::read(places.answer()).unwrap();
    sample::answer(&declaration, &places, Choice::Shown, NOW + 1);
    assert_eq!(fs::read(places.answer()).unwrap(), before);
    fs::create_dir(places.state()).unwrap();
    hook::fail_outside(Errno::MFILE);
    assert!(!crate::consent::still_permitted(&places) && places.state().exists());

    hook::fail_outside(Errno::ACCESS);
    assert_eq!(answer::read(places.answer()), Found::Unreadable, "that is somebody else's file, and a no");
}

#[test]
fn a_stored_yes_holds_for_the_endpoint_it_was_given_for() {
    let directory = tempfile::tempdir().unwrap();
    let (places, declaration) = (sample::places(directory.path()), sample::declaration());
    sample::answer(&declaration, &places, Choice::Yes, NOW);
    let elsewhere = Host::default().endpoint(Some("https://elsewhere.example.org".to_owned()));
    let here = sample::decision(&declaration, &places, &Host::default());
    assert_eq!((here.mode, here.because), (Mode::On, Source::Answer));
    assert_eq!(here.permit().unwrap().since(), NOW);
    let there = sample::decision(&declaration, &places, &elsewhere);
    assert_eq!((there.mode, there.because), (Mode::Undecided, Source::Endpoint));
    let yes_now = sample::decision(&declaration, &places, &elsewhere.flag(Some("true")));
    assert_eq!((yes_now.mode, yes_now.because), (Mode::On, Source::Flag));
    assert_eq!(yes_now.permit().unwrap().endpoint().unwrap().host(), "elsewhere.example.org");
}

#[test]
fn a_build_that_is_no_release_is_inert_unless_somebody_names_an_endpoint() {
    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let declaration = Declaration { release: false, ..sample::declaration() };
    let yes = Host::default().flag(Some("true"));
    let inert = sample::decision(&declaration, &places, &yes);
    assert_eq!((inert.mode, inert.because), (Mode::Off, Source::Build));
    let named = yes.clone().endpoint(Some("https://collector.example.org".to_owned()));
    assert_eq!(sample::decision(&declaration, &places, &named).mode, Mode::On);
    let private = yes.endpoint(Some("http://127.0.0.1:4000".to_owned()));
    let refused = sample::decision(&declaration, &places, &private);
    assert_eq!((refused.mode, refused.because), (Mode::Off, Source::Endpoint));
    assert_eq!(sample::decision(&declaration, &places, &private.allow_private(true)).mode, Mode::On);
    sample::answer(&declaration, &places, Choice::Local, NOW);
    let local = sample::decision(&declaration, &places, &Host::default());
    assert_eq!(local.mode, Mode::Local);
    assert!(!local.permit().unwrap().may_send() && local.permit().unwrap().endpoint().is_none());
}

#[test]
fn a_notice_counts_once_it_was_shown_and_who_follows_obeys_the_family() {
    let home = tempfile::tempdir().unwrap();
    let mut declaration = Declaration { family: "relatives".into(), ..sample::declaration() };
    let environment = Environment::of([("HOME", home.path())]);
    let places = Places::of_user(&declaration, &environment).unwrap();
    let host = Host::default();
    let mut mode = |policy| {
        declaration.cli = policy;
        sample::decision(&declaration, &places, &host).mode
    };
    assert_eq!(mode(Policy::Notice), Mode::Undecided);
    assert_eq!(mode(Policy::Follow), Mode::Off);
    fs::create_dir_all(places.family_answer().unwrap().parent().unwrap()).unwrap();
    fs::write(places.family_answer().unwrap(), "answer=yes at=2026-11-22T13:30:26Z by=question\n").unwrap();
    assert_eq!(mode(Policy::Follow), Mode::On);
    assert_eq!(mode(Policy::Ask), Mode::Undecided);
    sample::answer(&sample::declaration(), &places, Choice::Shown, NOW);
    assert_eq!(mode(Policy::Notice), Mode::On);
    assert_eq!(mode(Policy::Ask), Mode::Undecided);
    assert_eq!(mode(Policy::Operator), Mode::Undecided);
    sample::answer(&sample::declaration(), &places, Choice::No, NOW);
    assert_eq!(mode(Policy::Follow), Mode::Off);
}

#[test]
fn a_wider_manifest_leaves_its_new_items_unrecorded_until_somebody_is_asked_again() {
    use crate::consent::answer::Found;
    use crate::event::Ending;
    use crate::outcome::Drop;
    use crate::recorder::Recorder;

    let directory = tempfile::tempdir().unwrap();
    let (places, before) = (sample::places(directory.path()), sample::declaration());
    sample::answer(&before, &places, Choice::Yes, NOW);
    let mut after = Declaration { revision: 4, hash: "fedcba9876543210".into(), ..before };
    after.commands.to_mut().push("migrate".into());

    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert_eq!(permit.wider(&after), ["command migrate"]);
    let recorder = Recorder::open(permit, &after, &places, sample::header(Component::Cli));
    assert_eq!(recorder.begin("migrate", NOW).unwrap_err(), Drop::Undeclared);
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    assert!(!places.state().join("spool/outcomes").exists(), "not even the number is told");

    let yes_now = sample::decision(&after, &places, &Host::default().flag(Some("true"))).permit().unwrap();
    assert!(yes_now.wider(&after).is_empty(), "who says yes to this process says it to this manifest");
    sample::answer(&after, &places, Choice::Yes, NOW + 1_000);
    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert!(permit.wider(&after).is_empty());
    assert_eq!(permit.since(), NOW, "what the first yes covered goes on");
    let recorder = Recorder::open(permit, &after, &places, sample::header(Component::Cli));
    assert!(recorder.begin("migrate", NOW).is_ok());

    let Found::Answer(answer) = answer::read(places.answer()) else { panic!("there is an answer") };
    let by_hand = answer.line().split(" manifest=").next().unwrap().to_owned()
        + " endpoint=https://telemetry.example.org";
    fs::write(places.answer(), by_hand).unwrap();
    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert!(permit.wider(&after).is_empty(), "a yes written by hand is for what it is read with");
}
