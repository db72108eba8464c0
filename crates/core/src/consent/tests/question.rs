//! Deciding and explaining, with real files and variables.

use std::fs;
use std::path::Path;

use aboveboard_types::declaration::{Component, Declaration, Policy};

use super::table::{POLICIES, SOURCES, Table};
use crate::consent::answer::{self, StoredAnswer};
use crate::consent::{Choice, Explanation, Host, Mode, Question, Source, decide, explain};
use crate::environment::Environment;
use crate::paths::Paths;
use crate::tests::sample::{self, NOW};

/// What a source holds: a source of the shared table, a word, and one of its texts.
type Held<'t> = (Source, &'static str, &'t str);

fn explained(policy: Policy, said: &[Held<'_>]) -> Explanation {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration().family("relatives".into()).cli(policy);
    let off_d = home.path().join("off.d");
    fs::create_dir(&off_d).unwrap();
    let path = |place: &Path| place.to_str().unwrap().to_owned();
    let mut host = Host::default();
    let mut variables = sample::home(home.path());
    let places = Paths::of_user(&declaration, &Environment::of(variables.clone())).unwrap();
    variables.push(("ABOVEBOARD_OFF_D", path(&off_d)));
    for (source, _, text) in said {
        let text = text.replace("{endpoint}", &declaration.endpoint);
        let write = |path: &Path| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &text).unwrap();
        };
        match source {
            Source::Flag => host = host.flag(Some(&text)),
            Source::Config => host = host.config(Some(text)),
            Source::DoNotTrack => variables.push(("DO_NOT_TRACK", text)),
            Source::GenericVariable => variables.push(("ENABLE_TELEMETRY", text)),
            Source::Variable => variables.push(("SAMPLE_ENABLE_TELEMETRY", text)),
            Source::PolicyFile => write(&off_d.join("sample")),
            Source::Answer => write(places.answer()),
            Source::Family => write(places.family_answer().unwrap()),
            other => panic!("{other:?} holds no text"),
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
    let before = files(home.path());
    let decision = decide(&question);
    let explanation = explain(&question);
    assert_eq!(files(home.path()), before, "deciding writes nothing");
    assert_eq!((decision.mode, decision.because), (explanation.decision.mode, explanation.decision.because));
    assert_eq!(decision.purges(), explanation.decision.purges());
    assert_eq!(decision.permit().is_some(), matches!(decision.mode, Mode::On | Mode::Local));
    explanation
}

fn assert_holds(table: &Table, policy: Policy, said: &[Held<'_>]) {
    let held = |source: Source| said.iter().find(|one| one.0 == source).map(|(_, word, _)| *word);
    let says = SOURCES.map(|source| table.says(policy, source, held(source)));
    let (mode, because, deletes) = table.rules(policy)(says, held(Source::Answer).is_some());
    let expected = (mode, because, deletes && table.is_read(because, held(because)));
    let decision = explained(policy, said).decision;
    assert_eq!((decision.mode, decision.because, decision.purges()), expected, "{policy:?} {said:?}");
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

#[test]
fn each_source_alone_holds_to_the_shared_table_with_every_text_of_every_word() {
    let table = Table::read();
    for policy in POLICIES {
        assert_holds(&table, policy, &[]);
        for source in SOURCES {
            for word in Table::words(source) {
                for text in table.texts(source, word) {
                    assert_holds(&table, policy, &[(source, word, text)]);
                }
            }
        }
    }
}

#[test]
fn each_pair_of_sources_holds_to_the_shared_table() {
    let table = Table::read();
    let all: Vec<Held<'_>> = SOURCES
        .iter()
        .flat_map(|source| Table::words(*source).iter().map(|word| (*source, *word)))
        .map(|(source, word)| (source, word, table.texts(source, word)[0]))
        .collect();
    for policy in POLICIES {
        for (place, one) in all.iter().enumerate() {
            for other in all[place..].iter().filter(|other| other.0 != one.0) {
                assert_holds(&table, policy, &[*one, *other]);
            }
        }
    }
}

#[test]
fn a_policy_file_for_another_product_says_nothing_and_one_for_all_says_no() {
    for (name, expected) in [("all", Mode::Off), ("sample", Mode::Off), ("another", Mode::Undecided)] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(name), "").unwrap();
        let places = sample::places(directory.path());
        let declaration = sample::declaration();
        let environment = Environment::of([("ABOVEBOARD_OFF_D", directory.path())]);
        let question = Question {
            declaration: &declaration,
            component: Component::Cli,
            host: &Host::default(),
            environment: &environment,
            places: Some(&places),
        };
        assert_eq!(decide(&question).mode, expected, "{name}");
    }
}

#[test]
fn a_no_of_the_family_purges_where_the_product_has_no_answer_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration().family("relatives".into()).cli(Policy::Follow);
    let environment = Environment::of(sample::home(home.path()));
    let places = Paths::of_user(&declaration, &environment).unwrap();
    let decide = || sample::decision(&declaration, &places, &Host::default());
    let purges = || (decide().mode, decide().because, decide().purges());
    assert_eq!(purges(), (Mode::Off, Source::Family, false), "nobody has said anything");
    let family = places.family_answer().unwrap();
    fs::create_dir_all(family.parent().unwrap()).unwrap();
    fs::write(family, "answer=no\n").unwrap();
    assert_eq!(purges(), (Mode::Off, Source::Family, true));
    sample::answer(&declaration, &places, Choice::Yes, NOW);
    fs::write(family, "answer=no\n").unwrap();
    assert_eq!(purges(), (Mode::Off, Source::Family, false), "another component recorded under its own yes");
}

