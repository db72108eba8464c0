//! Deleting and deciding in places that somebody else prepared, and in places that a variable chose.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use aboveboard_core::consent::{
    Choice, Host, Mode, Question, Source, Surface, answer, decide, explain, purge,
};
use aboveboard_core::environment::Environment;
use aboveboard_core::identity::{installation, stored_secret};
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::outcome::DropReason;

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

/// A user who said yes and has a secret, with these variables.
struct User {
    declaration: Declaration,
    home: tempfile::TempDir,
    environment: Environment,
    places: Paths,
}

impl User {
    fn new(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let user = Self::at(home, variables);
        user.say(Choice::Yes);
        assert_eq!(user.decided().0, Mode::On);
        installation(&user.permit().unwrap(), &user.places).unwrap();
        user
    }

    fn at(home: tempfile::TempDir, variables: &[(&str, &str)]) -> Self {
        let declaration = sample::declaration();
        let mut all = vec![("HOME", home.path().to_owned())];
        all.extend(variables.iter().map(|(name, below)| (*name, home.path().join(below))));
        let environment = Environment::of(all);
        let places = Paths::of_user(&declaration, &environment).unwrap();
        Self { declaration, home, environment, places }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    fn ask<R>(&self, ask: impl Fn(&Question<'_>) -> R) -> R {
        self.ask_with(&Host::default(), ask)
    }

    fn ask_with<R>(&self, host: &Host, ask: impl Fn(&Question<'_>) -> R) -> R {
        ask(&Question {
            declaration: &self.declaration,
            component: Component::Cli,
            host,
            environment: &self.environment,
            places: Some(&self.places),
        })
    }

    fn say(&self, choice: Choice) {
        let said = self.ask(|question| question.answer(choice, Surface::Verb, NOW));
        answer::store(&self.places, &self.declaration, &said).unwrap();
    }

    fn permit(&self) -> Option<aboveboard_core::consent::Permit> {
        self.ask(|question| decide(question).permit())
    }

    /// What is decided, and whether that deletes.
    fn decided(&self) -> (Mode, Source, bool) {
        self.decided_by(&Host::default())
    }

    fn decided_by(&self, host: &Host) -> (Mode, Source, bool) {
        let decision = self.ask_with(host, decide);
        let explained = self.ask_with(host, explain).decision;
        assert_eq!(
            (decision.mode, decision.because, decision.purges()),
            (explained.mode, explained.because, explained.purges())
        );
        (decision.mode, decision.because, decision.purges())
    }

    fn secret(&self) -> PathBuf {
        self.places.state().join("secret")
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The directories above the state, and those above the answer.
const ABOVE: [&str; 4] = [".local/state/sample", ".local/state", ".config/sample", ".config"];

fn is_root() -> bool {
    aboveboard_files::euid() == 0
}

/// A link that another user made.
fn link_of_another(target: &Path, link: &Path) {
    symlink(target, link).unwrap();
    lchown(link, Some(NOBODY), Some(NOBODY)).unwrap();
}

#[test]
fn what_is_not_ours_stays_and_so_does_its_directory() {
    let user = User::new(&[]);
    let state = user.places.state().to_owned();
    let theirs = [
        "notes.md",
        "deep/thesis.txt",
        "deep/secret",
        "spool/package.json",
        "spool/run-tests.sh",
        "spool/deep/run-0",
        "sent/letter.json",
        "refused/package.403.json",
        "secret.txt",
        "report.pdf",
    ];
    let ours = [
        "due",
        "report",
        "token",
        "delivery.0123456789abcdef",
        "collectors.tmp",
        "daily-started.0123456789abcdef.20500",
        "helper.lock",
        "spool/run-0",
        "spool/sequence.0123456789abcdef",
        "spool/sequence-start",
        "spool/seal.lock",
        "spool/outcomes.0123456789abcdef",
        "spool/open-01234567.0",
        "sent/01234567-89ab-8def-8123-456789abcdef.json",
        "sent/01234567-89ab-8def-8123-456789abcdef.receipt.json",
        "refused/01234567-89ab-8def-8123-456789abcdef.403.json",
    ];
    for name in theirs.iter().chain(&ours) {
        fs::create_dir_all(state.join(name).parent().unwrap()).unwrap();
        fs::write(state.join(name), "x").unwrap();
    }
    fs::create_dir(state.join("empty")).unwrap();
    // A link goes and what it leads to stays; a directory under a name of a file goes where it is empty.
    let target = user.path("target");
    fs::write(&target, "x").unwrap();
    symlink(&target, state.join("collectors")).unwrap();
    symlink(user.home.path(), state.join("spool/sequence.0123456789abcdef.tmp")).unwrap();
    fs::create_dir(state.join("spool/run-1")).unwrap();
    fs::create_dir_all(state.join("spool/run-2/deep")).unwrap();
    let beside = user.places.answer().with_file_name("consent-notice-board");
    fs::write(&beside, "x").unwrap();
    fs::File::open(&beside).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    user.say(Choice::No);
    assert!(target.exists() && beside.exists());
    for name in theirs.iter().chain(&["empty", "spool/run-2/deep"]) {
        assert!(state.join(name).exists(), "{name} is not ours");
    }
    for name in
        ours.iter().chain(&["secret", "collectors", "spool/sequence.0123456789abcdef.tmp", "spool/run-1"])
    {
        assert!(state.join(name).symlink_metadata().is_err(), "{name} is left");
    }
    for name in theirs {
        fs::remove_file(state.join(name)).unwrap();
    }
    for name in ["deep", "spool/deep", "spool/run-2/deep", "spool/run-2", "empty"] {
        fs::remove_dir(state.join(name)).unwrap();
    }
    purge(&user.places).unwrap();
    assert!(!state.exists(), "an empty one goes");
}

#[test]
fn a_place_that_everybody_may_write_to_silences_and_nothing_in_it_is_deleted() {
    for shared in ABOVE {
        let user = User::new(&[]);
        set_mode(&user.path(shared), 0o777);
        let source = if shared.starts_with(".local") { Source::Place } else { Source::Answer };
        assert_eq!(user.decided(), (Mode::Off, source, false), "{shared}");
        fs::write(user.places.answer(), "answer=no\n").unwrap();
        assert_eq!(user.decided(), (Mode::Off, source, false), "{shared}");
        let yes = user.ask(|question| question.answer(Choice::Yes, Surface::Verb, NOW));
        let stored = answer::store(&user.places, &user.declaration, &yes);
        assert_eq!(stored.is_err(), source == Source::Answer, "{shared}");
        if source == Source::Place {
            assert!(purge(&user.places).is_err(), "{shared}");
            assert!(stored_secret(&user.places).is_err(), "{shared}");
        }
        assert!(user.secret().exists(), "{shared}");
        set_mode(&user.path(shared), 0o700);
        user.say(Choice::No);
        assert!(!user.secret().exists(), "{shared}");
    }
}

#[test]
fn nothing_is_made_where_everybody_may_write() {
    let user = User::at(tempfile::tempdir().unwrap(), &[]);
    fs::create_dir_all(user.path(".local/state")).unwrap();
    set_mode(&user.path(".local/state"), 0o777);
    user.say(Choice::Yes);
    let permit = user.permit().unwrap();
    assert!(installation(&permit, &user.places).is_none());
    let recorder = Recorder::open(permit, &user.declaration, &user.places, sample::header(Component::Cli));
    assert_eq!(recorder.record(&sample::event(1)), Err(DropReason::WriteFailed));
    assert_eq!(fs::read_dir(user.path(".local/state")).unwrap().count(), 0);
}

#[test]
fn a_place_of_a_group_or_with_the_sticky_bit_is_used() {
    for mode in [0o775, 0o2775, 0o1777] {
        for shared in ABOVE {
            let user = User::new(&[]);
            set_mode(&user.path(shared), mode);
            assert_eq!(user.decided(), (Mode::On, Source::Answer, false), "{shared} {mode:o}");
            user.say(Choice::No);
            assert!(!user.secret().exists(), "{shared} {mode:o}");
        }
    }
    // A volume of a container, whose root is everybody's.
    let directory = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(directory.path());
    for mode in [0o2775, 0o777] {
        set_mode(directory.path(), mode);
        sample::answer(&sample::declaration(), &places, Choice::Yes, NOW);
        let permit = sample::permit(&sample::declaration(), &places);
        assert!(installation(&permit, &places).is_some(), "{mode:o}");
        sample::answer(&sample::declaration(), &places, Choice::No, NOW);
        assert!(!places.state().exists(), "{mode:o}");
    }
}

#[test]
fn no_link_or_directory_of_another_user_leads_to_an_answer_or_to_what_is_deleted() {
    if !is_root() {
        println!("not run: it takes root to make links of another user");
        return;
    }
    for moved in ABOVE {
        let user = User::new(&[]);
        let elsewhere = user.path("elsewhere");
        fs::rename(user.path(moved), &elsewhere).unwrap();
        link_of_another(&elsewhere, &user.path(moved));
        let source = if moved.starts_with(".local") { Source::Place } else { Source::Answer };
        assert_eq!(user.decided(), (Mode::Off, source, false), "{moved}");
        assert_eq!(purge(&user.places).is_err(), source == Source::Place, "{moved}");
        assert_eq!(user.secret().exists(), source == Source::Place, "{moved}");
        if source == Source::Answer {
            // Where the link leads may be the answer to something else.
            for choice in [Choice::Yes, Choice::No] {
                let said = user.ask(|question| question.answer(choice, Surface::Verb, NOW + 1));
                let before = fs::read(user.places.answer()).unwrap();
                assert!(answer::store(&user.places, &user.declaration, &said).is_err(), "{moved}");
                assert_eq!(fs::read(user.places.answer()).unwrap(), before, "{moved}");
            }
        }
    }
    for theirs in ABOVE {
        let user = User::new(&[]);
        chown(user.path(theirs), Some(NOBODY), Some(NOBODY)).unwrap();
        let source = if theirs.starts_with(".local") { Source::Place } else { Source::Answer };
        assert_eq!(user.decided(), (Mode::Off, source, false), "{theirs}");
        assert!(user.secret().exists(), "{theirs}");
    }
}

#[test]
fn links_that_the_user_made_are_followed_but_below_the_base_of_the_state() {
    for moved in [".local/state", ".config/sample", ".config"] {
        for is_relative in [false, true] {
            let user = User::new(&[]);
            let elsewhere = user.path("elsewhere");
            fs::rename(user.path(moved), &elsewhere).unwrap();
            let up = "../".repeat(moved.matches('/').count()) + "elsewhere";
            symlink(if is_relative { Path::new(&up) } else { &elsewhere }, user.path(moved)).unwrap();
            assert_eq!(user.decided(), (Mode::On, Source::Answer, false), "{moved}");
            assert!(installation(&user.permit().unwrap(), &user.places).is_some(), "{moved}");
            user.say(Choice::No);
            assert!(!user.secret().exists(), "{moved}");
        }
    }
    let user = User::new(&[]);
    // As somebody may ship it: the state of another place, by a link of the user.
    let shipped = User::at(tempfile::tempdir().unwrap(), &[]);
    shipped.say(Choice::Yes);
    fs::create_dir_all(shipped.path(".local/state")).unwrap();
    symlink(user.path(".local/state/sample"), shipped.path(".local/state/sample")).unwrap();
    assert_eq!(shipped.decided(), (Mode::Off, Source::Place, false));
    assert!(purge(&shipped.places).is_err());
    assert!(user.secret().exists());
}

#[test]
fn a_link_that_leads_nowhere_above_an_answer_may_stand_for_a_no() {
    for dangling in [".config/sample", ".config"] {
        let user = User::new(&[]);
        fs::rename(user.path(dangling), user.path("elsewhere")).unwrap();
        assert_eq!(answer::read(user.places.answer()), answer::StoredAnswer::Nothing);
        for target in ["/nonexistent", "nonexistent/deeper", "/dev/null"] {
            symlink(target, user.path(dangling)).unwrap();
            assert_eq!(user.decided(), (Mode::Off, Source::Answer, false), "{dangling} to {target}");
            fs::remove_file(user.path(dangling)).unwrap();
        }
        assert!(user.secret().exists());
    }
}

#[test]
fn where_a_variable_chose_the_places_a_no_that_is_read_silences_and_off_deletes() {
    for (variables, deletes) in [
        (&[][..], true),
        (&[("XDG_CONFIG_HOME", "repo/.config")], false),
        (&[("XDG_STATE_HOME", "elsewhere")], false),
        (&[("XDG_CONFIG_HOME", "repo/.config"), ("XDG_STATE_HOME", ".local/state")], false),
        (&[("XDG_CONFIG_HOME", "repo/.config"), ("XDG_STATE_HOME", ".local/../.local/state")], false),
        (&[("XDG_CONFIG_HOME", "repo/.config"), ("XDG_STATE_HOME", "elsewhere")], false),
        (&[("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local//state/")], true),
    ] {
        let usual = User::new(&[]);
        let secret = usual.secret();
        let user = User::at(usual.home, variables);
        fs::create_dir_all(user.places.answer().parent().unwrap()).unwrap();
        let by_config = user.decided_by(&Host::default().config(Some("false")));
        fs::write(user.places.answer(), "answer=no\n").unwrap();
        for decided in [by_config, user.decided_by(&Host::default())] {
            assert_eq!((decided.0, decided.2), (Mode::Off, deletes), "{variables:?}");
        }
        assert!(secret.exists());
        user.say(Choice::No);
        let is_elsewhere = variables.contains(&("XDG_STATE_HOME", "elsewhere"));
        assert_eq!(secret.exists(), is_elsewhere, "{variables:?}");
    }
}
