//! The question comes once: what is kept of one that nobody answered, and for how long.

use std::process::Command;

use aboveboard_testkit::terminal::Session;

use super::tool::{CLOSED, Home, QUESTION, ask, asked, days_ago, program};

/// What the terminal shows of `good` where nobody is asked.
const SILENT: &str = "output\r\n";

#[test]
fn without_an_answer_it_ends_by_itself_and_does_not_come_after_the_next_command() {
    let home = Home::new();
    let mut session = ask(&home, &["good"], &[]);
    session.expect(QUESTION);
    let (seen, _, status) = session.end();
    assert!(seen.contains("No answer"), "{seen}");
    assert!(status.success());
    assert_eq!((asked(&home), home.answer()), (Some(days_ago(0)), None));
    let kept = home.files().into_iter().filter(|file| file.is_file()).count();
    assert_eq!(kept, 1, "no id, nothing else");
    assert_eq!(ask(&home, &["good"], &[]).end().0, SILENT);
}

#[test]
fn the_end_of_input_is_neither_consent_nor_a_stored_opt_out() {
    let home = Home::new();
    let mut session = ask(&home, &["good"], &[]);
    session.expect(QUESTION);
    session.type_in("\u{4}");
    let (.., status) = session.end();
    assert_eq!(status.code(), Some(0));
    assert_eq!((asked(&home), home.answer()), (Some(days_ago(0)), None));
}

#[test]
fn it_comes_again_after_thirty_days_and_not_before() {
    let home = Home::new();
    let file = home.path().join(".config/tool/asked");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    for (days, again) in [(0, false), (29, false), (30, true), (400, true)] {
        std::fs::write(&file, days_ago(days)).unwrap();
        let mut session = ask(&home, &["good"], &[]);
        if again {
            session.expect(QUESTION);
            session.type_in("\u{4}");
        }
        let (seen, ..) = session.end();
        assert_eq!(seen.contains(QUESTION), again, "after {days} days: {seen}");
        assert_eq!(asked(&home), Some(days_ago(if again { 0 } else { days })), "after {days} days");
    }
}

#[test]
fn status_tells_of_it_and_an_answer_takes_its_place() {
    let home = Home::new();
    let file = home.path().join(".config/tool/asked");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "asked=2026-01-20\n").unwrap();
    let status = home.verb(CLOSED, &["status"]);
    assert!(status.contains("asked: on 2026-01-20, without an answer; again from 2026-02-19 on"), "{status}");
    assert!(home.verb(CLOSED, &["status", "--json"]).contains("\"asked\": \"2026-01-20\""));
    for verb in ["on", "off", "local"] {
        std::fs::write(&file, days_ago(3)).unwrap();
        home.verb(CLOSED, &[verb]);
        assert_eq!(asked(&home), None, "{verb}");
    }
    assert!(home.verb(CLOSED, &["status", "--json"]).contains("\"asked\": null"));
}

#[test]
fn what_another_version_kept_is_left_as_it_is_is_no_answer_and_nobody_is_asked() {
    for other in ["", "asked=soon\n", "asked=2026-01-01 by=question\n", "asked=2026-01-01", "answer=yes\n"] {
        let home = Home::new();
        let file = home.path().join(".config/tool/asked");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, other).unwrap();
        let (seen, ..) = ask(&home, &["good"], &[]).end();
        assert_eq!((seen.as_str(), asked(&home).as_deref()), (SILENT, Some(other)));
        assert!(home.answer().is_none() && !home.state().exists());
        assert!(home.verb(CLOSED, &["status"]).contains("undecided"), "it is no answer");
    }
}

#[test]
fn where_it_cannot_be_kept_that_somebody_was_asked_nobody_is() {
    for name in ["tool", "teller"] {
        let home = Home::new();
        let named = home.path().join(name);
        std::os::unix::fs::symlink(program(), &named).unwrap();
        std::fs::write(home.path().join(".config"), "no directory").unwrap();
        let mut command = home.equip(Command::new(&named), CLOSED);
        command.args(["good"]).env("TERM", "xterm");
        assert_eq!(Session::start(&command, 80).end().0, SILENT, "{name}");
    }
}