#[test]
fn under_a_familys_yes_a_variable_names_no_other_endpoint() {
    let home = tempfile::tempdir().unwrap();
    let declaration = sample::declaration().family("relatives".into()).cli(Policy::Follow);
    let usual = Environment::of(sample::home(home.path()));
    let family = Paths::of_user(&declaration, &usual).unwrap().family_answer().unwrap().to_owned();
    fs::create_dir_all(family.parent().unwrap()).unwrap();
    let yes = "answer=yes at=2026-01-01T00:00:00Z by=verb endpoint=https://family.example.org\n";
    fs::write(family, yes).unwrap();
    let decide = |variables: &[(&str, &str)], host: Host| {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let environment = Environment::of(sample::home(home.path()).into_iter().chain(variables));
        let places = Paths::of_user(&declaration, &environment).unwrap();
        let component = Component::Cli;
        let question = Question {
            declaration: &declaration,
            component,
            host: &host,
            environment: &environment,
            places: Some(&places),
        };
        let decision = crate::consent::decide(&question);
        let is_answered_for = decision.permit().map(|permit| permit.is_answered_for());
        (decision.mode, decision.because, is_answered_for)
    };
    let stranger = ("SAMPLE_TELEMETRY_ENDPOINT", "https://stranger.example.org");
    let same = ("SAMPLE_TELEMETRY_ENDPOINT", "https://family.example.org");
    let yes = ("SAMPLE_ENABLE_TELEMETRY", "true");
    assert_eq!(decide(&[], Host::default()), (Mode::On, Source::Family, Some(false)), "the manifest's");
    assert_eq!(decide(&[same], Host::default()), (Mode::On, Source::Family, Some(true)));
    assert_eq!(decide(&[stranger], Host::default()), (Mode::Off, Source::Endpoint, None));
    let said = decide(&[stranger, yes], Host::default());
    assert_eq!(said, (Mode::On, Source::Variable, Some(false)), "a yes of this process");
    let host = Host::default().endpoint(Some("https://host.example.org".to_owned()));
    assert_eq!(decide(&[], host), (Mode::On, Source::Family, Some(false)), "the host's own");
}

