//! The check: a program is run under every way to opt out, and strace records what it does to the machine.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::opt_out::{self, OptOut};
use super::own::Own;
use super::report::{SilenceReport, SilenceRun};
use super::trace::{Effect, EffectKind};
use super::watch::{self, Scratch, Watched, watch};

/// Runs a real program under every way to opt out, each time in an empty home, and panics unless it leaves no trace: no
/// file, socket, name look-up, child process or thread, and no output of its own.
///
/// `assert_silent!(program, product, arguments)`, followed by any setting of [`Silence`](crate::Silence) as
/// `name = value`:
///
/// ```no_run
/// use aboveboard_testing::{OptOut, assert_silent};
///
/// assert_silent!("target/debug/quarry", "quarry", ["version"]);
/// assert_silent!("target/debug/quarry", "quarry", ["init", "project"], allow = ["project"],
///     opt_out = OptOut::named("the config key").file(".config/quarry/config.json", r#"{"enable_telemetry": false}"#));
/// assert_silent!("target/debug/quarry-server", "quarry", ["--data", "data"], until = "listening",
///     answer = "data/consent", undecided = false, allow = ["data/catalog.db", "AF_INET, SOCK_STREAM"]);
/// ```
///
/// # Panics
/// If the program leaves a trace under any of them; if it leaves none with telemetry on, since then nothing was proved
/// (pass `control = false` for a command that is never recorded); or if strace, which must be installed, cannot run.
#[macro_export]
macro_rules! assert_silent {
    ($program:expr, $product:expr, $arguments:expr $(, $setting:ident = $value:expr)* $(,)?) => {
        $crate::Silence::of($program, $product).arguments($arguments)$(.$setting($value))*.assert()
    };
}

/// A program that must be silent, and how to run it. [`assert_silent!`](crate::assert_silent) is the short form.
#[derive(Clone, Debug)]
pub struct Silence {
    program: OsString,
    product: String,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    allowed: Vec<String>,
    opt_outs: Vec<OptOut>,
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
            opt_outs: Vec::new(),
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

    /// An environment variable of every run. The only others are `HOME`, `PATH`, `LANG` and those that make the product
    /// record and send at once unless it is opted out.
    #[must_use]
    pub fn variable(mut self, variable: (&str, &str)) -> Self {
        self.variables.push((variable.0.to_owned(), variable.1.to_owned()));
        self
    }

    /// What the program may do for its own purposes: system calls, as strace prints them, and printed lines, that contain
    /// one of these texts. What only an agent does stays a trace: its files, its helper, the way to its collector.
    #[must_use]
    pub fn allow(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed.extend(texts.into_iter().map(Into::into));
        self
    }

    /// One more way to opt out, which only this product has: its config key, for instance.
    #[must_use]
    pub fn opt_out(mut self, opt_out: OptOut) -> Self {
        self.opt_outs.push(opt_out);
        self
    }

    /// For a program that does not end by itself: it gets `SIGTERM` a second after it printed a line with this text.
    #[must_use]
    pub fn until(mut self, text: impl Into<String>) -> Self {
        self.until = Some(text.into());
        self
    }

    /// The path of its stored answer from the home directory. The default is that of a command line program,
    /// `.config/PRODUCT/consent`; a server has `consent` in its data directory.
    #[must_use]
    pub fn answer(self, path: impl Into<String>) -> Self {
        Self { answer: path.into(), ..self }
    }

    /// Whether it takes the flag `--enable-telemetry`. True by default.
    #[must_use]
    pub fn flag(self, has_flag: bool) -> Self {
        Self { has_flag, ..self }
    }

    /// Whether it must also be silent before anybody has decided. True by default; pass false for a server under the
    /// policy `notice`, which shows its notice then.
    #[must_use]
    pub fn undecided(self, undecided: bool) -> Self {
        Self { undecided, ..self }
    }

    /// Whether the check fails for a program that leaves no trace with telemetry on either. True by default.
    #[must_use]
    pub fn control(self, control: bool) -> Self {
        Self { control, ..self }
    }

