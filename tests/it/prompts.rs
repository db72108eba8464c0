//! What a person sees of telemetry on a terminal, and `docs/users/prompts.md`, which is generated from it.
//!
//! The test fails where the page and the program differ; with `ABOVEBOARD_WRITE_DOCS=1` it regenerates the page.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;

use harness::home::Home;
use rustix::process::{Signal, kill_process};

use aboveboard_testkit::terminal::Session;

const QUESTION: &str = "May it? [y/N/show] ";

/// The prompt of the shell here.
const PROMPT: &str = "shell> ";

/// The endpoint that the question names. Nothing is sent to it, since no command is recorded here.
const ENDPOINT: &str = "https://telemetry.quarry.example";

/// One thing that a person does at the terminal.
#[derive(Clone, Copy)]
enum Action {
    /// Waits until this text is shown.
    Sees(&'static str),
    /// Types these keys.
    Types(&'static str),
    /// Sends the program this signal.
    Signals(Signal),
    /// Sets the width of the terminal.
    Columns(u16),
    /// Sets `TERM`.
    Term(&'static str),
}
use Action::{Columns, Sees, Signals, Term, Types};

/// A scene: its heading, the remark below the transcript, and what the person does once the question is shown.
type Scene = (&'static str, &'static str, &'static [Action]);

const SCENES: [Scene; 14] = [
    ("`y`", "", &[Types("y\n")]),
    ("`n`", "", &[Types("n\n")]),
    ("The return key alone", "The capital letter in `[y/N/show]` marks the default.", &[Types("\n")]),
    (
        "`show`, then `n`",
        "The ids are zeros, since none exist yet.",
        &[Types("show\n"), Sees(QUESTION), Types("n\n")],
    ),
    ("Something else, then `y`", "", &[Types("maybe\n"), Sees(QUESTION), Types("y\n")]),
    (
        "Something else, four times",
        "After four lines that are not an answer the question ends.",
        &[
            Types("maybe\n"),
            Sees(QUESTION),
            Types("true\n"),
            Sees(QUESTION),
            Types("1\n"),
            Sees(QUESTION),
            Types("what?\n"),
        ],
    ),
    ("Ctrl-D, the end of input", "", &[Types("\u{4}")]),
    ("No answer for 20 seconds", "", &[]),
    (
        "Ctrl-C",
        "The question alone ends, whatever the program does about the signal: its command had finished before.",
        &[Types("\u{3}")],
    ),
    ("Ctrl-\\", "", &[Types("\u{1c}")]),
    ("`kill` (SIGTERM)", "", &[Signals(Signal::TERM)]),
    ("The terminal goes away (SIGHUP)", "", &[Signals(Signal::HUP)]),
    ("20 columns", "The terminal wraps the lines; the text is the same.", &[Columns(20), Types("y\n")]),
    (
        "`TERM=dumb`",
        "The same: the text has no colours and no control characters, and nothing is redrawn.",
        &[Term("dumb"), Types("y\n")],
    ),
];

/// Lines typed at a shell's prompt that must not show the question, with the reason.
const UNASKED: [(&str, &str); 20] = [
    ("echo y | quarry init project", "standard input is a pipe"),
    ("quarry init project < /dev/null", "standard input is a file"),
    ("quarry init project <&-", "standard input is closed"),
    ("quarry init project > words", "standard output is a file"),
    ("quarry init project | cat", "standard output is a pipe, as it is before a pager"),
    ("words=$(quarry init project)", "a command substitution takes its output"),
    ("quarry init project 2> words", "standard error is a file"),
    ("quarry init project 2>&1 | cat", "standard error is a pipe"),
    ("quarry init project 2>&-", "standard error is closed"),
    ("CI=true quarry init project", "continuous integration"),
    ("CLAUDECODE=1 quarry init project", "a coding agent runs it"),
    ("setsid --wait quarry init project", "not a foreground job of the terminal"),
    ("quarry init project & wait", "a job in the background"),
    ("sh ./script", "a script runs it, and a person typed the script"),
    ("make", "`make` runs it"),
    ("timeout 60 quarry init project", "another program runs it"),
    ("quarry metadata apply", "the command failed: there is no server"),
    ("quarry --help", "help"),
    ("quarry --version", "version, often asked for by scripts"),
    ("quarry version", "version, as a command"),
];

fn quarry(home: &Home, term: &str) -> Command {
    let mut command = home.quarry(&["init", "project"]);
    command.env("QUARRY_TELEMETRY_ENDPOINT", ENDPOINT).env("TERM", term);
    command
}

/// What the person saw, and the outcome in words.
fn play((_, _, actions): Scene) -> (String, String) {
    let home = Home::new();
    let mut columns = 100;
    let mut term = "xterm";
    for action in actions {
        match action {
            Columns(number) => columns = *number,
            Term(name) => term = name,
            _ => {}
        }
    }
    let mut session = Session::start(&quarry(&home, term), columns);
    session.expect(QUESTION);
    assert_eq!(kept(&home), "asked", "something else was written before the answer");
    for action in actions {
        match action {
            Sees(text) => session.expect(text),
            Types(keys) => session.type_in(keys),
            Signals(signal) => kill_process(session.pid(), *signal).expect("it runs"),
            Columns(_) | Term(_) => {}
        }
    }
    let (seen, _, status) = session.end();
    assert!(!seen.contains('\u{1b}'), "no control characters: {seen:?}");
    assert!(home.path().join("project/metadata.json").exists(), "the command itself did its work");
    (seen, format!("{} {}", ended(status), remembered(&home)))
}

/// What telemetry left in a home: the first words of the stored answer, and the names of all other files.
fn kept(home: &Home) -> String {
    let mut kept = String::new();
    let is_answer = |file: &PathBuf| !file.starts_with("home/project") && !file.ends_with("quarry/agreed");
    for file in home.files().into_iter().filter(is_answer) {
        match file {
            file if file.ends_with(".config/quarry/consent") => {
                kept.push_str(answer(home).split(" at=").next().expect("its first words"));
            }
            file if file.ends_with(".config/quarry/asked") => kept.push_str("asked"),
            file => kept.push_str(&file.to_string_lossy()),
        }
    }
    kept
}

fn answer(home: &Home) -> String {
    std::fs::read_to_string(home.path().join(".config/quarry/consent")).expect("an answer")
}

fn remembered(home: &Home) -> String {
    match kept(home) {
        asked if asked == "asked" => {
            "No answer is stored, only that the question was put today; it returns after thirty days."
                .to_owned()
        }
        answer => format!("`{answer}` is stored."),
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("Exit code {code}, the command's own."),
        (None, signal) => format!("Ended by signal {}.", signal.unwrap_or_default()),
    }
}

/// The program's output as the page shows it, with fixed examples for what depends on the day and the machine.
fn shown(seen: &str) -> String {
    let mut text = seen.replace("\r\n", "\n").replace("\"container\",", "").replace(",\"unstable\"", "");
    text = text.replace(std::env::consts::ARCH, "x86_64");
    for (key, example) in [
        ("\"time\":", "1795359434"),
        ("\"revision\":", "1"),
        ("\"manifest\":", "\"05c5e841819980db7d1cc802ed3ac27296a8eb22d4890a243a55a443d86d1783\""),
    ] {
        if let Some((before, rest)) = text.split_once(key) {
            let rest = rest.trim_start_matches(|char: char| char != ',');
            text = format!("{before}{key}{example}{rest}");
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

fn page() -> String {
    let mut page = "\
# The consent question, word for word

What a program with the policy `ask` shows on a terminal, what each key and signal does, and where nobody is asked.

The question comes once, after a command that has finished without failing, and only where a person typed that very
command at a shell's prompt and can read and answer the question there. It keeps on disk that it was put, and the day, and
nothing else; where that cannot be kept, nobody is asked. The command that the question follows is not recorded.

A program that drives a terminal (`expect`, `pexpect`, a test on a terminal of its own) counts as a person, whether it starts
the command there or types it at a shell's prompt: the question comes there, too. To be asked nothing there and to record nothing, set `QUARRY_ENABLE_TELEMETRY=false` or
`DO_NOT_TRACK=1` in its environment, or run `quarry telemetry off` before.

Answers are `y` and `yes`, `n`, `no` and the return key, in upper or lower case. Any other line is asked about again, up to
four lines; each is waited for 20 seconds at most. Without an answer the question returns after thirty days. What was typed
before the question came is no answer: it stays for the shell, and the question waits for another command. The exit code is
always the command's own. `…` stands for the lines above the question, which are the same in every transcript.

This page is generated by `tests/it/prompts.rs`, which plays every scene with the real program on a terminal and fails
where this page differs. `ABOVEBOARD_WRITE_DOCS=1 cargo test -p aboveboard-tests --test it prompts` regenerates it.

"
    .to_owned();
    let played: Vec<_> = SCENES.map(|scene| thread::spawn(move || play(scene))).into_iter().collect();
    for ((heading, words, _), played) in SCENES.iter().zip(played) {
        let (seen, outcome) = played.join().expect("the scene plays");
        let seen = shown(&seen);
        let facts = seen.split_once(QUESTION.trim_end()).map_or("", |(facts, _)| facts);
        let is_first = *heading == SCENES[0].0;
        let seen = if is_first {
            seen.clone()
        } else {
            seen.replacen(
                facts, "…
", 1,
            )
        };
        let _ = write!(
            page,
            "## {heading}

```text
$ quarry init project
{seen}
```

{outcome}"
        );
        page.push_str(&if words.is_empty() { "\n\n".to_owned() } else { format!("\n{words}\n\n") });
    }
    page.push_str("## Where nobody is asked\n\nEach of these lines was typed at a shell's prompt, by a user who had not been asked yet. No\n");
    page.push_str("question was shown, and nothing was recorded or stored. Files that a shell reads at its start ask nobody either, and\nneither do hooks of a prompt and other commands of which their program says so (`unasked`).\n\n| Line | Why |\n|---|---|\n");
    for (line, why) in UNASKED {
        let _ = writeln!(page, "| `{}` | {why} |", line.replace('|', "\\|"));
    }
    page
}

#[test]
fn the_page_of_prompts_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/users/prompts.md");
    let page = page();
    if std::env::var_os("ABOVEBOARD_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (is, should)) in written.lines().zip(page.lines()).enumerate() {
        assert_eq!(
            is,
            should,
            "docs/users/prompts.md, line {}: regenerate it, see its first lines",
            line + 1
        );
    }
    assert_eq!(written.lines().count(), page.lines().count(), "docs/users/prompts.md: regenerate it");
}

#[test]
fn the_same_words_are_shown_on_every_terminal() {
    let scene = |heading: &str| *SCENES.iter().find(|scene| scene.0 == heading).expect("a scene");
    let wide = play(scene("`y`"));
    assert_eq!(play(scene("20 columns")), wide);
    assert_eq!(play(scene("`TERM=dumb`")), wide);
}

/// A shell on a terminal, with `quarry` in its search path.
fn shell(home: &Home) -> Session {
    let mut bash = home.program("bash");
    let folder = harness::binary("quarry");
    let folder = folder.parent().expect("its folder").display();
    bash.args(["--norc", "--noprofile", "-i"]).env("PATH", format!("{folder}:/usr/bin:/bin"));
    bash.env("TERM", "dumb")
        .env("PS1", PROMPT)
        .env("QUARRY_TELEMETRY_ENDPOINT", ENDPOINT)
        .env("HISTFILE", "");
    Session::start(&bash, 100)
}

#[test]
fn nobody_is_asked_without_a_person_who_typed_the_command() {
    for (line, why) in UNASKED {
        let home = Home::new();
        let write = |name, text| std::fs::write(home.path().join(name), text).expect("a file of the shell's");
        write("script", "quarry init project\n");
        write("Makefile", "all:\n\t@quarry init project\n");
        let before = home.files();
        let mut session = shell(&home);
        session.expect(PROMPT);
        session.type_in(&format!("{line}\n"));
        session.expect("\r\n");
        session.expect(PROMPT);
        session.type_in("exit\n");
        let (seen, ..) = session.end();
        assert!(!seen.contains("[y/N"), "{line}: {why}: {seen}");
        let written = |file: &PathBuf| {
            !before.contains(file)
                && !file.components().any(|part| part.as_os_str() == "project")
                && !file.ends_with("words")
        };
        assert_eq!(
            home.files().into_iter().filter(written).collect::<Vec<_>>(),
            Vec::<PathBuf>::new(),
            "{line}"
        );
    }
}

#[test]
fn ctrl_z_suspends_the_question_and_fg_lets_it_be_answered() {
    let home = Home::new();
    let mut session = shell(&home);
    session.expect(PROMPT);
    session.type_in("quarry init project\n");
    session.expect(QUESTION);
    session.type_in("\u{1a}");
    session.expect("Stopped");
    session.expect(PROMPT);
    assert_eq!(kept(&home), "asked");
    session.type_in("fg\n");
    session.expect("quarry init project");
    session.type_in("y\n");
    session.expect("Thank you");
    session.expect(PROMPT);
    session.type_in("exit\n");
    session.end();
    assert_eq!(kept(&home), "answer=yes");
}
