//! The stored answer: its line, what may replace it, and who may write it.

use aboveboard_types::scope::Scope;
#[cfg(unix)]
use rustix::fs::Mode;

use super::*;
use crate::paths::Paths;
use crate::tests::sample::declaration;

fn answer() -> Answer {
    Answer {
        choice: Choice::Yes,
        at: 1_795_356_626,
        surface: Surface::Question,
        endpoint: Some("https://telemetry.quarry.dev".to_owned()),
        items: Some(Scope::of(&declaration()).digest()),
    }
}

/// Stores an answer to the sample product.
fn keep(places: &Paths, answer: &Answer) -> crate::error::Result<()> {
    store(places, &declaration(), answer)
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    for (choice, _) in Choice::ALL {
        for (surface, _) in Surface::ALL {
            for endpoint in [None, answer().endpoint] {
                // An opt-out covers everything, so no version reads what it was given to.
                let items = answer().items.filter(|_| choice != Choice::No);
                let answer = Answer { choice, surface, endpoint, items, ..answer() };
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
fn whatever_stands_beside_an_answer_it_is_no_yes_any_more() {
    let line = answer().line();
    let whole = line.trim_end();
    let before = |text: &str| format!("{text}{line}");
    let after = |text: &str| format!("{line}{text}");
    let doubtful = [
        after("answer=no\n"),
        after("\n"),
        after("\0"),
        after(" "),
        before("answer=no\n"),
        before("\n"),
        before(" "),
        before("\u{feff}"),
        before("#"),
        whole.to_owned(),
        format!("{whole}\r\n"),
        format!("{whole} \n"),
        format!("{whole} answer=no\n"),
        format!("{whole} more=1\n"),
        whole.replace("answer=yes", "answer=yes answer=no") + "\n",
        whole.replace("answer=yes", "answer=Yes") + "\n",
        whole.replace(" by", "  by") + "\n",
        whole.replace(" by", "\tby") + "\n",
        whole.replace(" by", "\0by") + "\n",
        whole.replace("by=question", "by=question by=question") + "\n",
        whole.replace("by=question", "by=somebody") + "\n",
        whole.replace("endpoint=", "endpoint= ") + "\n",
        whole.replace("items=", "items=0") + "\n",
        whole.replace("items=", "items= ") + "\n",
        whole[..whole.len() - 1].to_owned() + "\n",
        whole.replace("at=", "at=1") + "\n",
        line.to_uppercase(),
    ];
    for text in doubtful {
        assert_eq!(Answer::parse(&text), None, "{text:?}");
    }
    for length in 0..line.len() {
        assert_eq!(Answer::parse(&line[..length]), None, "{:?}", &line[..length]);
    }
}

#[test]
fn an_opt_out_is_read_whoever_wrote_it_and_stands_alone() {
    let read = |text: &str| Answer::parse(text).map(|answer| answer.choice);
    for no in [
        "answer=no",
        "answer=no\n",
        "answer=no by=me\n",
        "answer=no at=2026-11-22T14:10:26Z by=verb revision=4 manifest=0123456789abcdef endpoint=https://q.example\n",
        "answer=no format=9 whatever:a+later=version,writes\n",
    ] {
        assert_eq!(read(no), Some(Choice::No), "{no:?}");
    }
    for neither in [
        "answer=nope\n",
        "answer=no answer=yes\n",
        "answer=no\nanswer=yes\n",
        "answer=no\n\n",
        "answer=no\r\n",
        "answer=no  by=me\n",
        "answer=no\0",
        "answer=no \u{202e}\n",
    ] {
        assert_eq!(read(neither), None, "{neither:?}");
    }
}

#[test]
fn what_cannot_be_read_gives_way_to_an_opt_out_and_to_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let line = answer().line();
    for newer in
        ["answer=yes-but\n", "answer=\n", "format=9\n", "", &format!("{line}more\n"), "{\"answer\":true}"]
    {
        std::fs::write(places.answer(), newer).unwrap();
        for choice in [Choice::Yes, Choice::Local, Choice::Shown] {
            for (surface, _) in Surface::ALL {
                // A notice gives way without a word, and whoever was asked is told.
                let _ = keep(&places, &Answer { choice, surface, ..answer() });
                assert_eq!(std::fs::read_to_string(places.answer()).unwrap(), newer);
            }
        }
        let refused = keep(&places, &Answer { surface: Surface::Verb, ..answer() }).unwrap_err();
        assert!(refused.to_string().contains("newer version"), "{refused}");
        let no = Answer { choice: Choice::No, items: None, ..answer() };
        keep(&places, &no).unwrap();
        assert_eq!(read(places.answer()), StoredAnswer::Answer(no));
    }
}

#[cfg(unix)]
#[test]
fn an_opt_out_that_is_written_over_an_answer_of_any_length_is_one_and_takes_no_more_room() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let no = Answer { choice: Choice::No, items: None, ..answer() };
    let line = answer().line();
    for before in [&line[..], "answer=yes\n", "answer=\n", "", &line.repeat(9)] {
        std::fs::write(places.answer(), before).unwrap();
        std::fs::set_permissions(places.answer(), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        replacement::put_over(places.answer(), &no).unwrap();
        let after = std::fs::read_to_string(places.answer()).unwrap();
        assert_eq!(Answer::parse(&after).map(|answer| answer.choice), Some(Choice::No), "{after:?}");
        assert_eq!(after.len(), before.len().max("answer=no\n".len()));
        // However far a kill let it come, it is no yes.
        for cut in 0..after.len().min(before.len()) {
            let torn = format!("{}{}", &after[..cut], &before[cut..]);
            let read = Answer::parse(&torn).map(|answer| answer.choice);
            assert!(torn == before || matches!(read, None | Some(Choice::No)), "{torn:?}");
        }
    }
    std::fs::remove_file(places.answer()).unwrap();
    assert!(replacement::put_over(places.answer(), &no).is_err() && !places.answer().exists());
}

#[test]
fn a_local_is_written_over_an_answer_that_can_be_read_and_torn_is_no_yes() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let local = Answer { choice: Choice::Local, surface: Surface::Verb, ..answer() };
    let shorter = Answer { items: None, endpoint: None, ..answer() };
    for before in [answer(), shorter, Answer { choice: Choice::No, items: None, ..answer() }] {
        let before = before.line();
        std::fs::write(places.answer(), &before).unwrap();
        replacement::put_over(places.answer(), &local).unwrap();
        assert_eq!(read(places.answer()), StoredAnswer::Answer(local.clone()));
        let after = local.line();
        for cut in 0..=after.len() {
            let torn = format!("{}{}", &after[..cut], before.get(cut..).unwrap_or_default());
            let read = Answer::parse(&torn).map(|answer| answer.choice);
            assert!(torn == before || matches!(read, None | Some(Choice::Local)), "{torn:?}");
        }
    }
    for unclear in ["", "answer=sometimes\n"] {
        std::fs::write(places.answer(), unclear).unwrap();
        assert!(replacement::put_over(places.answer(), &local).is_err());
        assert_eq!(std::fs::read_to_string(places.answer()).unwrap(), unclear);
    }
}

#[cfg(unix)]
#[test]
fn what_was_agreed_to_lies_beside_the_answer_in_full_and_only_that_text_counts() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    keep(&places, &answer()).unwrap();
    let scope = Scope::of(&declaration());
    let text = std::fs::read_to_string(places.agreed()).unwrap();
    assert_eq!(text, scope.text());
    assert_eq!(agreed(&places, &answer()), scope);
    assert!(
        text.lines().any(|line| line == "command metadata apply")
            && text.contains("terms: days that raw data is kept")
    );
    for changed in [
        text.replacen("init", "exit", 1),
        text.clone() + "command migrate\n",
        text.trim_end().to_owned(),
        String::new(),
    ] {
        std::fs::write(places.agreed(), changed).unwrap();
        assert_eq!(agreed(&places, &answer()), Scope::default());
    }
    std::fs::remove_file(places.agreed()).unwrap();
    assert_eq!(agreed(&places, &answer()), Scope::default());
    rustix::fs::mkfifoat(rustix::fs::CWD, places.agreed(), Mode::RWXU).unwrap();
    assert_eq!(agreed(&places, &answer()), Scope::default());
    std::fs::remove_file(places.agreed()).unwrap();
    let other = Answer { items: Some("0".repeat(64)), ..answer() };
    keep(&places, &other).unwrap();
    assert!(!places.agreed().exists(), "what is not what was agreed to is not stored as that");
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
        let items = answer().items.filter(|_| said != Choice::No);
        let said = Answer { choice: said, surface: Surface::Verb, items, ..answer() };
        keep(&places, &said).unwrap();
        for notice in [&shown, &widened, &asked] {
            keep(&places, notice).unwrap();
            assert_eq!(read(places.answer()), StoredAnswer::Answer(said.clone()));
        }
    }
    std::fs::write(places.answer(), "answer=\n").unwrap();
    keep(&places, &shown).unwrap();
    assert_eq!(read(places.answer()), StoredAnswer::Unreadable);

    assert_eq!(
        std::fs::read_dir(home.path()).unwrap().count(),
        2,
        "nothing is left beside it and what was agreed to"
    );

    std::fs::remove_file(places.answer()).unwrap();
    for notice in [shown, widened, asked] {
        keep(&places, &notice).unwrap();
        assert_eq!(read(places.answer()), StoredAnswer::Answer(notice));
    }
}

