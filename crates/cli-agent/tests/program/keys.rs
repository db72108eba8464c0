//! Keys at the question, whatever the host did to signals and to the terminal, and keys that were meant for the shell.

use std::process::Command;
use std::time::{Duration, Instant};

use aboveboard_testkit::terminal::Session;
use rustix::process::{Signal, kill_process};
use rustix::termios::{LocalModes, OutputModes, SpecialCodeIndex};

use super::tool::{CLOSED, Home, QUESTION, ask, asked, days_ago, program, shell};

/// What hosts do before the question comes.
const HOSTS: [&str; 5] = [
    "",
    "trap '' INT QUIT TSTP;",
    "stty raw -echo;",
    "stty -isig -icrnl -onlcr -iexten;",
    "stty intr ^X quit undef;",
];

/// Runs the program as a host that does this first. What the shell sets stays with the program that it becomes.
fn host(home: &Home, does: &str) -> Session {
    let mut shell = home.equip(Command::new("sh"), CLOSED);
    shell.args(["-c", &format!("{does} exec \"$0\" good")]).arg(program()).env("TERM", "xterm");
    Session::start(&shell, 80)
}

#[test]
fn ctrl_c_ends_the_question_at_once_and_the_program_with_its_own_code() {
    for does in HOSTS {
        for keys in ["\u{3}", "y\u{3}", "\u{1c}"] {
            let keys =
                if does.contains("intr ^X") { keys.replace('\u{3}', "\u{18}") } else { keys.to_owned() };
            let home = Home::new();
            let mut session = host(&home, does);
            session.expect(QUESTION);
            let begun = Instant::now();
            session.type_in(&keys);
            let (seen, _, status) = session.end();
            assert!(begun.elapsed() < Duration::from_secs(10), "{does} {keys:?}: {seen}");
            assert_eq!(status.code(), Some(0), "{does} {keys:?}: the command had succeeded");
            assert_eq!((asked(&home), home.answer()), (Some(days_ago(0)), None), "{does} {keys:?}");
        }
    }
}

#[test]
fn it_is_shown_and_answered_by_lines_and_the_hosts_modes_come_back() {
    for does in HOSTS {
        let home = Home::new();
        let mut session = host(&home, does);
        session.expect("Tool can report");
        session.expect("never reports arguments,\r\nnames");
        session.expect(QUESTION);
        // The backspace is obeyed, and what is typed is shown.
        session.type_in("x\u{7f}yes\r");
        session.expect("yes\r\nThank you.");
        session.end();
        assert!(home.answer().unwrap().starts_with("answer=yes "), "{does}");
        let after = session.modes();
        let is_raw = does.contains("raw");
        for mode in [LocalModes::ICANON, LocalModes::ECHO] {
            assert_eq!(after.local_modes.contains(mode), !is_raw, "{does}");
        }
        let has_signals = !is_raw && !does.contains("-isig");
        assert_eq!(after.local_modes.contains(LocalModes::ISIG), has_signals, "{does}");
        assert_eq!(after.output_modes.contains(OutputModes::OPOST), !is_raw, "{does}");
        let interrupt = if does.contains("intr ^X") { 0x18 } else { 0x03 };
        assert_eq!(after.special_codes[SpecialCodeIndex::VINTR], interrupt, "{does}");
    }
}

#[test]
fn a_stop_and_continue_leaves_the_question_standing() {
    let home = Home::new();
    let mut session = ask(&home, &["good"], &[]);
    session.expect(QUESTION);
    kill_process(session.pid(), Signal::STOP).unwrap();
    kill_process(session.pid(), Signal::CONT).unwrap();
    session.type_in("y\n");
    session.end();
    assert!(home.answer().unwrap().starts_with("answer=yes "));
}

#[test]
fn a_line_that_is_too_long_is_no_answer_and_no_part_of_it_reaches_the_shell() {
    let home = Home::new();
    let mut session = shell(&home, &["--norc"], &[]);
    session.expect("> ");
    session.type_in("tool good\n");
    session.expect(QUESTION);
    session.type_in(&format!("y{}; echo sp\"\"illed\n", " ".repeat(300)));
    session.expect("No answer");
    session.expect("> ");
    session.type_in("exit\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("spilled"), "{seen}");
    assert_eq!(home.answer(), None);
}

#[test]
fn what_was_typed_ahead_is_neither_an_answer_nor_lost_to_the_shell() {
    for line in ["echo ty\"\"ped\n", "y\necho ty\"\"ped\n", "echo ty\"\"ped"] {
        let home = Home::new();
        let mut session = shell(&home, &["--norc"], &[]);
        session.expect("> ");
        session.type_in("tool wait\n");
        session.expect("waiting\r\n");
        // The end of input ends the command.
        session.type_in(&format!("\u{4}{line}"));
        session.expect("> ");
        session.type_in("\n");
        session.expect("typed\r\n");
        session.type_in("exit\n");
        let (seen, ..) = session.end();
        assert!(!seen.contains("can report"), "{line:?}: {seen}");
        assert_eq!((asked(&home), home.answer()), (None, None), "{line:?}");
    }
}

#[test]
fn what_is_typed_after_the_answer_is_the_shells() {
    let home = Home::new();
    let mut session = shell(&home, &["--norc"], &[]);
    session.expect("> ");
    session.type_in("tool good\n");
    session.expect(QUESTION);
    session.type_in("n\necho le\"\"ft\n");
    session.expect("Nothing is recorded.");
    session.expect("left\r\n");
    session.type_in("exit\n");
    session.end();
    assert!(home.answer().unwrap().starts_with("answer=no "));
}