#[test]
fn an_answer_that_the_system_cannot_show_now_silences_and_deletes_nothing() {
    use aboveboard_files::{Errno, faults};

    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let declaration = sample::declaration();
    sample::answer(&declaration, &places, Choice::Yes, NOW);
    for error in
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::ACCESS, Errno::PERM, Errno::LOOP]
    {
        faults::fail_outside(error);
        let now = sample::decision(&declaration, &places, &Host::default());
        assert_eq!((now.mode, now.because, now.purges()), (Mode::Off, Source::Answer, false), "{error}");
        assert_eq!(sample::decision(&declaration, &places, &Host::default()).mode, Mode::On, "{error}");
    }
    // Nor does a notice take the chance, or who has just made the directory.
    faults::fail_outside(Errno::MFILE);
    let before = fs::read(places.answer()).unwrap();
    sample::answer(&declaration, &places, Choice::Shown, NOW + 1);
    assert_eq!(fs::read(places.answer()).unwrap(), before);
    fs::create_dir(places.state()).unwrap();
    faults::fail_outside(Errno::MFILE);
    assert!(!crate::consent::still_permitted(&places) && places.state().exists());

    faults::fail_outside(Errno::ACCESS);
    assert_eq!(answer::read(places.answer()), StoredAnswer::Unreadable, "that is somebody else's file");
}

#[test]
fn a_stored_yes_holds_for_the_endpoint_it_was_given_for() {
    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let declaration = sample::declaration();
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
    let declaration = sample::declaration().release(false);
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
    let mut declaration = sample::declaration().family("relatives".into());
    let environment = Environment::of(sample::home(home.path()));
    let places = Paths::of_user(&declaration, &environment).unwrap();
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
    use crate::recorder::Recorder;
    use aboveboard_types::event::Ending;
    use aboveboard_types::outcome::Unrecorded;

    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let before = sample::declaration();
    sample::answer(&before, &places, Choice::Yes, NOW);
    let mut after =
        before.revision(4).hash("fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210".into());
    after.commands.to_mut().push("migrate".into());
    let after = after.sealed();

    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert_eq!(permit.wider(&after), ["command migrate"]);
    let recorder = Recorder::open(permit, &after, &places, sample::header(Component::Cli));
    assert_eq!(recorder.begin("migrate", NOW).unwrap_err(), Unrecorded::Unasked);
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    let tag = crate::spool::Destination::named(&after.endpoint).tag().to_owned();
    let spool = places.state().join("spool");
    assert!(spool.exists() && !spool.join(format!("outcomes.{tag}")).exists(), "not even the number is told");

    let yes_now = sample::decision(&after, &places, &Host::default().flag(Some("true"))).permit().unwrap();
    assert!(yes_now.wider(&after).is_empty(), "who says yes to this process says it to this manifest");
    sample::answer(&after, &places, Choice::Yes, NOW + 1_000);
    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert!(permit.wider(&after).is_empty());
    assert_eq!(permit.since(), NOW, "what the first yes covered goes on");
    let recorder = Recorder::open(permit, &after, &places, sample::header(Component::Cli));
    assert!(recorder.begin("migrate", NOW).is_ok());

    let StoredAnswer::Answer(answer) = answer::read(places.answer()) else { panic!("there is an answer") };
    let by_hand = answer::Answer { items: None, ..answer };
    fs::write(places.answer(), by_hand.line()).unwrap();
    let permit = sample::decision(&after, &places, &Host::default()).permit().unwrap();
    assert!(permit.wider(&after).is_empty(), "a yes written by hand is for what it is read with");
}

#[test]
fn a_manifest_that_publishes_figures_needs_another_answer_and_one_more_table_waits_for_it() {
    use crate::recorder::Recorder;
    use aboveboard_types::outcome::Unrecorded;

    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let silent = sample::declaration();
    sample::answer(&silent, &places, Choice::Yes, NOW);
    let publishing = |months, tables: &[&'static str]| {
        let tables: Vec<_> = tables.iter().map(|table| (*table).into()).collect();
        silent
            .clone()
            .publish_months(months)
            .publish_words("To show it.".into())
            .published(tables.into())
            .sealed()
    };
    let mode = |declaration| sample::decision(&declaration, &places, &Host::default()).mode;
    // How many installations there are is of every record.
    assert_eq!(mode(publishing(3, &[])), Mode::Undecided);
    let quarterly = publishing(3, &["sizes"]);
    sample::answer(&quarterly, &places, Choice::Yes, NOW);
    assert_eq!(mode(quarterly.clone()), Mode::On);
    assert_eq!(mode(silent.clone()), Mode::On, "what goes needs no answer");
    assert_eq!(mode(publishing(1, &["sizes"])), Mode::Undecided, "more often");

    let more = publishing(3, &["sizes", "commands"]);
    let permit = sample::decision(&more, &places, &Host::default()).permit().unwrap();
    assert_eq!(permit.wider(&more), ["published figures: commands"]);
    let recorder = Recorder::open(permit, &more, &places, sample::header(Component::Cli));
    assert_eq!(recorder.begin("init", NOW).unwrap_err(), Unrecorded::Unasked);
    sample::answer(&more, &places, Choice::Yes, NOW + 1_000);
    let permit = sample::decision(&more, &places, &Host::default()).permit().unwrap();
    let recorder = Recorder::open(permit, &more, &places, sample::header(Component::Cli));
    assert!(recorder.begin("init", NOW + 1_000).is_ok());
}

