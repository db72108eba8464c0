//! What cannot be read silences and deletes nothing, whichever source it is; and once it can be read, everything is as it was.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use aboveboard_core::consent::{
    Answer, Choice, Host, Mode, Question, Source, Surface, answer, decide, explain, purge, still_permitted,
};
use aboveboard_core::environment::Environment;
use aboveboard_core::identity::{adopt, installation, new_secret, stored_secret};
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_files::{Errno, Owner, faults};
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::declaration::{Component, Declaration, Policy};
use aboveboard_types::typed::ConfigValue;

/// A user who has recorded something under an answer.
struct User {
    declaration: Declaration,
    home: tempfile::TempDir,
    environment: Environment,
    places: Paths,
}

/// Where an answer lies that is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Answer,
    Wording,
    Family,
}

impl User {
    fn new(which: Which) -> Self {
        let home = tempfile::tempdir().unwrap();
        let policy = if which == Which::Family { Policy::Follow } else { Policy::Ask };
        let declaration = sample::declaration().cli(policy).family("relatives".into());
        let environment = Environment::of([("HOME", home.path())]);
        let places = Paths::of_user(&declaration, &environment).unwrap();
        let places = if which == Which::Wording { places.worded("acme-1") } else { places };
        let user = Self { declaration, home, environment, places };
        fs::create_dir_all(user.path_of(which).parent().unwrap()).unwrap();
        user
    }

    fn path_of(&self, which: Which) -> PathBuf {
        match which {
            Which::Answer => self.places.answer().to_owned(),
            Which::Wording => self.places.wording_answer().unwrap().to_owned(),
            Which::Family => self.places.family_answer().unwrap().to_owned(),
        }
    }

    fn ask<R>(&self, host: &Host, ask: impl Fn(&Question<'_>) -> R) -> R {
        ask(&Question {
            declaration: &self.declaration,
            component: Component::Cli,
            host,
            environment: &self.environment,
            places: Some(&self.places),
        })
    }

    /// Says this, and records an event under it.
    fn says(&self, choice: Choice, which: Which) {
        let mut said = self.ask(&Host::default(), |question| question.answer(choice, Surface::Verb, NOW));
        if which == Which::Family {
            said.items = None;
            fs::write(self.path_of(which), said.line()).unwrap();
        } else {
            answer::store(&self.places, &self.declaration, &said).unwrap();
        }
        self.record();
    }

    fn record(&self) {
        let permit = self.ask(&Host::default(), |question| decide(question).permit()).unwrap();
        installation(&permit, &self.places).unwrap();
        let recorder =
            Recorder::open(permit, &self.declaration, &self.places, sample::header(Component::Cli));
        recorder.record(&sample::event(1)).unwrap();
    }

    /// Decides as an agent does, which deletes where the decision says so.
    fn decides(&self, host: &Host) -> (Mode, Source) {
        let decision = self.ask(host, decide);
        assert_eq!(decision.purges(), self.ask(host, |question| explain(question).decision.purges()));
        if decision.purges() {
            purge(&self.places).unwrap();
        }
        (decision.mode, decision.because)
    }

    /// Everything that was recorded, with its bytes.
    fn recorded(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.places.state().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    found.push((path.clone(), fs::read(path).unwrap()))
                }
            }
        }
        found.sort();
        found
    }
}

/// Puts something into the place of a file.
type Spoil = Box<dyn Fn(&Path)>;