#[cfg(unix)]
#[test]
fn an_answer_that_others_could_have_written_is_a_no() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let path = places.answer();
    assert_eq!(read(path), StoredAnswer::Nothing);
    keep(&places, &answer()).unwrap();
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
                    let _ = keep(places, &shown);
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
            keep(&places, &Answer { choice, surface: Surface::Verb, ..answer() }).unwrap();
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
    keep(&places, &shown).unwrap();
    assert!(passing.iter().all(|path| path.exists()), "they may be alive");
    for path in &passing {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    let elsewhere = Answer { endpoint: None, ..shown };
    keep(&places, &elsewhere).unwrap();
    assert_eq!(read(places.answer()), StoredAnswer::Answer(elsewhere));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2, "with what was agreed to");
}

#[test]
fn that_somebody_was_asked_is_kept_for_thirty_days_in_one_line_and_is_no_answer() {
    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let day = 86_400;
    let at = 1_795_356_626;
    assert_eq!(Asked::read(&places), Asked::Never);
    Asked::keep(&places, at).unwrap();
    assert_eq!(std::fs::read_to_string(places.asked()).unwrap(), "asked=2026-11-22\n");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    assert_eq!(read(places.answer()), StoredAnswer::Nothing);
    // A clock that was set back asks nobody sooner.
    for early in [at, at + 29 * day, at - day, 0] {
        Asked::keep(&places, early).unwrap_err();
    }
    Asked::keep(&places, at + 30 * day).unwrap();
    assert_eq!(std::fs::read_to_string(places.asked()).unwrap(), "asked=2026-12-22\n");
    for choice in [Choice::Yes, Choice::No, Choice::Local, Choice::Shown] {
        let items = answer().items.filter(|_| choice != Choice::No);
        keep(&places, &Answer { choice, surface: Surface::Verb, items, ..answer() }).unwrap();
        assert_eq!(Asked::read(&places), Asked::Never, "{choice:?} takes its place");
        Asked::keep(&places, at).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn where_what_was_kept_of_a_question_cannot_be_read_or_written_nobody_is_asked() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let home = tempfile::tempdir().unwrap();
    let places = Paths::in_directory(home.path());
    let never = || {
        assert_eq!(Asked::read(&places), Asked::Unreadable);
        Asked::keep(&places, u64::from(u32::MAX)).unwrap_err();
    };
    std::fs::write(places.asked(), "asked=2026-11-22\n").unwrap();
    std::fs::set_permissions(places.asked(), std::fs::Permissions::from_mode(0o666)).unwrap();
    never();
    std::fs::remove_file(places.asked()).unwrap();
    symlink("nowhere", places.asked()).unwrap();
    never();
    std::fs::remove_file(places.asked()).unwrap();
    std::fs::create_dir(places.asked()).unwrap();
    never();
    let elsewhere = Paths::in_directory(std::path::Path::new("/proc/nothing"));
    Asked::keep(&elsewhere, 0).unwrap_err();
}
