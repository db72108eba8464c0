//! Deleting and deciding in places that somebody else prepared, and in places that a variable chose.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use aboveboard_core::consent::{
    Choice, Host, Mode, Question, Source, Surface, answer, decide, explain, purge,
};
use aboveboard_core::environment::Environment;
use aboveboard_core::exposure::Exposure;
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
    aboveboard_files::Owner::me().is_system()
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
fn what_cannot_be_deleted_keeps_nothing_else() {
    if !is_root() {
        return;
    }
    let user = User::new(&[]);
    let state = user.places.state();
    assert!(state.join("secret").exists());
    fs::create_dir_all(state.join("spool")).unwrap();
    chown(state.join("spool"), Some(NOBODY), Some(NOBODY)).unwrap();
    assert!(purge(&user.places).is_err());
    assert!(!state.join("secret").exists());
    assert!(state.join("spool").exists());
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
    assert_eq!(recorder.record(&sample::event(1)), Err(DropReason::WriteFailed.into()));
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

/// As Kubernetes does at each mount of a volume with `fsGroup`.
fn let_a_group_in(path: &Path) {
    let found = path.symlink_metadata().unwrap();
    let more = if found.is_dir() { 0o2070 } else { 0o060 };
    set_mode(path, (found.permissions().mode() & 0o7777) | more);
    if found.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| let_a_group_in(&entry.unwrap().path()));
    }
}

fn mode_of(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_group_that_was_let_in_is_taken_out_and_neither_silences_nor_keeps_an_opt_out_from_deleting() {
    let user = User::new(&[]);
    let record = |user: &User| {
        let header = sample::header(Component::Cli);
        let recorder = Recorder::open(user.permit().unwrap(), &user.declaration, &user.places, header);
        recorder.record(&sample::event(1)).unwrap();
        installation(&user.permit().unwrap(), &user.places).unwrap().id
    };
    let id = record(&user);
    for _ in 0..2 {
        let_a_group_in(user.home.path());
        assert_eq!(user.decided(), (Mode::On, Source::Answer, false));
        assert_eq!(record(&user), id);
        assert_eq!(mode_of(user.places.answer()), 0o600);
        for directory in ["", "spool"] {
            assert_eq!(mode_of(&user.places.state().join(directory)), 0o700);
        }
    }
    let_a_group_in(user.home.path());
    fs::write(user.places.answer(), "answer=no\n").unwrap();
    assert_eq!(user.decided(), (Mode::Off, Source::Answer, true), "as an editor writes it");
    purge(&user.places).unwrap();
    assert!(!user.places.state().exists());

    let user = User::new(&[]);
    record(&user);
    let_a_group_in(user.home.path());
    user.say(Choice::No);
    assert!(!user.places.state().exists());
}

#[test]
fn a_directory_that_came_with_a_checkout_and_a_secret_in_it_are_not_used() {
    // Neither of the two masks that people have lets a checkout make what is its user's alone.
    for mask in [0o022, 0o002] {
        let user = User::at(tempfile::tempdir().unwrap(), &[("XDG_STATE_HOME", "repo/.state")]);
        user.say(Choice::Yes);
        fs::create_dir_all(user.places.state()).unwrap();
        fs::write(user.secret(), "ab".repeat(32) + "\n").unwrap();
        for directory in ["repo", "repo/.state", "repo/.state/sample"].map(|path| user.path(path)) {
            set_mode(&directory, 0o777 & !mask);
        }
        set_mode(user.places.state(), 0o777 & !mask);
        set_mode(&user.secret(), 0o666 & !mask);
        assert_eq!(user.decided(), (Mode::Off, Source::Place, false), "{mask:o}");
        assert!(user.permit().is_none() && stored_secret(&user.places).is_err(), "{mask:o}");
        let exposed = user.places.exposed_state().unwrap();
        assert_eq!((exposed.directory, exposed.by), (user.places.state(), Exposure::Open));
        assert!(purge(&user.places).is_err());
        assert_eq!(mode_of(&user.secret()), 0o666 & !mask, "nothing there is changed");
        // Whoever says that it is theirs has it.
        set_mode(user.places.state(), 0o700);
        assert_eq!(user.decided().0, Mode::On);
    }
    // What is made where a variable leads is the user's alone, so it goes on being used.
    let user = User::new(&[("XDG_STATE_HOME", "elsewhere")]);
    assert_eq!(user.decided().0, Mode::On);
    assert!(stored_secret(&user.places).unwrap().is_some());
}

#[test]
fn what_cannot_be_one_of_our_passing_files_keeps_no_answer_from_being_stored() {
    for kind in ["answer", "notice"] {
        let user = User::new(&[]);
        let beside = user.places.answer().with_file_name(format!("consent-{kind}-0123456789abcdef"));
        fs::create_dir_all(beside.join("deep")).unwrap();
        fs::File::open(&beside).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        user.say(Choice::No);
        assert!(!user.secret().exists() && user.decided().0 == Mode::Off, "{kind}");
        user.say(Choice::Yes);
        assert!(user.decided().0 == Mode::On && beside.exists(), "{kind}");
        if is_root() {
            // Of another user, who may have put it into a directory of everybody's with the sticky bit.
            fs::remove_dir_all(&beside).unwrap();
            fs::write(&beside, "").unwrap();
            chown(&beside, Some(NOBODY), Some(NOBODY)).unwrap();
            user.say(Choice::No);
            assert_eq!(user.decided().0, Mode::Off, "{kind}");
        }
    }
}

#[test]
fn where_nothing_was_recorded_an_exposed_place_is_in_no_opt_outs_way() {
    let user = User::at(tempfile::tempdir().unwrap(), &[]);
    fs::create_dir_all(user.path("elsewhere")).unwrap();
    fs::create_dir_all(user.path(".local/state")).unwrap();
    symlink(user.path("elsewhere"), user.path(".local/state/sample")).unwrap();
    user.say(Choice::No);
    assert_eq!(user.decided().0, Mode::Off);
    fs::create_dir_all(user.places.state()).unwrap();
    let refused = purge(&user.places).unwrap_err().to_string();
    assert!(refused.contains("is a link") && !refused.contains("user"), "{refused}");
}
