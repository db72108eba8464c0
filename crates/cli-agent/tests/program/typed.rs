//! Who is asked: a person who typed this very command at a shell's prompt, and nobody else.

use std::process::Command;

use super::tool::{CLOSED, Home, QUESTION, ask, asked, program, shell};

/// Types a line at the prompt of a shell, and gives what is seen until the next prompt.
fn type_line(home: &Home, line: &str) -> String {
    let mut session = shell(home, &["--norc"], &[]);
    session.expect("> ");
    session.type_in(&format!("{line}\n"));
    session.expect("output\r\n");
    session.expect("> ");
    session.type_in("exit\n");
    session.end().0
}

/// Nobody is asked by this line, and nothing is kept, although a person who typed the command would be.
fn asks_nobody(line: &str) {
    let home = Home::new();
    let script = "#!/bin/sh\ntool good\nsleep 0\n";
    std::fs::write(home.path().join("script"), script).unwrap();
    std::fs::write(home.path().join("Makefile"), "all:\n\t@tool good\n").unwrap();
    let seen = type_line(&home, line);
    assert!(seen.contains("output"), "{line}: {seen}");
    assert!(!seen.contains("can report"), "{line}: {seen}");
    assert_eq!((asked(&home), home.answer()), (None, None), "{line}");
}

#[test]
fn a_person_who_types_it_is_asked() {
    for line in ["tool good", "sleep 0; tool good", "true && tool good", "sh -c 'exec tool good'"] {
        let home = Home::new();
        let mut session = shell(&home, &["--norc"], &[]);
        session.expect("> ");
        session.type_in(&format!("{line}\n"));
        session.expect(QUESTION);
        session.type_in("n\nexit\n");
        session.end();
        assert!(home.answer().unwrap().starts_with("answer=no "), "{line}");
    }
}

#[test]
fn a_script_asks_nobody() {
    asks_nobody("sh ./script");
}

#[test]
fn a_command_substitution_asks_nobody() {
    asks_nobody("x=$(tool good); echo \"$x\"");
}

#[test]
fn make_asks_nobody() {
    asks_nobody("make");
}

#[test]
fn a_pipe_asks_nobody() {
    asks_nobody("tool good | cat");
}

#[test]
fn a_pager_asks_nobody() {
    asks_nobody("tool good | LESS=FXd less");
}

#[test]
fn a_pipe_that_it_reads_asks_nobody() {
    asks_nobody("echo y | tool good");
}

#[test]
fn a_file_that_takes_its_output_asks_nobody() {
    asks_nobody("tool good > words; cat words");
}

#[test]
fn a_file_that_takes_its_messages_asks_nobody() {
    asks_nobody("tool good 2> words");
}

#[test]
fn a_job_in_the_background_asks_nobody() {
    asks_nobody("tool good & wait");
}

#[test]
fn timeout_asks_nobody() {
    asks_nobody("timeout 60 tool good");
}

#[test]
fn timeout_in_the_foreground_asks_nobody() {
    asks_nobody("timeout --foreground 60 tool good");
}

#[test]
fn a_loop_of_find_asks_nobody() {
    asks_nobody("find /dev/null -exec tool good \\;");
}

#[test]
fn continuous_integration_asks_nobody() {
    asks_nobody("CI=true tool good");
}

#[test]
fn a_session_without_the_terminal_asks_nobody() {
    asks_nobody("setsid --wait tool good");
}

#[test]
fn a_hook_of_the_host_asks_nobody() {
    asks_nobody("TOOL_UNASKED=1 tool good");
}

#[test]
fn another_terminal_that_takes_the_output_asks_nobody() {
    let home = Home::new();
    let mut elsewhere = shell(&home, &["--norc"], &[]);
    elsewhere.expect("> ");
    elsewhere.type_in("tty; tty > tty\n");
    elsewhere.expect("/dev/pts/");
    elsewhere.expect("> ");
    let tty = std::fs::read_to_string(home.path().join("tty")).unwrap();
    let seen = type_line(&home, &format!("tool good > {}; echo output", tty.trim()));
    elsewhere.expect("output");
    assert!(!seen.contains("can report"), "{seen}");
    assert_eq!(asked(&home), None);
    elsewhere.type_in("exit\n");
    elsewhere.end();
}

