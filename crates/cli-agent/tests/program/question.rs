//! The question and the notice, through a real terminal.

use std::process::Command;

use super::tool::{CLOSED, Home, QUESTION, ask, asked, days_ago, program};
use aboveboard_testkit::terminal::Session;

#[test]
fn the_question_comes_after_the_command_and_keeps_its_day_alone() {
    let home = Home::new();
    let mut session = ask(&home, &["good"], &[]);
    session.expect("output\r\n");
    session.expect(QUESTION);
    assert_eq!(asked(&home), Some(days_ago(0)));
    assert_eq!(
        home.files().iter().filter(|file| file.is_file()).count(),
        1,
        "nothing else before the answer"
    );
    session.type_in("y\n");
    let (seen, _, status) = session.end();
    assert_eq!(status.code(), Some(0), "the command's own exit code");
    assert!(seen.contains("Tool e.V., Berlin") && seen.contains(CLOSED), "{seen}");
    assert!(home.answer().unwrap().starts_with("answer=yes "));
    assert_eq!(asked(&home), None, "the answer takes its place");
    assert!(!home.state().exists(), "the command that was asked after is not recorded");

    // The next one is, and nobody asks again.
    let (seen, ..) = ask(&home, &["good"], &[]).end();
    assert_eq!(seen, "output\r\n");
    assert!(home.state().join("spool").exists());
}

#[test]
fn no_and_an_empty_line_are_stored() {
    for keys in ["n\n", "\n", "NO\n"] {
        let home = Home::new();
        let mut session = ask(&home, &["good"], &[]);
        session.expect(QUESTION);
        session.type_in(keys);
        session.end();
        assert!(home.answer().unwrap().starts_with("answer=no "), "{keys:?}");
        assert_eq!(ask(&home, &["good"], &[]).end().0, "output\r\n", "nobody asks again");
    }
}

