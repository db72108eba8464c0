//! `ask`, called by programs in other languages as their last act, each typed at a shell's prompt.

use std::process::Command;

use aboveboard_testkit::terminal::Session;

use crate::home::{AGENT, Home, quarry_manifest};

pub(crate) const PROMPT: &str = "shell> ";
pub(crate) const QUESTION: &str = "[y/N/show] ";

/// Programs of a line each. They say what they do, ask, and end with a code of their own.
const HOSTS: [(&str, &str); 3] = [
    (
        "host.sh",
        "#!/bin/sh\n\
         echo output\n\
         \"$AGENT\" ask --manifest \"$MANIFEST\" --program 'quarry.sh telemetry' --command init \"$@\"\n\
         exit $((3 + $?))\n",
    ),
    (
        "host.py",
        "#!/usr/bin/env python3\n\
         import os, subprocess, sys\n\
         print('output', flush=True)\n\
         agent = [os.environ['AGENT'], 'ask', '--manifest', os.environ['MANIFEST'], '--command', 'init']\n\
         sys.exit(3 + subprocess.run(agent + sys.argv[1:]).returncode)\n",
    ),
    (
        "host.mjs",
        "#!/usr/bin/env node\n\
         import { spawnSync } from 'node:child_process';\n\
         console.log('output');\n\
         const words = ['ask', '--manifest', process.env.MANIFEST, '--command', 'init', ...process.argv.slice(2)];\n\
         process.exit(3 + spawnSync(process.env.AGENT, words, { stdio: 'inherit' }).status);\n",
    ),
];

