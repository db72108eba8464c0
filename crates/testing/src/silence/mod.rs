//! Off means nothing: a program is run under every way to say no, and strace sees what it does to the machine.

mod no;
mod trace;
mod watch;

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::Command;

pub use self::no::No;
pub use self::trace::{Deed, DeedKind};
use self::watch::Scratch;
pub use self::watch::{Watched, watch};

/// Runs a real program under every way to say no, each in an empty home, and panics unless it leaves no mark:
/// no file, socket, look-up, child or thread, and not a word.
///
/// `assert_silent!(program, product, arguments)`, then any setting of [`Silence`](crate::Silence) as
/// `name = value`:
///
/// ```no_run
/// use aboveboard_testing::{No, assert_silent};
///
/// assert_silent!("target/debug/quarry", "quarry", ["version"]);
/// assert_silent!("target/debug/quarry", "quarry", ["init", "project"], allow = ["project"],
///     no = No::named("the config key").file(".config/quarry/config.json", r#"{"enable_telemetry": false}"#));
/// assert_silent!("target/debug/quarry-server", "quarry", ["--data", "data"], until = "listening",
///     answer = "data/consent", undecided = false, allow = ["data/catalog.db", "AF_INET, SOCK_STREAM"]);
/// ```
///
/// # Panics
/// If the program leaves a mark under any of them, if it leaves none with telemetry on (then nothing was proved;
/// `control = false` for a command that is never recorded), or if nobody could look: strace must be installed.
#[macro_export]
macro_rules! assert_silent {
    ($program:expr, $product:expr, $arguments:expr $(, $setting:ident = $value:expr)* $(,)?) => {
        $crate::Silence::of($program, $product).arguments($arguments)$(.$setting($value))*.assert()
    };
}

/// A program that is to be silent, and how it is run. [`assert_silent!`](crate::assert_silent) is the short form.
#[derive(Clone, Debug)]
pub struct Silence {
    program: OsString,
    product: String,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    allowed: Vec<String>,
    noes: Vec<No>,
    until: Option<String>,
    answer: String,
    has_flag: bool,
    undecided: bool,
    control: bool,
}

impl Silence {
    /// A program that embeds the product of this id.
    pub fn of(program: impl Into<OsString>, product: impl Into<String>) -> Self {
        let product = product.into();
        Self {
            program: program.into(),
            answer: format!(".config/{product}/consent"),
            product,
            arguments: Vec::new(),
            variables: Vec::new(),
            allowed: Vec::new(),
            noes: Vec::new(),
            until: None,
            has_flag: true,
            undecided: true,
            control: true,
        }
    }

