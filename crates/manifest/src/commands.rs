//! The command list kept in step with a program's own.

use crate::grammar::parse;
use crate::problem::{Problem, explain};
use crate::{Manifest, json};

/// How the declared commands differ from a program's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandsDiff {
    /// The program has them, the manifest does not: they are not recorded.
    pub undeclared: Vec<String>,
    /// The manifest has them, the program does not.
    pub gone: Vec<String>,
}

impl CommandsDiff {
    /// Whether both are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.undeclared.is_empty() && self.gone.is_empty()
    }
}

/// What of `wanted` is missing from `list`, in the order of `wanted`.
pub(crate) fn missing(list: &[String], wanted: &[String]) -> Vec<String> {
    wanted.iter().filter(|entry| !list.contains(entry)).cloned().collect()
}

impl Manifest {
    /// Compares the declared commands with a program's, in any order.
    #[must_use]
    pub fn commands_diff(&self, program: &[String]) -> CommandsDiff {
        let declared: &[String] = self.cli.as_ref().map_or(&[], |cli| &cli.commands);
        CommandsDiff { undeclared: missing(declared, program), gone: missing(program, declared) }
    }

    /// The manifest's text with the program's commands, sorted, in place of the declared ones; the rest of the text
    /// stays as it is.
    ///
    /// # Errors
    /// Where there is no `[cli]` to write into, or a command is none that a manifest can declare.
    pub fn with_commands(&self, program: &[String]) -> Result<String, Vec<Problem>> {
        let Some(cli) = &self.cli else {
            let explanation = explain(
                "there is no `[cli]` whose `commands` could be written",
                "the reason why commands are collected is for a person to write",
                "add `[cli]` with `why`, `chart` and `commands`",
            );
            return Err(vec![self.source.error(&(0..0), explanation)]);
        };
        let mut commands = program.to_vec();
        commands.sort_unstable();
        commands.dedup();
        let list: String = commands.iter().map(|command| format!("    {},\n", json::text(command))).collect();
        let text = self.text();
        let written =
            format!("{}[\n{list}]{}", &text[..cli.commands_span.start], &text[cli.commands_span.end..]);
        parse(&written, self.file()).map(|_| written)
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn the_list_is_rewritten_and_nothing_else() {
        let text = include_str!("../../../examples/quarry/telemetry.toml");
        let manifest = parse(text, "telemetry.toml").unwrap();
        let mut program = manifest.cli.as_ref().unwrap().commands.clone();
        assert!(manifest.commands_diff(&program).is_empty());
        assert_eq!(manifest.with_commands(&program).unwrap(), text);
        program.retain(|command| command != "version");
        program.push("metadata diff".to_owned());
        let diff = manifest.commands_diff(&program);
        assert_eq!(
            (diff.undeclared, diff.gone),
            (vec!["metadata diff".to_owned()], vec!["version".to_owned()])
        );
        let written = parse(&manifest.with_commands(&program).unwrap(), "telemetry.toml").unwrap();
        assert!(written.commands_diff(&program).is_empty());
        assert_eq!(written.counts, manifest.counts);
        assert!(manifest.with_commands(&["--all".to_owned()]).is_err());
    }
}
