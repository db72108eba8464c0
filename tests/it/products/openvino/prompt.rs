//! The question of a tool: who is asked, and what an answer or none of them does.

use std::path::PathBuf;

use aboveboard_testkit::terminal::Session;
use rustix::process::{Signal, kill_process};

use super::tools::Tools;
use crate::products::profile::OPENVINO;

const QUESTION: &str = "May it? [y/N/show] ";

#[test]
fn row_09_a_prompt_that_nobody_answers_ends_by_itself_and_ctrl_c_stores_nothing() {
    let Some(tools) = Tools::install() else { return };
    for answer in ["", "\u{3}", "signal"] {
        std::fs::remove_dir_all(tools.machine.home.path()).expect("the home before");
        std::fs::create_dir(tools.machine.home.path()).expect("a new home");
        let mut person = Session::start(&tools.program("ovc.py", &["hunter2.onnx"]), 100);
        person.expect("wrote hunter2.xml");
        person.expect(QUESTION);
        assert!(tools.models().join("hunter2.xml").exists(), "the command had finished");
        match answer {
            "signal" => kill_process(person.pid(), Signal::TERM).expect("it runs"),
            keys => person.type_in(keys),
        }
        let (_, _, status) = person.end();
        if answer != "signal" {
            assert_eq!(status.code(), Some(0), "the tool's own exit code after {answer:?}");
        }
        assert_eq!(tools.decided(), Some(5), "{answer:?}");
        assert!(!tools.machine.state(OPENVINO).exists(), "{answer:?}");
        assert_eq!(tools.machine.proxy.connections(), 0, "{answer:?}");
    }
}

#[test]
fn row_09_a_prompt_that_is_answered_stores_the_answer_and_is_not_shown_again() {
    let Some(tools) = Tools::install() else { return };
    let mut person = Session::start(&tools.program("ovc.py", &["hunter2.onnx"]), 100);
    person.expect(QUESTION);
    person.type_in("y\n");
    assert_eq!(person.end().2.code(), Some(0));
    let (seen, _, status) = Session::start(&tools.program("ovc.py", &["hunter2.onnx"]), 100).end();
    assert!(status.success() && !seen.contains(QUESTION), "{seen}");
    tools.machine.home.await_end_of_programs();
    assert_eq!(tools.sent("command").len(), 1, "the command before the question is not recorded");
    assert_eq!(tools.machine.counted(OPENVINO, "cli", 2), 2);
    tools.machine.assert_nowhere(OPENVINO, &["hunter2"]);
}

#[test]
fn row_09_without_a_person_at_a_terminal_nobody_is_asked() {
    let Some(tools) = Tools::install() else { return };
    let convert = || tools.program("ovc.py", &["hunter2.onnx"]);
    let mut in_ci = convert();
    in_ci.env("CI", "true");
    // As a notebook does it: a kernel runs the tool with pipes as its streams.
    let ovc = tools.folder.join("ovc.py");
    let mut notebook = tools.python();
    notebook.args(["-c", "import subprocess, sys\nsubprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, check=True)"]);
    notebook.arg(&ovc).arg("hunter2.onnx").current_dir(tools.models());
    let mut child = tools.python();
    child.args(["-c", "import subprocess, sys\nsubprocess.run([sys.executable, *sys.argv[1:]], check=True)"]);
    child.arg(&ovc).arg("hunter2.onnx").current_dir(tools.models());
    let failing = tools.program("ovc.py", &["hunter2.pdmodel"]);
    for (why, command) in
        [("CI", in_ci), ("a notebook", notebook), ("a child", child), ("it failed", failing)]
    {
        let (seen, ..) = Session::start(&command, 100).end();
        assert!(!seen.contains(QUESTION), "{why}: {seen}");
    }
    let piped = tools.run(convert());
    assert!(piped.status.success() && piped.stderr.is_empty(), "no terminal: {piped:?}");
    tools.machine.home.await_end_of_programs();
    assert_eq!(
        tools.machine.home.files(),
        Vec::<PathBuf>::new(),
        "nothing was stored, not even that one was asked"
    );
    assert_eq!(tools.machine.proxy.connections(), 0);
}