/// A home with the programs in it.
fn home() -> Home {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    for (name, text) in HOSTS {
        let path = home.write(name, text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    home
}

/// A shell at its prompt.
pub(crate) fn shell(home: &Home) -> Session {
    let mut bash = Command::new("bash");
    let agent = home.agent();
    let variables = agent.get_envs().filter_map(|(name, value)| Some((name, value?)));
    bash.env_clear().envs(variables).current_dir(home.path()).args(["--norc", "--noprofile", "-i"]);
    bash.env("TERM", "dumb").env("PS1", PROMPT).env("HISTFILE", "").env("AGENT", AGENT);
    let path = std::env::var("PATH").unwrap();
    let mut session = Session::start(bash.env("PATH", path).env("MANIFEST", quarry_manifest()), 100);
    session.expect(PROMPT);
    session
}

/// Types a line after which nobody is asked, and gives what was seen.
fn unasked(home: &Home, line: &str) -> String {
    let mut session = shell(home);
    session.type_in(&format!("{line}\n"));
    session.expect("output");
    session.expect(PROMPT);
    session.type_in("exit\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("can report") && kept(home, "asked").is_none(), "{line}: {seen}");
    seen
}

/// What was kept in a file of the consent.
pub(crate) fn kept(home: &Home, name: &str) -> Option<String> {
    std::fs::read_to_string(home.path().join(".config/quarry").join(name)).ok()
}

/// Expects the exit code of what ran last.
fn expect_code(session: &mut Session, code: i32) {
    session.expect(PROMPT);
    session.type_in("echo code=$?\n");
    session.expect(&format!("\ncode={code}\r\n"));
    session.type_in("exit\n");
}

#[test]
fn whoever_typed_the_host_is_asked_and_the_host_keeps_its_exit_code() {
    for (host, _) in HOSTS {
        for (keys, answer) in [("y\n", "answer=yes "), ("n\n", "answer=no ")] {
            let home = home();
            let mut session = shell(&home);
            session.type_in(&format!("./{host}\n"));
            session.expect("output\r\n");
            session.expect("Quarry can report");
            session.expect(QUESTION);
            assert!(kept(&home, "asked").is_some());
            session.type_in(keys);
            expect_code(&mut session, 3);
            let (seen, ..) = session.end();
            assert!(kept(&home, "consent").unwrap().starts_with(answer), "{host}: {seen}");
            assert_eq!(kept(&home, "asked"), None);
            assert!(host != "host.sh" || seen.contains("quarry.sh telemetry o"), "{seen}");
            // It is answered.
            let mut session = shell(&home);
            session.type_in(&format!("./{host}\n"));
            expect_code(&mut session, 3);
            assert!(!session.end().0.contains("can report"), "{host}");
        }
    }
}

#[test]
fn ctrl_c_ends_the_question_and_not_the_host_and_it_does_not_come_again() {
    for (host, _) in HOSTS {
        let home = home();
        let mut session = shell(&home);
        session.type_in(&format!("./{host}\n"));
        session.expect(QUESTION);
        session.type_in("\u{3}");
        session.expect("^C\r\nNo answer: nothing is recorded.");
        expect_code(&mut session, 3);
        session.end();
        assert_eq!(kept(&home, "consent"), None);
        assert!(kept(&home, "asked").unwrap().starts_with("asked="));
        let mut session = shell(&home);
        session.type_in(&format!("./{host}\n"));
        expect_code(&mut session, 3);
        assert!(!session.end().0.contains("can report"), "{host}");
    }
}

#[test]
fn nobody_answers_and_the_host_goes_on_after_twenty_seconds() {
    let home = home();
    let mut session = shell(&home);
    session.type_in("./host.py\n");
    session.expect(QUESTION);
    // It has words for that: the time alone would depend on the load.
    session.expect("No answer: nothing is recorded.");
    expect_code(&mut session, 3);
    session.end();
}

#[test]
fn where_the_host_was_not_typed_at_a_prompt_or_its_streams_lead_elsewhere_nobody_is_asked() {
    for (host, _) in HOSTS {
        for line in [
            format!("./{host} | cat"),
            format!("echo y | ./{host}"),
            format!("./{host} 2> words"),
            format!("x=$(./{host}); echo \"$x\""),
            format!("sh -c './{host}; true'"),
            format!("timeout 60 ./{host}"),
            format!("./{host} & wait"),
            format!("CI=true ./{host}"),
            format!("DO_NOT_TRACK=1 ./{host}"),
        ] {
            unasked(&home(), &line);
        }
    }
}

#[test]
fn after_a_command_that_failed_nobody_is_asked() {
    for (host, _) in HOSTS {
        unasked(&home(), &format!("./{host} --failed"));
    }
}

#[test]
fn a_program_between_the_host_and_the_question_asks_nobody() {
    let call = "\"$AGENT\" ask --manifest \"$MANIFEST\"";
    for between in [format!("sh -c '{call}; true'"), format!("{call} | cat"), format!("{call} > words")] {
        let home = home();
        home.write("between", &format!("echo output\n{between}\n"));
        unasked(&home, "sh ./between");
    }
}

#[test]
fn a_host_whose_own_output_goes_elsewhere_cannot_hand_on_the_terminal() {
    let home = home();
    let host = "import os, subprocess, sys\n\
                print('output', file=sys.stderr, flush=True)\n\
                agent = [os.environ['AGENT'], 'ask', '--manifest', os.environ['MANIFEST']]\n\
                subprocess.run(agent, stdout=open('/dev/tty', 'w'))\n";
    home.write("elsewhere.py", host);
    unasked(&home, "python3 elsewhere.py > words");
    // The same host is asked where its own output is the terminal's.
    let mut session = shell(&home);
    session.type_in("python3 elsewhere.py\n");
    session.expect(QUESTION);
    session.type_in("\u{3}");
    session.expect(PROMPT);
    session.type_in("exit\n");
    session.end();
}

#[test]
fn without_a_terminal_it_says_nothing_and_a_missing_manifest_is_said() {
    let home = home();
    let silent = home.run(&["ask", "--command", "init"]);
    assert!(silent.status.success() && silent.stdout.is_empty() && silent.stderr.is_empty(), "{silent:?}");
    assert!(!home.path().join(".config").exists());
    let missing = home.agent().args(["ask", "--manifest", "no-such-file"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(missing.stdout.is_empty() && !missing.stderr.is_empty(), "{missing:?}");
}