#[test]
fn show_prints_the_exact_payload_and_no_argument() {
    let home = Home::new();
    let mut session = ask(&home, &["good", "hunter2"], &[]);
    session.expect(QUESTION);
    session.type_in("show\n");
    session.expect(r#""events":[{"name":"command","time":"#);
    session.expect(r#""command":"good","run":"00000000-"#);
    session.type_in("n\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("hunter2"));
}

#[test]
fn a_narrow_and_dumb_terminal_is_asked_too() {
    let home = Home::new();
    let mut command = home.tool(CLOSED);
    command.args(["good"]).env("TERM", "dumb");
    let mut session = Session::start(&command, 20);
    session.expect(QUESTION);
    session.type_in("y\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains('\u{1b}'), "no control sequences");
    assert!(home.answer().is_some());
}

#[test]
fn the_notice_is_shown_once_and_then_it_records() {
    let home = Home::new();
    let named = home.path().join("teller");
    std::os::unix::fs::symlink(program(), &named).unwrap();
    let run = || {
        let mut command = home.equip(Command::new(&named), CLOSED);
        command.args(["good"]).env("TERM", "xterm");
        Session::start(&command, 80).end()
    };
    let state = home.path().join(".local/state/teller/telemetry");

    let silent = home.equip(Command::new(&named), CLOSED).arg("good").output().unwrap();
    assert!(silent.stderr.is_empty() && !state.exists(), "without a person it is not shown");

    let (seen, ..) = run();
    assert!(seen.starts_with("output\r\n\r\nTeller reports which of its commands"), "{seen}");
    assert!(seen.contains("teller telemetry off"), "{seen}");
    assert!(!state.exists());

    let (seen, ..) = run();
    assert_eq!(seen, "output\r\n");
    assert!(state.join("spool").exists());
}

#[test]
fn an_opt_out_while_a_command_ran_is_neither_asked_about_nor_replaced() {
    for name in ["teller", "tool"] {
        let home = Home::new();
        let named = home.path().join(name);
        std::os::unix::fs::symlink(program(), &named).unwrap();
        let consent = home.path().join(".config").join(name).join("consent");
        let mut command = home.equip(Command::new(&named), CLOSED);
        command.args(["wait"]).env("TERM", "xterm");
        let mut session = Session::start(&command, 80);
        // It has decided, and found no answer yet.
        session.expect("waiting\r\n");
        let off = home.equip(Command::new(&named), CLOSED).args(["telemetry", "off"]).output().unwrap();
        assert!(off.status.success());
        session.type_in("\u{4}");
        let (seen, ..) = session.end();
        assert!(!seen.contains("report") && !seen.contains(QUESTION), "{seen}");
        assert!(std::fs::read_to_string(&consent).unwrap().starts_with("answer=no "), "{name}");
    }
}

#[test]
fn consent_gives_way_to_an_opt_out_that_came_while_the_question_stood() {
    let home = Home::new();
    let mut session = ask(&home, &["good"], &[]);
    session.expect(QUESTION);
    home.verb(CLOSED, &["off"]);
    session.type_in("y\n");
    session.expect("Another answer was stored meanwhile");
    session.end();
    assert!(home.answer().unwrap().starts_with("answer=no "));
    assert!(!home.state().exists());
}

#[test]
fn what_the_answer_did_not_cover_is_asked_again_and_the_rest_goes_on() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    // An answer from before one of the commands was declared.
    let line = home.answer().unwrap();
    let (rest, digest) = line.trim_end().split_once(" items=").unwrap();
    // The declaration of the tool is a constant, and so is its digest.
    assert!(include_str!("../tool/program.rs").contains(digest), "AGREEMENT is {digest}");
    let agreed = home.path().join(".config/tool/agreed");
    let items = std::fs::read_to_string(&agreed).unwrap();
    let (dropped, fewer): (Vec<&str>, Vec<&str>) =
        items.split_inclusive('\n').partition(|item| *item == "command good\n");
    assert_eq!(dropped.len(), 1, "{items}");
    let fewer = fewer.concat();
    std::fs::write(&agreed, &fewer).unwrap();
    let earlier = format!("{rest} items={}\n", aboveboard_types::scope::digest(&fewer));
    std::fs::write(home.path().join(".config/tool/consent"), earlier).unwrap();

    let mut session = ask(&home, &["good"], &[]);
    session.expect("New since you were asked:");
    session.expect(QUESTION);
    session.type_in("y\n");
    session.end();
    assert!(home.answer().unwrap().contains(digest), "{:?}", home.answer());
    assert_eq!(ask(&home, &["good"], &[]).end().0, "output\r\n");
}

#[test]
fn a_wording_of_its_own_is_shown_and_asked_about_although_the_product_has_consent() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let status = |wording: Option<&str>| {
        let mut tool = home.tool(CLOSED);
        tool.args(["telemetry", "status", "--check"]);
        if let Some(name) = wording {
            tool.env("TOOL_WORDING", name);
        }
        tool.status().unwrap().code()
    };
    assert_eq!((status(None), status(Some("acme-1"))), (Some(0), Some(5)));
    let answer = |keys: &str| {
        let mut session = ask(&home, &["good"], &[("TOOL_WORDING", "acme-1")]);
        session.expect("Acme builds and supports this Tool.");
        session.expect(QUESTION);
        session.type_in(keys);
        session.end();
    };
    answer("\u{4}");
    assert_eq!(status(Some("acme-1")), Some(5), "no answer is none");
    std::fs::remove_file(home.path().join(".config/tool/asked")).unwrap();
    assert!(!home.state().exists(), "nothing is recorded under the yes to the product alone");
    answer("y\n");
    assert_eq!(
        (status(Some("acme-1")), status(Some("acme-2"))),
        (Some(0), Some(5)),
        "kept apart by its name"
    );
    let apart = home.path().join(".config/tool/consent.acme-1");
    assert!(std::fs::read_to_string(&apart).unwrap().starts_with("answer=yes "));

    // An opt-out from the wording is one from the product too.
    let off = home.tool(CLOSED).args(["telemetry", "off"]).env("TOOL_WORDING", "acme-1").status().unwrap();
    assert!(off.success() && std::fs::read_to_string(&apart).unwrap().starts_with("answer=no "));
    assert_eq!((status(None), status(Some("acme-1"))), (Some(3), Some(3)));
}
