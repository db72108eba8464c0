//! Signals that reach the wrapper alone: the kernel's own, and those with a number and no name.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use aboveboard_testkit::terminal::Session;
use rustix::process::Signal;

use super::Home;

#[test]
fn a_terminal_that_closes_ends_the_program_also_where_exec_leads_its_session() {
    let home = Home::consenting();
    let program = ["sh", "-c", "echo started; exec sleep 60"];
    for command in [home.bare(&program), home.exec(&program)] {
        let mut session = Session::piped(&command, 80);
        session.expect_output("started\n");
        assert_eq!(session.hang_up().signal(), Some(Signal::HUP.as_raw()), "{command:?}");
    }
}

#[test]
fn a_program_that_is_stopped_when_its_terminal_closes_ends_too() {
    let home = Home::consenting();
    let program = ["sh", "-c", "echo started; kill -STOP $$; exec sleep 60"];
    for command in [home.bare(&program), home.exec(&program)] {
        let mut session = Session::piped(&command, 80);
        session.expect_output("started\n");
        let id = session.pid();
        let options = rustix::process::WaitIdOptions::STOPPED | rustix::process::WaitIdOptions::NOWAIT;
        let stopped = rustix::process::waitid(rustix::process::WaitId::Pid(id), options).unwrap();
        assert!(stopped.is_some_and(|status| status.stopped()), "{command:?}");
        assert_eq!(session.hang_up().signal(), Some(Signal::HUP.as_raw()), "{command:?}");
    }
}

#[test]
fn a_timer_that_the_caller_set_before_it_became_exec_ends_the_program() {
    let home = Home::consenting();
    let program = ["sleep", "60"];
    for command in [home.bare(&program), home.exec(&program)] {
        let mut caller = home.equip(Command::new("perl"));
        caller.args(["-e", "alarm 2; exec @ARGV"]).arg(command.get_program()).args(command.get_args());
        assert_eq!(caller.status().unwrap().signal(), Some(Signal::ALARM.as_raw()), "{command:?}");
    }
}

#[test]
fn real_time_signals_to_the_wrapper_reach_the_program() {
    let home = Home::consenting();
    for signal in ["RTMIN", "RTMIN+3", "RTMAX"] {
        let script = "for s in RTMIN RTMIN+3 RTMAX; do trap \"echo $s; heard=1\" $s; done
            echo ready; while [ -z \"$heard\" ] && [ $((waits += 1)) -lt 600 ]; do sleep 0.05; done; exit 9";
        let mut child = home.exec(&["bash", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut heard = String::new();
        stdout.read_line(&mut heard).unwrap();
        let kill = ["-c", "kill -s \"$0\" \"$1\"", signal, &child.id().to_string()];
        assert!(Command::new("bash").args(kill).status().unwrap().success());
        stdout.read_to_string(&mut heard).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(9), "{signal}");
        assert_eq!(heard, format!("ready\n{signal}\n"));
    }
}