    /// Runs the program under each switch in turn.
    ///
    /// # Errors
    /// Why the program could not be watched; see [`watch`](crate::watch).
    pub fn check(&self) -> Result<SilenceReport, String> {
        let yes = opt_out::yes(&self.product);
        let (on, isolated) = self.run(&yes, None)?;
        let mut opt_outs = opt_out::of_every_product(&self.product, &self.answer);
        if self.has_flag {
            opt_outs.extend(opt_out::by_flag());
        }
        if self.undecided {
            opt_outs.push(opt_out::undecided());
        }
        opt_outs.extend(self.opt_outs.iter().cloned());
        let mut runs: Vec<Observed> = Vec::new();
        for opt_out in &opt_outs {
            let (mut observed, _) = self.run(opt_out, (!opt_out.stands_alone).then_some(&yes))?;
            observed.chatter();
            if let Some(first) = runs.first() {
                observed.compare(first);
            }
            runs.push(observed);
        }
        let finish = |observed: Observed| self.without_allowed(observed.run);
        let proves_nothing = self.control && finish(on.clone()).effects.is_empty();
        Ok(SilenceReport {
            command: std::iter::once(&self.program)
                .chain(&self.arguments)
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            isolated,
            runs: runs.into_iter().map(finish).collect(),
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
                panic!("cannot check whether {} is silent: {problem}", self.program.display())
            }
        }
    }

    /// One run in a home of its own. An opt-out comes together with `yes`, which it must override.
    fn run(&self, opt_out: &OptOut, yes: Option<&OptOut>) -> Result<(Observed, bool), String> {
        let scratch = Scratch::new("silence")?;
        let home = scratch.0.join("home");
        let off_d = scratch.0.join("off.d");
        std::fs::create_dir(&home).map_err(|error| format!("cannot make a home: {error}"))?;
        opt_out
            .place(&home, &off_d)
            .map_err(|error| format!("cannot opt out by {}: {error}", opt_out.name))?;
        let mut command = Command::new(&self.program);
        let fill = |argument: &String| argument.replace("{home}", &home.to_string_lossy());
        command.args(&self.arguments).args(opt_out.arguments.iter().map(fill)).current_dir(&home).env_clear();
        command.env("HOME", &home).env("LANG", "C.UTF-8").env("ABOVEBOARD_OFF_D", &off_d);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_else(watch::default_path));
        let prefix = opt_out::prefix(&self.product);
        // Without an opt-out it would record at once, and deliver to a closed port.
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
        command.envs(opt_out.variables.iter().map(|(name, value)| (name, value)));
        let watched = watch(&command, self.until.as_deref())?;
        let mut run = SilenceRun { name: opt_out.name.clone(), effects: watched.effects.clone() };
        let placed: Vec<_> = opt_out.files.iter().map(|(path, _)| home.join(path)).collect();
        let left = |file: &Path| {
            if !placed.iter().any(|known| known == file) {
                run.effects
                    .push(Effect { kind: EffectKind::File, detail: format!("it left {}", file.display()) });
            }
        };
        walk(&home, &mut { left });
        Ok((
            Observed { run, output: comparable_output(&watched, &scratch.0), status: watched.status },
            watched.isolated,
        ))
    }

    fn without_allowed(&self, run: SilenceRun) -> SilenceRun {
        let agents = Own::of(&self.product, &self.answer);
        let is_allowed = |effect: &Effect| self.allowed.iter().any(|own| effect.detail.contains(own));
        let foreign = |effect: &Effect| agents.did(effect) || !is_allowed(effect);
        SilenceRun { effects: run.effects.into_iter().filter(foreign).collect(), ..run }
    }
}

/// A run with what it printed.
#[derive(Clone, Debug)]
struct Observed {
    run: SilenceRun,
    output: [String; 2],
    status: std::process::ExitStatus,
}

impl Observed {
    /// Counts every line about telemetry on stderr as an effect.
    fn chatter(&mut self) {
        let lines = self.output[1].lines().filter(|line| line.to_ascii_lowercase().contains("telemetry"));
        let effects =
            lines.map(|line| Effect { kind: EffectKind::Output, detail: format!("on stderr {line:?}") });
        self.run.effects.extend(effects);
    }

    fn compare(&mut self, first: &Self) {
        for (stream, output, expected) in
            [("stdout", &self.output[0], &first.output[0]), ("stderr", &self.output[1], &first.output[1])]
        {
            if output != expected {
                let detail = format!("on {stream} {output:?}, but under {} {expected:?}", first.run.name);
                self.run.effects.push(Effect { kind: EffectKind::Output, detail });
            }
        }
        if self.status != first.status {
            let detail = format!("{}, but under {} {}", self.status, first.run.name, first.status);
            self.run.effects.push(Effect { kind: EffectKind::Exit, detail });
        }
    }
}

/// Both streams, with what differs from run to run made equal: the home, and numbers (ports, times, process ids).
fn comparable_output(watched: &Watched, scratch: &Path) -> [String; 2] {
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