    /// The arguments of every run.
    #[must_use]
    pub fn arguments(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// A variable of every run. There are no others but `HOME`, `PATH`, `LANG` and those that make the product
    /// record and send at once where nothing says no.
    #[must_use]
    pub fn variable(mut self, variable: (&str, &str)) -> Self {
        self.variables.push((variable.0.to_owned(), variable.1.to_owned()));
        self
    }

    /// The program's own marks: calls, as strace prints them, and printed lines that contain one of these texts.
    #[must_use]
    pub fn allow(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed.extend(texts.into_iter().map(Into::into));
        self
    }

    /// One more way to say no, which only this product has: its config key.
    #[must_use]
    pub fn no(mut self, no: No) -> Self {
        self.noes.push(no);
        self
    }

    /// For a program that does not end by itself: it is asked to end a second after it printed a line with this.
    #[must_use]
    pub fn until(mut self, text: impl Into<String>) -> Self {
        self.until = Some(text.into());
        self
    }

    /// Where its stored answer lies, from the home directory; for a server, `consent` in its data directory. Unless
    /// told otherwise, it is where a command line program has it.
    #[must_use]
    pub fn answer(self, path: impl Into<String>) -> Self {
        Self { answer: path.into(), ..self }
    }

    /// Whether it takes `--enable-telemetry`; it does unless told otherwise.
    #[must_use]
    pub fn flag(self, has_flag: bool) -> Self {
        Self { has_flag, ..self }
    }

    /// Whether it is silent too where nobody has said anything, which is so unless told otherwise. A server under
    /// `notice` is not: it shows its notice.
    #[must_use]
    pub fn undecided(self, undecided: bool) -> Self {
        Self { undecided, ..self }
    }

    /// Whether a program that leaves no mark with telemetry on either fails the check, which it does unless told
    /// otherwise.
    #[must_use]
    pub fn control(self, control: bool) -> Self {
        Self { control, ..self }
    }

    /// Runs the program under each switch in turn.
    ///
    /// # Errors
    /// In words, if nobody could look; see [`watch`].
    pub fn check(&self) -> Result<Report, String> {
        let yes = no::yes(&self.product);
        let (on, isolated) = self.round(&yes, None)?;
        let mut noes = no::of_every_product(&self.product, &self.answer);
        if self.has_flag {
            noes.extend(no::by_flag());
        }
        if self.undecided {
            noes.push(no::undecided());
        }
        noes.extend(self.noes.iter().cloned());
        let mut rounds: Vec<Seen> = Vec::new();
        for no in &noes {
            let (mut seen, _) = self.round(no, (!no.stands_alone).then_some(&yes))?;
            seen.chatter();
            if let Some(first) = rounds.first() {
                seen.compare(first);
            }
            rounds.push(seen);
        }
        let finish = |seen: Seen| self.without_allowed(seen.round);
        let proves_nothing = self.control && finish(on.clone()).deeds.is_empty();
        Ok(Report {
            command: std::iter::once(&self.program)
                .chain(&self.arguments)
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            isolated,
            rounds: rounds.into_iter().map(finish).collect(),
            on: finish(on),
            proves_nothing,
        })
    }

    /// # Panics
    /// Unless the program is silent under every switch; see [`assert_silent!`](crate::assert_silent).
    #[track_caller]
    pub fn assert(&self) {
        match self.check() {
            Ok(report) => assert!(report.is_silent(), "{report}"),
            Err(problem) => {
                panic!("nobody could look whether {} is silent: {problem}", self.program.display())
            }
        }
    }

    /// One run in a home of its own. A no comes with `yes`, unless it is about the same variable: it must beat it.
    fn round(&self, no: &No, yes: Option<&No>) -> Result<(Seen, bool), String> {
        let scratch = Scratch::new("silence")?;
        let (home, off_d) = (scratch.0.join("home"), scratch.0.join("off.d"));
        std::fs::create_dir(&home).map_err(|error| format!("cannot make a home: {error}"))?;
        no.place(&home, &off_d).map_err(|error| format!("cannot say no by {}: {error}", no.name))?;
        let mut command = Command::new(&self.program);
        let fill = |argument: &String| argument.replace("{home}", &home.to_string_lossy());
        command.args(&self.arguments).args(no.arguments.iter().map(fill)).current_dir(&home).env_clear();
        command.env("HOME", &home).env("LANG", "C.UTF-8").env("ABOVEBOARD_OFF_D", &off_d);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_else(watch::default_path));
        let prefix = no::prefix(&self.product);
        // Where nothing said no, it would record, and deliver to a closed port, at once.
        for (name, value) in [
            ("ENDPOINT", "http://127.0.0.1:9"),
            ("ALLOW_PRIVATE", "true"),
            ("PERIOD", "0"),
            ("FIRST_DELAY", "0"),
        ] {
            command.env(format!("{prefix}TELEMETRY_{name}"), value);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.envs(yes.iter().flat_map(|yes| yes.variables.iter().map(|(name, value)| (name, value))));
        command.envs(no.variables.iter().map(|(name, value)| (name, value)));
        let watched = watch(&command, self.until.as_deref())?;
        let mut round = Round { name: no.name.clone(), deeds: watched.deeds.clone() };
        let placed: Vec<_> = no.files.iter().map(|(path, _)| home.join(path)).collect();
        let left = |file: &Path| {
            if !placed.iter().any(|known| known == file) {
                round
                    .deeds
                    .push(Deed { kind: DeedKind::File, detail: format!("it left {}", file.display()) });
            }
        };
        walk(&home, &mut { left });
        Ok((Seen { round, said: said(&watched, &scratch.0), status: watched.status }, watched.isolated))
    }

    fn without_allowed(&self, round: Round) -> Round {
        let foreign = |deed: &Deed| !self.allowed.iter().any(|own| deed.detail.contains(own));
        Round { deeds: round.deeds.into_iter().filter(foreign).collect(), ..round }
    }
}

/// A run with what it printed.
#[derive(Clone, Debug)]
struct Seen {
    round: Round,
    said: [String; 2],
    status: std::process::ExitStatus,
}

impl Seen {
    /// A word about telemetry on stderr is one too many.
    fn chatter(&mut self) {
        let lines = self.said[1].lines().filter(|line| line.to_ascii_lowercase().contains("telemetry"));
        let deeds = lines.map(|line| Deed { kind: DeedKind::Output, detail: format!("on stderr {line:?}") });
        self.round.deeds.extend(deeds);
    }

