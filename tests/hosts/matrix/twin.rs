//! One of the two twins: runs it and says all that can be seen of it from outside.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use harness::home::{Home, walk};

use crate::line::Line;

/// A program under the name by which its users call it, whichever file cargo has built.
pub(crate) struct Twin {
    program: PathBuf,
    name: &'static str,
    /// What stands before the arguments of a line.
    leading: Vec<PathBuf>,
}

/// What somebody sees who ran a program.
#[derive(PartialEq, Eq)]
pub(crate) struct Seen {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// What lies in its working directory afterwards.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Twin {
    /// A program that cargo has built, under the name `name` in `folder`.
    pub(crate) fn new(built: &Path, folder: &Path, name: &'static str) -> Self {
        std::fs::create_dir_all(folder).expect("a folder for the program");
        let program = folder.join(name);
        std::fs::hard_link(built, &program).expect("a second name of the program");
        Self { program, name, leading: Vec::new() }
    }

    /// A program that is told by its first arguments what to load.
    pub(crate) fn loading(program: &Path, name: &'static str, leading: &[&Path]) -> Self {
        let leading = leading.iter().map(|path| (*path).to_owned()).collect();
        Self { program: program.to_owned(), name, leading }
    }

    /// The program as a command in this home.
    pub(crate) fn command(&self, home: &Home, called: Option<&str>) -> Command {
        let mut command = home.program(&self.program);
        command.arg0(called.unwrap_or(self.name));
        command
    }

    /// Runs it in this home and this working directory.
    pub(crate) fn run(&self, line: &Line, home: &Home, directory: &Path) -> Seen {
        let mut command = self.command(home, line.called);
        command.args(&self.leading).args(&line.arguments).current_dir(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        // One that ends without reading it has its reason.
        let _ = child.stdin.take().expect("a pipe").write_all(line.input.as_bytes());
        let mut stdout = Vec::new();
        let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
        if line.first_line_only {
            reader.read_until(b'\n', &mut stdout).expect("its output");
            drop(reader);
        } else {
            reader.read_to_end(&mut stdout).expect("its output");
        }
        let mut stderr = Vec::new();
        child.stderr.take().expect("a pipe").read_to_end(&mut stderr).expect("its errors");
        let status = child.wait().expect("its end");
        Seen { status, stdout, stderr: without_numbers_of_threads(&stderr), files: files(directory) }
    }
}

impl Seen {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    walk(directory, &mut |file| {
        let name = file.strip_prefix(directory).unwrap_or(file).to_owned();
        files.insert(name, std::fs::read(file).unwrap_or_default());
    });
    files
}

/// A panic names the thread by a number that the kernel gives.
fn without_numbers_of_threads(stderr: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(stderr);
    let Some((before, rest)) = text.split_once("thread 'main' (") else { return stderr.to_vec() };
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    format!("{before}thread 'main' (N{rest}").into_bytes()
}

/// As a transcript that people can read and `diff` can compare.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (stream, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            for line in String::from_utf8_lossy(text).lines() {
                writeln!(f, "{stream}: {line}")?;
            }
        }
        match self.status.signal() {
            Some(signal) => writeln!(f, "ended by signal {signal}"),
            None => writeln!(f, "exit code {}", self.status.code().unwrap_or_default()),
        }
    }
}
