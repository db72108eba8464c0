//! The process environment, and what it says of the machine. No other file of this crate reads a variable.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use aboveboard_files::stat;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{self, Header, Mark, Marks};
use aboveboard_types::value::Version;

use crate::coding_agent;

/// Adds marks to what is recorded: `test`, `synthetic`, `dev`, `ci`, `agent`, several joined by commas. None of them ever
/// adds data to headline figures: so any user may set one.
pub const MARK: &str = "ABOVEBOARD_MARK";

/// Variables that systems of continuous integration set. Nearly all set `CI`; the others are those that do not,
/// or did not for long.
const CI: [&str; 5] = ["CI", "TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL", "CODEBUILD_BUILD_ID"];

/// The longest value of a variable that is looked at, in bytes. A longer one is cut and therefore unreadable.
const MAX_VALUE_BYTES: usize = 4096;

/// The longest value of a variable with a list, such as `NO_PROXY` of a cluster, in bytes.
const MAX_LIST_BYTES: usize = 64 << 10;

/// The variables a decision is made from: those of this process, or a given list.
#[derive(Clone, Debug)]
pub struct Environment(Source);

#[derive(Clone, Debug)]
enum Source {
    Process,
    Given(Vec<(OsString, OsString)>),
}

impl Environment {
    /// The environment of this process, read when asked.
    #[must_use]
    pub const fn process() -> Self {
        Self(Source::Process)
    }

    /// Exactly these variables, in a place that is no container.
    pub fn of<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(Source::Given(variables.collect()))
    }

    /// The value of a variable; `None` if it is unset. What is longer than 4 KiB is cut.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<OsString> {
        self.cut_var(name, MAX_VALUE_BYTES)
    }

    /// The value of a variable that holds a list; `None` if it is unset. What is longer than 64 KiB is cut.
    #[must_use]
    pub fn long_var(&self, name: &str) -> Option<OsString> {
        self.cut_var(name, MAX_LIST_BYTES)
    }

    /// The path that a variable names, or nothing where it is empty. A relative one counts from the directory that this
    /// process works in now, so whoever changes that, or starts another process elsewhere, reads it before.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.var(name).filter(|path| !path.is_empty()).map(PathBuf::from)?;
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    fn cut_var(&self, name: &str, max: usize) -> Option<OsString> {
        let value = match &self.0 {
            Source::Process => std::env::var_os(name),
            Source::Given(list) => {
                list.iter().rev().find(|(known, _)| known == OsStr::new(name)).map(|(_, value)| value.clone())
            }
        }?;
        Some(if value.len() > max { cut(&value, max) } else { value })
    }

    /// Whether a system of continuous integration runs this process.
    #[must_use]
    pub fn is_ci(&self) -> bool {
        CI.iter().any(|name| {
            self.var(name).is_some_and(|value| !matches!(value.to_str(), Some("" | "false" | "0")))
        })
    }

    /// Whether this process runs in a container, as far as its engine says so.
    #[must_use]
    pub fn in_container(&self) -> bool {
        ["container", "KUBERNETES_SERVICE_HOST"]
            .iter()
            .any(|name| self.var(name).is_some_and(|v| !v.is_empty()))
            || matches!(self.0, Source::Process)
                && ["/.dockerenv", "/run/.containerenv"].iter().any(|file| stat(Path::new(file)).is_ok())
    }

    /// Whether a coding agent runs this process, as far as it or the user says so. Nobody is asked then: who would answer is
    /// no person.
    #[must_use]
    pub fn is_coding_agent(&self) -> bool {
        let says_user =
            || self.var(MARK).is_some_and(|names| added(Marks::default(), &names).has(Mark::Agent));
        coding_agent::detect(|name| self.var(name)).is_some() || says_user()
    }

    /// What every event of this process shares. A build that is no release is marked `dev`.
    #[must_use]
    pub fn header(&self, component: Component, version: Version, release: bool) -> Header {
        let os = envelope::known(&envelope::OPERATING_SYSTEMS, std::env::consts::OS).unwrap_or("other");
        let arch = envelope::known(&envelope::ARCHITECTURES, std::env::consts::ARCH).unwrap_or("other");
        Header { component, version, os, arch, marks: self.marks(release) }
    }

    fn marks(&self, release: bool) -> Marks {
        let mut marks = Marks::default();
        if self.is_ci() {
            marks = marks.with(Mark::Ci);
        }
        if self.in_container() {
            marks = marks.with(Mark::Container);
        }
        if !release {
            marks = marks.with(Mark::Dev);
        }
        if let Some(names) = self.var(MARK) {
            marks = added(marks, &names);
        }
        coding_agent::detect(|name| self.var(name)).map_or(marks, |agent| marks.with_agent(agent))
    }
}

/// The marks with those that the user adds.
fn added(marks: Marks, names: &OsStr) -> Marks {
    names.to_str().unwrap_or_default().split(',').filter_map(Mark::parse).fold(marks, Marks::with)
}

fn cut(value: &OsStr, max: usize) -> OsString {
    OsString::from(value.to_string_lossy().chars().take(max).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(variables: &[(&str, &str)], release: bool) -> String {
        let environment = Environment::of(variables.iter().copied());
        let header = environment.header(Component::Cli, Version::default(), release);
        header.marks.names().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_tell_what_keeps_data_out_of_headlines() {
        assert_eq!(marks(&[], true), "");
        assert_eq!(marks(&[], false), "dev");
        assert_eq!(marks(&[("CI", "true"), ("container", "podman")], true), "ci container");
        assert_eq!(marks(&[("CI", "false"), ("container", "")], true), "");
        assert_eq!(marks(&[(MARK, "synthetic,test,nonsense")], true), "test synthetic");
        assert_eq!(marks(&[("CLAUDECODE", "1"), (MARK, "test")], true), "test agent");
    }

    #[test]
    fn a_relative_path_counts_from_the_directory_that_reads_it() {
        let full = std::env::temp_dir().join("a.pem");
        let environment = Environment::of([
            ("FULL", full.as_os_str()),
            ("SHORT", "a.pem".as_ref()),
            ("EMPTY", "".as_ref()),
        ]);
        assert_eq!(environment.path("FULL").unwrap(), full);
        assert_eq!(environment.path("SHORT").unwrap(), std::env::current_dir().unwrap().join("a.pem"));
        assert_eq!(environment.path("EMPTY"), None);
        assert_eq!(environment.path("UNSET"), None);
    }

    #[test]
    fn the_last_of_two_values_counts_and_a_huge_one_is_cut() {
        let environment = Environment::of([("A", "1"), ("A", "2"), ("B", &"x".repeat(10_000))]);
        assert_eq!(environment.var("A").unwrap(), "2");
        assert_eq!(environment.var("B").unwrap().len(), MAX_VALUE_BYTES);
        assert_eq!(environment.var("C"), None);
    }
}
