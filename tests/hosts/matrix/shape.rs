//! A shape of host: its twins, the lines by which they are called, and what is recorded of them.

use std::path::Path;

use aboveboard_manifest::read;
use aboveboard_testing::Collector;
use aboveboard_types::declaration::Declaration;
use harness::home::Home;
use tempfile::TempDir;

use crate::difference;
use crate::events::events;
use crate::line::Line;
use crate::state::{STATES, State, User};
use crate::twin::{Seen, Twin};

/// Two programs that differ in the lines of telemetry alone.
pub(crate) struct Shape {
    /// The folder of the shape, and where it has several programs, the name of this one after a slash.
    pub(crate) name: &'static str,
    /// The name by which the program is called.
    pub(crate) program: &'static str,
    /// The twins, as cargo has built them.
    pub(crate) plain: &'static str,
    pub(crate) embedded: &'static str,
    /// In this order, in one working directory.
    pub(crate) lines: Vec<Line>,
    /// What is recorded of all lines where telemetry is on or local, sorted.
    pub(crate) recorded: &'static [&'static str],
}

impl Shape {
    /// Calls both with every line in every state.
    pub(crate) fn hold(&self) {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let plain = Twin::new(self.plain.as_ref(), &folder.path().join("plain"), self.program);
        let embedded = Twin::new(self.embedded.as_ref(), &folder.path().join("embedded"), self.program);
        self.hold_of(&plain, &embedded, folder.path());
    }

    /// The same for twins that are given; `folder` is for transcripts.
    pub(crate) fn hold_of(&self, plain: &Twin, embedded: &Twin, folder: &Path) {
        let expected = self.run(plain, &Home::new(), &self.lines);
        let with_ours: Vec<_> = self.lines.iter().map(Line::with_ours).collect();
        for state in STATES {
            let collector = Collector::start(self.declaration());
            let user = User::new(self.declaration(), state, &collector.endpoint());
            let seen = self.run(embedded, &user.home, &with_ours);
            self.compare(state, &expected, &seen);
            let [plain, embedded] = [&expected, &seen].map(|seen| self.usage(seen));
            difference::hold(self.name, folder, &plain, &embedded);
            self.check(state, &user, &collector);
        }
    }

    /// What the shape's manifest declares.
    pub(crate) fn declaration(&self) -> &'static Declaration {
        let folder = self.name.split('/').next().unwrap_or_default();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("telemetry.toml");
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let manifest = read(&text, &file.to_string_lossy()).expect("a manifest");
        Box::leak(Box::new(manifest.declaration()))
    }

    fn run(&self, twin: &Twin, home: &Home, lines: &[Line]) -> Vec<Seen> {
        let directory = TempDir::new().expect("a working directory");
        lines.iter().map(|line| twin.run(line, home, directory.path())).collect()
    }

    /// Every byte of what shows no usage is the twin's, and so are all files.
    fn compare(&self, state: State, expected: &[Seen], seen: &[Seen]) {
        for ((line, expected), seen) in self.lines.iter().zip(expected).zip(seen) {
            let arguments = line.with_ours().arguments;
            let name = self.name;
            assert!(
                line.shows_usage || seen == expected,
                "{name}, {state:?}: {arguments:?} differs.
plain:
{expected}
embedded:
{seen}"
            );
            assert_eq!(seen.files, expected.files, "{name}, {state:?}: the files after {arguments:?}");
        }
    }

    /// A transcript of the lines that show the usage.
    fn usage(&self, seen: &[Seen]) -> String {
        let shown = self.lines.iter().zip(seen).filter(|(line, _)| line.shows_usage);
        let call =
            |line: &Line| [&[line.called.unwrap_or(self.program)], &line.arguments[..]].concat().join(" ");
        shown.map(|(line, seen)| format!("$ {}\n{seen}\n", call(line))).collect()
    }

    /// On and local record what they should, and nothing else leaves anything.
    fn check(&self, state: State, user: &User, collector: &Collector) {
        let records = cfg!(feature = "telemetry") && matches!(state, State::On | State::Local);
        let recorded = events(user, collector);
        if records {
            assert_eq!(recorded, self.recorded, "{}, {state:?}", self.name);
        } else {
            assert!(recorded.is_empty(), "{}, {state:?}: {recorded:?}", self.name);
            let left = user.new_files();
            assert!(left.is_empty(), "{}, {state:?} left {left:?}", self.name);
        }
    }
}
