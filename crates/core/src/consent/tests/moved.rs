//! Answers that a variable has moved: it may silence, and widens nothing.

use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_types::declaration::{Component, Declaration, Policy};

use crate::consent::answer::{self, StoredAnswer};
use crate::consent::{Choice, Decision, Host, Mode, Question, Source, Surface, decide, explain, store};
use crate::environment::Environment;
use crate::paths::Paths;
use crate::tests::sample::{self, NOW};

/// The endpoint of a stranger, whom a variable names.
const STRANGER: &str = "https://stranger.example.org";

/// A home, and a directory elsewhere to which variables lead.
struct Machine {
    _directory: tempfile::TempDir,
    home: PathBuf,
    elsewhere: PathBuf,
    declaration: Declaration,
}

impl Machine {
    fn new(policy: Policy) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        let elsewhere = directory.path().join("elsewhere");
        fs::create_dir(&home).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        let declaration = sample::declaration().family("relatives".into()).cli(policy);
        Self { _directory: directory, home, elsewhere, declaration }
    }

    fn environment(&self, moved: Option<&Path>, variables: &[(&str, &str)]) -> Environment {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut all = vec![("HOME", text(&self.home))];
        all.extend(moved.map(|base| ("XDG_CONFIG_HOME", text(base))));
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Environment::of(all)
    }

    fn ask<T>(&self, environment: &Environment, ask: impl FnOnce(&Question<'_>, &Paths) -> T) -> T {
        let places = Paths::of_user(&self.declaration, environment).unwrap();
        let question = Question {
            declaration: &self.declaration,
            component: Component::Cli,
            host: &Host::default(),
            environment,
            places: Some(&places),
        };
        ask(&question, &places)
    }

    fn say(&self, environment: &Environment, choice: Choice) {
        self.ask(environment, |question, places| {
            store(question, places, &question.answer(choice, Surface::Verb, NOW)).unwrap();
        });
    }

    fn decide(&self, environment: &Environment) -> Decision {
        self.ask(environment, |question, _| decide(question))
    }

    fn read(&self, environment: &Environment) -> Option<Choice> {
        match self.ask(environment, |_, places| answer::read(places.answer())) {
            StoredAnswer::Answer(answer) => Some(answer.choice),
            _ => None,
        }
    }
}

#[test]
fn a_moved_yes_counts_for_the_endpoint_of_the_program_and_for_none_of_a_variable() {
    for policy in [Policy::Ask, Policy::Notice, Policy::Follow] {
        let machine = Machine::new(policy);
        let moved = machine.environment(Some(&machine.elsewhere), &[]);
        machine.say(&moved, Choice::Yes);
        let here = machine.decide(&moved);
        assert_eq!(here.mode, Mode::On, "{policy:?}");
        assert_eq!(here.permit().unwrap().endpoint().unwrap().as_str(), &*machine.declaration.endpoint);

        let named = ("SAMPLE_TELEMETRY_ENDPOINT", STRANGER);
        let both = machine.environment(Some(&machine.elsewhere), &[named]);
        machine.say(&both, Choice::Yes);
        let there = machine.decide(&both);
        assert_eq!((there.mode, there.because), (Mode::Off, Source::Endpoint), "{policy:?}");
        assert!(there.permit().is_none() && !there.purges());
        // The variable that says yes to this process says it without any answer.
        let yes = ("SAMPLE_ENABLE_TELEMETRY", "true");
        let now = machine.decide(&machine.environment(Some(&machine.elsewhere), &[named, yes]));
        assert_eq!((now.mode, now.because), (Mode::On, Source::Variable), "{policy:?}");
        assert!(!now.permit().unwrap().is_answered_for(), "no person answered for it");
    }
}

#[test]
fn a_place_that_is_the_usual_one_is_not_moved() {
    let machine = Machine::new(Policy::Ask);
    let named = ("SAMPLE_TELEMETRY_ENDPOINT", STRANGER);
    for base in [machine.home.join(".config"), machine.home.join(".config/"), PathBuf::from("relative")] {
        let environment = machine.environment(Some(&base), &[named]);
        machine.say(&environment, Choice::Yes);
        assert_eq!(machine.decide(&environment).mode, Mode::On, "{}", base.display());
    }
}

