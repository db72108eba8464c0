//! The hosts of `tests/hosts` beside their twins, in one of four builds.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{cargo, step};

/// The builds that continuous integration leaves to the long runs: it tries debug with telemetry.
pub(crate) const OTHER_BUILDS: [Build; 3] = [
    Build { is_release: false, has_telemetry: false },
    Build { is_release: true, has_telemetry: true },
    Build { is_release: true, has_telemetry: false },
];

/// How the hosts are built.
#[derive(Clone, Copy)]
pub(crate) struct Build {
    is_release: bool,
    has_telemetry: bool,
}

impl Build {
    /// From the words of a command line: `debug` or `release`, `on` or `off`; without them debug and on.
    fn parse(words: &[String]) -> Result<Self> {
        let mut build = Self { is_release: false, has_telemetry: true };
        for word in words {
            match word.as_str() {
                "debug" => build.is_release = false,
                "release" => build.is_release = true,
                "on" => build.has_telemetry = true,
                "off" => build.has_telemetry = false,
                _ => bail!("{word}: the words are `debug` or `release`, and `on` or `off`"),
            }
        }
        Ok(build)
    }

    /// What it is called in reports.
    pub(crate) fn name(self) -> String {
        let profile = if self.is_release { "release" } else { "debug" };
        let telemetry = if self.has_telemetry { "on" } else { "off" };
        format!("hosts {profile} {telemetry}")
    }

    /// The call of cargo that builds and tries them. In a release they end at a panic instead of unwinding.
    pub(crate) fn test(self) -> Command {
        let mut test = cargo();
        test.args(["test", "--quiet", "--package=aboveboard-hosts", "--package=aboveboard-hosts-servers"]);
        if self.is_release {
            test.arg("--release").env("CARGO_PROFILE_RELEASE_PANIC", "abort");
        }
        if !self.has_telemetry {
            test.arg("--no-default-features");
        }
        test
    }
}

/// Tries one build.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let build = Build::parse(words)?;
    step(&build.name(), &mut build.test())
}
