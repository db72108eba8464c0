//! What the host's command line says of telemetry, and what the agent adds to its clap tree.

use std::ffi::{OsStr, OsString};

use aboveboard_command_line::{Switch, Texts};
use aboveboard_core::consent::{Reading, reading};

/// What a build with telemetry says of its part of a command line.
pub(crate) const TEXTS: Texts = Texts {
    switch: "Allow or refuse telemetry for this run",
    verbs: "Show and control what is collected about the use of this program",
};

/// The same tree with what [`Agent::parse`](crate::Agent::parse) reads beside it, for hosts that make completions or man
/// pages of their tree: the switch, and the verbs as they are called in this program. What the host has of its own under these
/// names stays as it is, and so does a multicall binary.
#[must_use]
pub fn instrument(tree: clap::Command) -> clap::Command {
    aboveboard_command_line::instrument(tree, TEXTS)
}

/// The value of the switch as consent reads it; `None` if it was not given.
///
/// An opt-out at any place of the command line counts, whoever has the switch. Consent must have been understood by clap as
/// our switch: the host hands over what its own says.
pub(crate) fn flag(said: &Switch) -> Option<String> {
    let text = |value: &OsString| value.to_string_lossy().into_owned();
    let refuses = |value: &&OsString| reading(value) != Reading::On;
    let clearly_refuses = |value: &&OsString| reading(value) == Reading::Off && *value != OsStr::new("");
    let refusal = said.given.iter().chain(&said.suspect).find(refuses);
    let refusal = refusal.or_else(|| said.loose.iter().find(clearly_refuses));
    refusal.or(said.given.last()).map(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(given: &[&str], suspect: &[&str], loose: &[&str]) -> Option<String> {
        let values = |texts: &[&str]| texts.iter().map(OsString::from).collect();
        flag(&Switch { given: values(given), suspect: values(suspect), loose: values(loose) })
    }

    #[test]
    fn any_opt_out_wins_and_only_our_switch_consents() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(said(&[], &[], &[]), None);
        assert_eq!(said(&["true"], &["true"], &["a-file"]), some("true"));
        assert_eq!(said(&["true", "flase"], &[], &[]), some("flase"));
        assert_eq!(said(&["true"], &["true", "false"], &[]), some("false"));
        assert_eq!(said(&["true"], &["true"], &["off"]), some("off"));
        assert_eq!(said(&[], &["true"], &["true"]), None);
        assert_eq!(said(&[], &["maybe"], &[]), some("maybe"));
        assert_eq!(said(&[""], &[], &[]), some(""));
        assert_eq!(said(&[], &[], &["", "json"]), None);
    }

    #[test]
    fn what_is_not_text_is_no_consent() {
        use std::os::unix::ffi::OsStrExt as _;
        let odd = OsStr::from_bytes(b"--enable-telemetry=\xff").to_owned();
        let value = flag(&Switch { given: vec![odd], ..Switch::default() }).unwrap();
        assert!(reading(value.as_ref()).is_no());
    }
}