#[test]
fn what_was_said_in_the_usual_place_is_heard_wherever_a_variable_leads() {
    for policy in [Policy::Ask, Policy::Notice] {
        let machine = Machine::new(policy);
        let plain = machine.environment(None, &[]);
        let moved = machine.environment(Some(&machine.elsewhere), &[]);
        machine.say(&plain, Choice::Local);
        machine.say(&moved, Choice::Yes);
        assert_eq!(machine.decide(&moved).mode, Mode::Local);
        machine.say(&plain, Choice::No);
        let refused = machine.decide(&moved);
        assert_eq!((refused.mode, refused.because, refused.purges()), (Mode::Off, Source::Answer, true));
        let shown = machine.ask(&moved, |question, _| explain(question));
        let shown = shown.findings.iter().find(|finding| finding.source == Source::Answer).unwrap();
        assert!(Path::new(&shown.place).starts_with(&machine.home), "{}", shown.place);
        for unreadable in ["answer=maybe\n", "answer=no\nanswer=yes\n", ""] {
            machine.ask(&plain, |_, places| fs::write(places.answer(), unreadable).unwrap());
            let unclear = machine.decide(&moved);
            assert_eq!((unclear.mode, unclear.purges()), (Mode::Off, false), "{unreadable:?}");
        }
    }
    let machine = Machine::new(Policy::Follow);
    machine.say(&machine.environment(None, &[]), Choice::No);
    let moved = machine.environment(Some(&machine.elsewhere), &[]);
    machine.say(&moved, Choice::Yes);
    assert_eq!(machine.decide(&moved).mode, Mode::Off, "the family's opt-out is heard too");
}

#[test]
fn a_moved_no_silences_and_deletes_nothing() {
    for policy in [Policy::Ask, Policy::Follow] {
        let machine = Machine::new(policy);
        machine.say(&machine.environment(None, &[]), Choice::Yes);
        let moved = machine.environment(Some(&machine.elsewhere), &[]);
        machine.ask(&moved, |_, places| {
            let file =
                if policy == Policy::Follow { places.family_answer().unwrap() } else { places.answer() };
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "answer=no\n").unwrap();
        });
        let decision = machine.decide(&moved);
        assert_eq!((decision.mode, decision.purges()), (Mode::Off, false), "{policy:?}");
    }
    // So does the configuration of the product, which lies in the same base.
    let machine = Machine::new(Policy::Ask);
    for (base, deletes) in [(None, true), (Some(&*machine.elsewhere), false)] {
        let environment = machine.environment(base, &[]);
        let decision = machine.ask(&environment, |question, _| {
            let host = Host::default().config(Some("false"));
            [decide(&Question { host: &host, ..*question }), {
                explain(&Question { host: &host, ..*question }).decision
            }]
        });
        for decision in decision {
            assert_eq!((decision.because, decision.purges()), (Source::Config, deletes));
        }
    }
}

#[test]
fn an_opt_out_holds_also_where_no_variable_leads() {
    let machine = Machine::new(Policy::Ask);
    let plain = machine.environment(None, &[]);
    let moved = machine.environment(Some(&machine.elsewhere), &[]);
    machine.say(&plain, Choice::Yes);
    machine.say(&moved, Choice::Yes);
    assert_eq!(machine.decide(&moved).mode, Mode::On);
    machine.say(&moved, Choice::No);
    assert_eq!((machine.read(&moved), machine.read(&plain)), (Some(Choice::No), Some(Choice::No)));
    assert_eq!(machine.decide(&plain).mode, Mode::Off);

    // Also where nothing was said before: without the variable, a notice would be shown, or the family's yes obeyed.
    for policy in [Policy::Ask, Policy::Notice, Policy::Follow] {
        let machine = Machine::new(policy);
        machine.say(&machine.environment(Some(&machine.elsewhere), &[]), Choice::No);
        let plain = machine.environment(None, &[]);
        assert_eq!(machine.decide(&plain).because, Source::Answer, "{policy:?}");
        // Of a family, the other tools obey it.
        let of_family = machine.ask(&plain, |_, places| answer::read(places.family_answer().unwrap()));
        assert!(matches!(of_family, StoredAnswer::Answer(said) if said.choice == Choice::No), "{policy:?}");
    }
}

#[test]
fn local_holds_where_no_variable_leads_and_consent_stood() {
    for (said, then) in
        [(Some(Choice::Yes), Some(Choice::Local)), (Some(Choice::No), Some(Choice::No)), (None, None)]
    {
        let machine = Machine::new(Policy::Ask);
        let plain = machine.environment(None, &[]);
        if let Some(said) = said {
            machine.say(&plain, said);
        }
        let moved = machine.environment(Some(&machine.elsewhere), &[]);
        machine.say(&moved, Choice::Local);
        assert_eq!((machine.read(&moved), machine.read(&plain)), (Some(Choice::Local), then), "{said:?}");
    }
}
