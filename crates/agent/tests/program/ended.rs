//! What `ask` does to the relays of its caller, and what is left of the terminal where it is ended itself.

use std::process::Command;

use super::ask::{PROMPT, QUESTION, kept, shell};
use crate::home::Home;

/// A program whose relay has not read of its command yet when the user is asked.
const SLOW: &str = "import os, signal, subprocess\n\
    agent, manifest = os.environ['AGENT'], os.environ['MANIFEST']\n\
    relay = subprocess.Popen([agent, 'relay', '--manifest', manifest], stdin=subprocess.PIPE)\n\
    relay.send_signal(signal.SIGSTOP)\n\
    relay.stdin.write(b'{\"relay\":1}\\n{\"begin\":\"init\",\"run\":1}\\n{\"end\":1,\"outcome\":\"success\"}\\n')\n\
    relay.stdin.flush()\n\
    subprocess.run([agent, 'ask', '--manifest', manifest, '--command', 'init'])\n\
    relay.send_signal(signal.SIGCONT)\n\
    relay.communicate()\n";

#[test]
fn what_happened_before_a_yes_is_not_recorded_after_it_however_slow_the_relay_is() {
    let home = Home::new();
    home.write("slow.py", SLOW);
    let mut session = shell(&home);
    session.type_in("python3 slow.py\n");
    session.expect(QUESTION);
    session.type_in("y\n");
    session.expect(PROMPT);
    session.type_in("exit\n");
    session.end();
    assert!(kept(&home, "consent").unwrap().starts_with("answer=yes "));
    assert!(!home.path().join(".local/state/quarry").exists(), "nobody had answered");
}

/// A program with children that the question has nothing to do with.
const OTHERS: &str = "import os, subprocess\n\
    agent, manifest = os.environ['AGENT'], os.environ['MANIFEST']\n\
    def start(*words): return subprocess.Popen([agent, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n\
    own = start('--manifest', os.path.relpath(manifest), 'relay')\n\
    other = start('relay', '--manifest', 'other.toml')\n\
    server = start('relay', '--manifest', manifest, '--server', '--directory', 'data')\n\
    bridge = start('bridge', '--manifest', manifest, '--port', '8080', '--socket', 'relay')\n\
    subprocess.run([agent, 'ask', '--manifest', manifest, '--command', 'init'])\n\
    lives = [child.poll() is None for child in (own, other, server, bridge)]\n\
    print('lives', *lives, flush=True)\n\
    for child in (own, other, server, bridge): child.communicate()\n";

#[test]
fn it_ends_the_relay_of_its_product_and_no_other_child_of_its_caller() {
    let home = Home::new();
    let larder = include_str!("../data/larder.toml");
    home.write("other.toml", larder);
    home.write("others.py", OTHERS);
    let mut session = shell(&home);
    session.type_in("QUARRY_TELEMETRY_FIRST_DELAY=3600 python3 others.py\n");
    session.expect(QUESTION);
    session.type_in("n\n");
    session.expect("lives False True True True\r\n");
    session.expect(PROMPT);
    session.type_in("exit\n");
    session.end();
}

/// A program that asks once something was typed ahead.
const AHEAD: &str = "import os, select, subprocess, sys\n\
    agent, manifest = os.environ['AGENT'], os.environ['MANIFEST']\n\
    relay = subprocess.Popen([agent, 'relay', '--manifest', manifest], stdin=subprocess.PIPE)\n\
    print('ready', flush=True)\n\
    select.select([sys.stdin], [], [])\n\
    subprocess.run([agent, 'ask', '--manifest', manifest, '--command', 'init'])\n\
    print('lives', relay.poll() is None, flush=True)\n\
    relay.communicate()\n";

#[test]
fn where_something_was_typed_ahead_nobody_is_asked_and_no_relay_ends() {
    let home = Home::new();
    home.write("ahead.py", AHEAD);
    let mut session = shell(&home);
    session.type_in("python3 ahead.py\n");
    session.expect("ready\r\n");
    session.type_in("echo later\n");
    session.expect("lives True\r\n");
    session.expect("\nlater\r\n");
    session.expect(PROMPT);
    session.type_in("exit\n");
    let (seen, ..) = session.end();
    assert!(!seen.contains("can report") && kept(&home, "asked").is_none(), "{seen}");
}

/// A program that shows how the terminal is set after the question.
const SHOWN: &str = "import subprocess\n\
    ask = 'echo $$ > pid; exec \"$AGENT\" ask --manifest \"$MANIFEST\" --command init'\n\
    print('code', subprocess.run(['sh', '-c', ask]).returncode, flush=True)\n\
    subprocess.run(['stty', '-a'])\n";

#[test]
fn a_question_that_is_ended_by_a_signal_leaves_the_terminal_as_it_was() {
    for signal in ["-TERM", "-HUP"] {
        let home = Home::new();
        home.write("shown.py", SHOWN);
        let mut session = shell(&home);
        session.type_in("python3 shown.py\n");
        session.expect(QUESTION);
        let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
        assert!(Command::new("kill").args([signal, pid.trim()]).status().unwrap().success());
        session.expect("code 0\r\n");
        session.expect("intr = ^C;");
        session.expect(PROMPT);
        session.type_in("exit\n");
        session.end();
        assert!(kept(&home, "consent").is_none() && kept(&home, "asked").is_some(), "{signal}");
    }
}
