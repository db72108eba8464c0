//! The stored answer: its line, what may replace it, and who may write it.

use aboveboard_types::scope::Scope;
use rustix::fs::Mode;

use super::*;
use crate::paths::Paths;

fn answer() -> Answer {
    Answer {
        choice: Choice::Yes,
        at: 1_795_356_626,
        surface: Surface::Question,
        revision: 4,
        manifest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".to_owned(),
        endpoint: Some("https://telemetry.quarry.dev".to_owned()),
        scope: Some(Scope::of(&crate::tests::sample::declaration())),
    }
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    for (choice, _) in Choice::ALL {
        for (surface, _) in Surface::ALL {
            for endpoint in [None, answer().endpoint] {
                let answer = Answer { choice, surface, endpoint, ..answer() };
                assert_eq!(Answer::parse(&answer.line()), Some(answer));
            }
        }
    }
}

#[test]
fn no_damage_to_a_no_makes_it_a_yes() {
    let line = Answer { choice: Choice::No, ..answer() }.line();
    for at in 0..line.len() {
        let torn = Answer::parse(&line[..at]).map(|answer| answer.choice);
        assert!(matches!(torn, None | Some(Choice::No)), "{torn:?} from {:?}", &line[..at]);
        for bit in 0..8 {
            let mut flipped = line.clone().into_bytes();
            flipped[at] ^= 1 << bit;
            let read = std::str::from_utf8(&flipped).ok().and_then(Answer::parse);
            assert!(matches!(read.map(|answer| answer.choice), None | Some(Choice::No)));
        }
    }
}

#[test]
fn a_notice_never_replaces_what_somebody_said() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let shown = Answer { choice: Choice::Shown, surface: Surface::Notice, ..answer() };
    // A server remembers so that it showed a wider manifest; it repeats the yes that it read a moment ago.
    let widened = Answer { surface: Surface::Notice, ..answer() };
    // The question was put while nothing had been said.
    let asked = Answer { surface: Surface::Question, ..answer() };
    for said in [Choice::No, Choice::Local] {
        let said = Answer { choice: said, surface: Surface::Verb, ..answer() };
        store(&places, &said).unwrap();
        for notice in [&shown, &widened, &asked] {
            store(&places, notice).unwrap();
            assert_eq!(read(places.answer()), StoredAnswer::Answer(said.clone()));
        }
    }
    std::fs::write(places.answer(), "answer=\n").unwrap();
    store(&places, &shown).unwrap();
    assert_eq!(read(places.answer()), StoredAnswer::Unreadable);

    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside it");

    std::fs::remove_file(places.answer()).unwrap();
    for notice in [shown, widened, asked] {
        store(&places, &notice).unwrap();
        assert_eq!(read(places.answer()), StoredAnswer::Answer(notice));
    }
}

#[test]
fn an_answer_that_others_could_have_written_is_a_no() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let path = places.answer();
    assert_eq!(read(path), StoredAnswer::Nothing);
    store(&places, &answer()).unwrap();
    assert_eq!(read(path), StoredAnswer::Answer(answer()));

    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(read(path), StoredAnswer::Unreadable);

    std::fs::remove_file(path).unwrap();
    std::os::unix::fs::symlink("/dev/null", path).unwrap();
    assert_eq!(read(path), StoredAnswer::Unreadable);

    std::fs::remove_file(path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path, Mode::RWXU).unwrap();
    assert_eq!(read(path), StoredAnswer::Unreadable);

    std::fs::remove_file(path).unwrap();
    std::fs::write(path, "answer=yes ".repeat(2000)).unwrap();
    assert_eq!(read(path), StoredAnswer::Unreadable);
}

/// Notices for ever other endpoints always have something to replace, and never wait for anybody.
#[test]
fn a_no_stands_however_many_notices_are_being_stored_at_that_moment() {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let ends = AtomicBool::new(false);
    let stored = AtomicU64::new(0);
    /// Ends the others however this one ends.
    struct End<'e>(&'e AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        for notices in 0..2 {
            let places = &places;
            let ends = &ends;
            let stored = &stored;
            scope.spawn(move || {
                for number in 0_u64.. {
                    if ends.load(Ordering::Relaxed) {
                        return;
                    }
                    let endpoint = Some(format!("https://{notices}-{number}.example.org"));
                    let shown =
                        Answer { choice: Choice::Shown, surface: Surface::Notice, endpoint, ..answer() };
                    // Others may come between for ever; then it is tried again another time.
                    let _ = store(places, &shown);
                    stored.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _end = End(&ends);
        let others = |number: u64| {
            let until = stored.load(Ordering::Relaxed) + number;
            while stored.load(Ordering::Relaxed) < until {
                std::thread::yield_now();
            }
        };
        let said = |choice| {
            store(&places, &Answer { choice, surface: Surface::Verb, ..answer() }).unwrap();
        };
        for round in 0..30 {
            said(Choice::Yes);
            others(5);
            said(Choice::No);
            for _ in 0..3 {
                let StoredAnswer::Answer(found) = read(places.answer()) else { panic!("in round {round}") };
                assert_eq!(found.choice, Choice::No, "in round {round}");
                others(5);
            }
        }
    });
}

#[test]
fn what_killed_processes_left_beside_an_answer_goes_with_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let passing = ["notice", "answer"].map(|of| home.path().join(format!("consent-{of}-0123456789abcdef")));
    let shown = Answer { choice: Choice::Shown, surface: Surface::Notice, ..answer() };
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(120);
    for path in &passing {
        std::fs::write(path, "answer=y").unwrap();
    }
    store(&places, &shown).unwrap();
    assert!(passing.iter().all(|path| path.exists()), "they may be alive");
    for path in &passing {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    let elsewhere = Answer { endpoint: None, ..shown };
    store(&places, &elsewhere).unwrap();
    assert_eq!(read(places.answer()), StoredAnswer::Answer(elsewhere));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}