#[test]
fn the_start_of_a_shell_asks_nobody() {
    let home = Home::new();
    let start = home.path().join("start");
    std::fs::write(&start, "tool good\nx=$(tool good)\nPS1='> '\n").unwrap();
    let mut session = shell(&home, &["--rcfile", start.to_str().unwrap()], &[]);
    session.expect("output");
    session.expect("> ");
    session.type_in("exit\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("can report"), "{seen}");
    assert_eq!(asked(&home), None);
}

#[test]
fn a_hook_of_the_prompt_that_says_so_asks_nobody() {
    let home = Home::new();
    let hook = [("PROMPT_COMMAND", "tool good"), ("TOOL_UNASKED", "1")];
    let mut session = shell(&home, &["--norc"], &hook);
    session.expect("output");
    session.expect("> ");
    session.type_in("exit\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("can report"), "{seen}");
    assert_eq!(asked(&home), None);
}

#[test]
fn after_a_command_that_failed_nobody_is_asked_or_told() {
    for name in ["tool", "teller"] {
        let home = Home::new();
        let named = home.path().join(name);
        std::os::unix::fs::symlink(program(), &named).unwrap();
        let mut command = home.equip(Command::new(&named), CLOSED);
        command.args(["bad"]).env("TERM", "xterm");
        let (seen, _, status) = aboveboard_testkit::terminal::Session::start(&command, 80).end();
        assert_eq!((seen.as_str(), status.code()), ("output\r\n", Some(7)));
        assert_eq!(home.files(), [named], "{name}");
    }
}

#[test]
fn nobody_is_told_where_nobody_would_be_asked() {
    let home = Home::new();
    std::os::unix::fs::symlink(program(), home.path().join("teller")).unwrap();
    for line in [
        "sh -c './teller good; true'",
        "./teller good | cat",
        "TOOL_UNASKED=1 ./teller good",
        "GEMINI_CLI=1 ./teller good",
    ] {
        let seen = type_line(&home, line);
        assert!(seen.contains("output") && !seen.contains("reports which"), "{line}: {seen}");
    }
    assert!(!home.path().join(".config").exists());
    assert!(type_line(&home, "./teller good").contains("reports which"));
}

#[test]
fn commands_that_people_run_to_learn_and_any_opt_out_ask_nobody() {
    let home = Home::new();
    for (arguments, variables) in [
        (&["good"][..], &[("CI", "true")][..]),
        (&["good"], &[("CLAUDECODE", "1")]),
        (&["good"], &[("CODEX_THREAD_ID", "0199a213-81c0-7800-8aa1-bbab2a035a53")]),
        (&["good"], &[("AI_AGENT", "somebody's own")]),
        (&["good"], &[("ABOVEBOARD_MARK", "agent")]),
        (&["good"], &[("DO_NOT_TRACK", "1")]),
        (&["good"], &[("ENABLE_TELEMETRY", "")]),
        (&["good"], &[("TOOL_TELEMETRY_ENDPOINT", "")]),
        (&["--help"], &[]),
        (&["--version"], &[]),
        (&["help"], &[]),
        (&["version"], &[]),
        (&["completions"], &[]),
        (&["telemetry", "status"], &[]),
        (&["good", "--enable-telemetry=flase"], &[]),
    ] {
        let (seen, ..) = ask(&home, arguments, variables).end();
        assert!(!seen.contains(QUESTION), "{arguments:?} {variables:?}: {seen}");
        assert!(home.files().is_empty(), "{arguments:?} {variables:?}");
    }
    // No terminal on stdin, and none at all.
    let output = home.run(CLOSED, &["good"]);
    assert_eq!((output.stdout, output.stderr), (b"output\n".to_vec(), Vec::new()));
    let closed =
        Command::new("sh").args(["-c", "exec \"$0\" good <&- 2>&-"]).arg(program()).output().unwrap();
    assert_eq!(closed.stdout, b"output\n");
    assert!(home.files().is_empty());
}