/// What two products of one family decide for a tool that never asks, after one of them was answered.
#[test]
fn an_answer_to_one_product_of_a_family_rules_the_tools_that_never_ask_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment::of(sample::home(home.path()));
    let product = |name: &'static str, cli, app| {
        sample::declaration()
            .product(name.into())
            .family("relatives".into())
            .endpoint(format!("https://{name}.example.org").into())
            .cli(cli)
            .app(app)
    };
    let tool = product("tool", Policy::Ask, Policy::Follow);
    let library = product("library", Policy::Off, Policy::Follow);
    let places = |declaration: &Declaration| Paths::of_user(declaration, &environment).unwrap();
    let mode = |declaration: &Declaration, component| {
        let host = Host::default();
        let places = places(declaration);
        let places = Some(&places);
        decide(&Question { declaration, component, host: &host, environment: &environment, places }).mode
    };
    let all = || (mode(&tool, Component::Cli), mode(&tool, Component::App), mode(&library, Component::App));
    let say = |declaration: &Declaration, choice, surface| {
        let host = Host::default();
        let places = places(declaration);
        let component = Component::Cli;
        let environment = &environment;
        let question = Question { declaration, component, host: &host, environment, places: Some(&places) };
        answer::store(&places, declaration, &question.answer(choice, surface, NOW)).unwrap();
    };
    use crate::consent::Surface;

    assert_eq!(all(), (Mode::Undecided, Mode::Off, Mode::Off));
    say(&tool, Choice::Shown, Surface::Notice);
    assert_eq!(all(), (Mode::Undecided, Mode::Off, Mode::Off), "a notice is no answer");
    say(&tool, Choice::Yes, Surface::Question);
    assert_eq!(all(), (Mode::On, Mode::On, Mode::On));
    // A no to another product is the family's last word, and the tool keeps its own.
    say(&library, Choice::No, Surface::Verb);
    assert_eq!(all(), (Mode::On, Mode::Off, Mode::Off));
    say(&tool, Choice::Yes, Surface::Question);
    assert_eq!(mode(&tool, Component::App), Mode::Off, "nobody asked about that no");
    say(&tool, Choice::Yes, Surface::Verb);
    assert_eq!(all(), (Mode::On, Mode::On, Mode::Off), "the library has a no of its own");
    say(&tool, Choice::Local, Surface::Verb);
    assert_eq!(all(), (Mode::Local, Mode::Local, Mode::Off));
}

#[test]
fn an_answer_holds_for_the_terms_it_was_given_under() {
    let directory = tempfile::tempdir().unwrap();
    let places = sample::places(directory.path());
    let before = sample::declaration();
    sample::answer(&before, &places, Choice::Yes, NOW);
    let next = before.revision(4).hash("fedcba9876543210".repeat(4).into()).sealed();
    assert_eq!(sample::decision(&next, &places, &Host::default()).mode, Mode::On);
    let sold = next.terms("Data Broker Inc.; US; ; 3650 days".into()).sealed();
    let decision = sample::decision(&sold, &places, &Host::default());
    assert_eq!((decision.mode, decision.because), (Mode::Undecided, Source::Endpoint));
    sample::answer(&sold, &places, Choice::Yes, NOW + 1_000);
    assert_eq!(sample::decision(&sold, &places, &Host::default()).mode, Mode::On);
}