/// What takes the place of an answer file that holds this line.
fn spoilt(line: &str) -> Vec<(String, Spoil)> {
    let mut all: Vec<(String, Spoil)> = Vec::new();
    let mut texts: Vec<(String, Vec<u8>)> = vec![
        ("with a byte order mark".into(), [b"\xef\xbb\xbf", line.as_bytes()].concat()),
        ("in UTF-16".into(), line.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("with a carriage return".into(), line.replace('\n', "\r\n").into_bytes()),
        ("with a comment".into(), format!("# mine\n{line}").into_bytes()),
        ("with a line more".into(), format!("{line}{line}").into_bytes()),
        ("of a newer format".into(), line.replace(" at=", " for=work at=").into_bytes()),
        ("of a newer choice".into(), b"answer=sometimes at=2026-11-01T10:00:00Z by=verb\n".to_vec()),
        ("of NULs after a crash".into(), vec![0; line.len()]),
        ("too long".into(), [line.as_bytes(), &[b' '; 8192]].concat()),
        ("no UTF-8".into(), b"answer=\xff\n".to_vec()),
    ];
    texts.extend((0..line.len()).map(|at| (format!("cut at {at}"), line.as_bytes()[..at].to_vec())));
    for (what, bytes) in texts {
        all.push((what, Box::new(move |path| fs::write(path, &bytes).unwrap())));
    }
    let line = line.to_owned();
    all.push(("a directory".into(), Box::new(|path| fs::create_dir(path).unwrap())));
    all.push(("a link to nothing".into(), Box::new(|path| symlink("/nonexistent", path).unwrap())));
    let content = line.clone();
    all.push((
        "a link to an answer".into(),
        Box::new(move |path| {
            let elsewhere = path.with_file_name("elsewhere");
            fs::write(&elsewhere, &content).unwrap();
            symlink(elsewhere, path).unwrap();
        }),
    ));
    all.push((
        "a pipe".into(),
        Box::new(|path| rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).unwrap()),
    ));
    let with_mode = |mode: u32| {
        let content = line.clone();
        move |path: &Path| {
            fs::write(path, &content).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    all.push(("that everybody may write to".into(), Box::new(with_mode(0o666))));
    if Owner::me().is_system() {
        let content = line.clone();
        all.push((
            "of another user".into(),
            Box::new(move |path| {
                fs::write(path, &content).unwrap();
                chown(path, Some(65_534), None).unwrap();
            }),
        ));
    } else {
        all.push(("that may not be read".into(), Box::new(with_mode(0o000))));
    }
    all
}

#[test]
fn an_answer_that_cannot_be_read_silences_and_deletes_nothing_whosever_it_is_and_whatever_it_was() {
    for (which, source) in
        [(Which::Answer, Source::Answer), (Which::Wording, Source::Wording), (Which::Family, Source::Family)]
    {
        for choice in [Choice::Yes, Choice::Local] {
            if choice == Choice::Local && which != Which::Answer {
                continue;
            }
            let user = User::new(which);
            user.says(choice, which);
            let before = user.recorded();
            let path = user.path_of(which);
            let line = fs::read_to_string(&path).unwrap();
            let mode = user.decides(&Host::default()).0;
            assert!(matches!(mode, Mode::On | Mode::Local));
            for (what, spoil) in spoilt(&line) {
                fs::remove_file(&path).unwrap();
                spoil(&path);
                let case = format!("{which:?} of {choice:?}, {what}");
                assert_eq!(user.decides(&Host::default()), (Mode::Off, source), "{case}");
                if which == Which::Answer {
                    assert!(!still_permitted(&user.places), "{case}");
                    let yes = user.ask(&Host::default(), |q| q.answer(Choice::Yes, Surface::Verb, NOW));
                    assert!(answer::store(&user.places, &user.declaration, &yes).is_err(), "{case}");
                }
                assert_eq!(user.recorded(), before, "{case}");
                fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
                fs::write(&path, &line).unwrap();
                assert_eq!(user.decides(&Host::default()).0, mode, "{case}: once it can be read again");
            }
            assert_eq!(user.recorded(), before);
        }
    }
}

#[test]
fn a_system_that_cannot_show_an_answer_now_silences_for_now() {
    let user = User::new(Which::Answer);
    user.says(Choice::Yes, Which::Answer);
    let before = user.recorded();
    for error in
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::STALE, Errno::ACCESS, Errno::NOTCONN]
    {
        faults::fail_outside(error);
        let decision = user.ask(&Host::default(), decide);
        faults::heal();
        assert_eq!((decision.mode, decision.purges()), (Mode::Off, false), "{error}");
        assert_eq!(user.decides(&Host::default()).0, Mode::On, "{error}");
    }
    assert_eq!(user.recorded(), before);
}

#[test]
fn of_a_configuration_only_a_no_that_was_read_deletes() {
    for choice in [Choice::Yes, Choice::Local] {
        let user = User::new(Which::Answer);
        user.says(choice, Which::Answer);
        let before = user.recorded();
        let unread: [ConfigValue; 4] = [
            ConfigValue::UNREADABLE,
            Err::<Option<bool>, _>("a directory in its place").into(),
            Some("flase").into(),
            Some("null").into(),
        ];
        for value in unread {
            let host = Host::default().config(value.clone());
            assert_eq!(user.decides(&host), (Mode::Off, Source::Config), "{value:?}");
            assert_eq!(user.recorded(), before, "{value:?}");
        }
        user.decides(&Host::default().config(Some(false)));
        assert_eq!(user.recorded(), []);
    }
}

#[test]
fn a_policy_that_cannot_be_looked_at_deletes_nothing() {
    let user = User::new(Which::Answer);
    user.says(Choice::Yes, Which::Answer);
    let before = user.recorded();
    let path = |name: &str| user.home.path().join(name);
    fs::write(path("file"), "").unwrap();
    symlink("/nonexistent", path("dangling")).unwrap();
    symlink(path("loop"), path("loop")).unwrap();
    for place in ["file", "dangling", "loop"] {
        let environment =
            Environment::of([("HOME", user.home.path().to_owned()), ("ABOVEBOARD_OFF_D", path(place))]);
        let question = Question {
            declaration: &user.declaration,
            component: Component::Cli,
            host: &Host::default(),
            environment: &environment,
            places: Some(&user.places),
        };
        let decision = decide(&question);
        assert_eq!((decision.mode, decision.because), (Mode::Off, Source::PolicyFile), "{place}");
        assert!(!decision.purges(), "{place}");
    }
    assert_eq!(user.recorded(), before);
}

#[test]
fn a_secret_that_cannot_be_read_gives_way_to_no_other() {
    let user = User::new(Which::Answer);
    user.says(Choice::Yes, Which::Answer);
    let places = user.places.clone().kept_elsewhere();
    let permit = || user.ask(&Host::default(), |question| decide(question).permit()).unwrap();
    let secret = user.places.state().join("secret");
    let line = fs::read(&secret).unwrap();
    for spoil in ["", "half", "0123456789abcdef\n"] {
        fs::write(&secret, spoil).unwrap();
        let before = user.recorded();
        assert!(adopt(&permit(), &places, &new_secret().unwrap()).is_none(), "{spoil:?}");
        assert_eq!(user.recorded(), before, "{spoil:?}");
    }
    fs::write(&secret, line).unwrap();
    // One that can be read and is another belongs to an installation that is no more.
    let other = new_secret().unwrap();
    assert!(adopt(&permit(), &places, &other).is_some());
    assert!(stored_secret(&places).unwrap().is_some());
    assert!(user.recorded().iter().all(|(path, _)| !path.to_string_lossy().contains("open-")));
}

/// What every version reads and a person can write is an opt-out from its ninth byte on; before, nothing of it is read.
#[test]
fn an_opt_out_that_was_cut_short_is_one_or_cannot_be_read() {
    let line = Answer::parse("answer=no at=2026-11-01T10:00:00Z by=verb\n").unwrap().line();
    for at in 0..=line.len() {
        let user = User::new(Which::Answer);
        user.says(Choice::Yes, Which::Answer);
        fs::write(user.places.answer(), &line[..at]).unwrap();
        let decision = user.ask(&Host::default(), decide);
        let is_read = Answer::parse(&line[..at]).is_some();
        assert_eq!((decision.mode, decision.purges()), (Mode::Off, is_read), "{:?}", &line[..at]);
    }
}