    fn compare(&mut self, first: &Self) {
        for (stream, said, expected) in
            [("stdout", &self.said[0], &first.said[0]), ("stderr", &self.said[1], &first.said[1])]
        {
            if said != expected {
                let detail = format!("on {stream} {said:?}, but under {} {expected:?}", first.round.name);
                self.round.deeds.push(Deed { kind: DeedKind::Output, detail });
            }
        }
        if self.status != first.status {
            let detail = format!("{}, but under {} {}", self.status, first.round.name, first.status);
            self.round.deeds.push(Deed { kind: DeedKind::Exit, detail });
        }
    }
}

/// Both streams, with what differs from run to run made equal: the home, and numbers (ports, times, process ids).
fn said(watched: &Watched, scratch: &Path) -> [String; 2] {
    [&watched.stdout, &watched.stderr].map(|stream| {
        let text = String::from_utf8_lossy(stream).replace(&*scratch.to_string_lossy(), "~");
        let mut plain = String::new();
        for character in text.chars() {
            let character = if character.is_ascii_digit() { '#' } else { character };
            if character != '#' || !plain.ends_with('#') {
                plain.push(character);
            }
        }
        plain
    })
}

/// How many marks of one run a message shows.
const MAX_SHOWN: usize = 12;

/// What the runs showed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The program with its arguments.
    pub command: String,
    /// Whether it ran in a network namespace of its own.
    pub isolated: bool,
    /// One for each switch.
    pub rounds: Vec<Round>,
    /// The run with telemetry on, to compare with.
    pub on: Round,
    proves_nothing: bool,
}

/// The program under one switch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Round {
    /// The switch, in words.
    pub name: String,
    /// What the program did that it was not allowed to.
    pub deeds: Vec<Deed>,
}

impl Report {
    /// Whether no run left a mark, and the runs could have shown one.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        !self.proves_nothing && self.rounds.iter().all(|round| round.deeds.is_empty())
    }
}

impl fmt::Display for Report {
    /// Every mark, by switch.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loud: Vec<_> = self.rounds.iter().filter(|round| !round.deeds.is_empty()).collect();
        if loud.is_empty() && self.proves_nothing {
            return write!(
                formatter,
                "{}: silent, but with telemetry on too, so nothing was proved: name a command that is recorded, or \
                 say control = false",
                self.command
            );
        }
        if loud.is_empty() {
            return write!(formatter, "{}: silent under {} switches", self.command, self.rounds.len());
        }
        write!(formatter, "{}: not silent", self.command)?;
        for round in loud {
            write!(formatter, "\n  under {}", round.name)?;
            for deed in round.deeds.iter().take(MAX_SHOWN) {
                write!(formatter, "\n    it {deed}")?;
            }
            if let more @ 1.. = round.deeds.len().saturating_sub(MAX_SHOWN) {
                write!(formatter, "\n    and {more} more")?;
            }
        }
        Ok(())
    }
}

/// Every file below a folder that is no folder itself.
fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), each);
        } else {
            each(&entry.path());
        }
    }
}
