//! Which coding agent runs this process, by the variables that each sets for the programs it starts.
//!
//! Only what was read in the source of the agent, in its documentation, or in what its makers say of it stands here. Where an
//! agent sets a fixed value, that value is asked for; a variable that is also set for a person at the terminal of an editor
//! (`CURSOR_TRACE_ID`, `TERM_PROGRAM`) is none.

use std::ffi::OsString;

use aboveboard_types::envelope::CodingAgent;

/// A variable, the value that the agent gives it (any but an empty one where that differs), and the agent.
type Sign = (&'static str, Option<&'static str>, CodingAgent);

/// In the order in which they are asked for: the first sign that is there tells.
const SIGNS: [Sign; 10] = [
    // Amp, which sets `CLAUDECODE` too: https://ampcode.com/manual/appendix, and the order of
    // https://github.com/cli/cli/blob/9e329339fcc37cd4637ef564a2088acd935faa31/internal/agents/detect.go
    ("AGENT", Some("amp"), CodingAgent::Other),
    // "Shell commands and MCP servers now receive COPILOT_AGENT_SESSION_ID" (1.0.29), and "Git hooks can detect Copilot CLI
    // subprocesses via the COPILOT_CLI=1 environment variable":
    // https://github.com/github/copilot-cli/blob/9532bdacf5a343c3dcc444337f7b25e88fc7372c/changelog.md
    ("COPILOT_AGENT_SESSION_ID", None, CodingAgent::Copilot),
    ("COPILOT_CLI", Some("1"), CodingAgent::Copilot),
    // `CODEX_THREAD_ID_ENV_VAR`, set for every command:
    // https://github.com/openai/codex/blob/09c8e31c90a3285e6ee56a9a95992763bac470b2/codex-rs/protocol/src/shell_environment.rs
    ("CODEX_THREAD_ID", None, CodingAgent::Codex),
    // `CODEX_SANDBOX_ENV_VAR` (`seatbelt` on macOS, and more to come) and `CODEX_SANDBOX_NETWORK_DISABLED_ENV_VAR`:
    // https://github.com/openai/codex/blob/0226fa6df98d41f61dc412903fce91b7ec45e657/codex-rs/core/src/spawn.rs
    ("CODEX_SANDBOX", None, CodingAgent::Codex),
    ("CODEX_SANDBOX_NETWORK_DISABLED", Some("1"), CodingAgent::Codex),
    // `GEMINI_CLI_IDENTIFICATION_ENV_VAR` and its value:
    // https://github.com/google-gemini/gemini-cli/blob/002a57efeb64405020e8b1c6748883ee7426dd1d/packages/core/src/services/shellExecutionService.ts
    ("GEMINI_CLI", Some("1"), CodingAgent::GeminiCli),
    // `process.env.OPENCODE = "1"`:
    // https://github.com/anomalyco/opencode/blob/037d5081f151c43e44098be1fa7e7a1ebc419214/packages/opencode/src/index.ts
    ("OPENCODE", Some("1"), CodingAgent::OpenCode),
    // "The agent terminal": what its makers tell people to test in their shell's files:
    // https://forum.cursor.com/t/cursor-terminal-documentation-missing-non-interactive-agent-shell-configuration-guidance/151935
    ("CURSOR_AGENT", None, CodingAgent::Cursor),
    // "Set to 1 in shell environments Claude Code spawns": https://code.claude.com/docs/en/env-vars
    ("CLAUDECODE", Some("1"), CodingAgent::ClaudeCode),
];

/// The two names that are proposed for all agents. `AI_AGENT` holds the agent's name:
/// https://www.npmjs.com/package/@vercel/detect-agent, read first by GitHub's `gh` (see above).
const ANY_NAME: &str = "AI_AGENT";

/// `AGENT` holds a name, `1` or `true`: https://github.com/agentsmd/agents.md/issues/136. So plain a word means other things
/// too: only values count that are known to be set: `1` by OpenCode (see above), `goose` by Goose
/// (https://github.com/block/goose/pull/7017), and the names in our list.
const PLAIN_NAME: &str = "AGENT";

/// Values of [`PLAIN_NAME`] that name an agent, and none of the list.
const PLAIN_VALUES: [&str; 3] = ["1", "true", "goose"];

/// The coding agent that runs the process with these variables; none where nothing says that one does.
pub(crate) fn detect(variable: impl Fn(&str) -> Option<OsString>) -> Option<CodingAgent> {
    let value_of = |name: &str| variable(name).filter(|value| !value.is_empty());
    let sign = SIGNS.iter().find(|(name, expected, _)| {
        value_of(name).is_some_and(|value| expected.is_none_or(|expected| value == expected))
    });
    if let Some((_, _, agent)) = sign {
        return Some(*agent);
    }
    if let Some(name) = value_of(ANY_NAME) {
        return Some(named(name.to_str()).unwrap_or(CodingAgent::Other));
    }
    let name = value_of(PLAIN_NAME)?;
    let is_known = || PLAIN_VALUES.iter().any(|value| name == *value).then_some(CodingAgent::Other);
    named(name.to_str()).or_else(is_known)
}

/// The agent of a name, as the list spells it or as it calls itself elsewhere.
fn named(name: Option<&str>) -> Option<CodingAgent> {
    match name? {
        "claude" => Some(CodingAgent::ClaudeCode),
        "cursor-cli" => Some(CodingAgent::Cursor),
        "gemini" => Some(CodingAgent::GeminiCli),
        "copilot-cli" | "github-copilot" | "github-copilot-cli" => Some(CodingAgent::Copilot),
        name => CodingAgent::parse(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> Option<&'static str> {
        let variable = |name: &str| Some(variables.iter().find(|(known, _)| *known == name)?.1.into());
        detect(variable).map(CodingAgent::name)
    }

    #[test]
    fn each_agent_is_told_by_what_it_sets() {
        for (variables, expected) in [
            (&[("CLAUDECODE", "1")][..], "claude-code"),
            (&[("CODEX_THREAD_ID", "0199a213-81c0-7800-8aa1-bbab2a035a53")], "codex"),
            (&[("CODEX_SANDBOX", "seatbelt")], "codex"),
            (&[("CODEX_SANDBOX_NETWORK_DISABLED", "1")], "codex"),
            (&[("CURSOR_AGENT", "1"), ("CURSOR_TRACE_ID", "x")], "cursor"),
            (&[("GEMINI_CLI", "1")], "gemini-cli"),
            (&[("COPILOT_CLI", "1")], "copilot"),
            (&[("COPILOT_AGENT_SESSION_ID", "x")], "copilot"),
            (&[("AGENT", "1"), ("OPENCODE", "1")], "opencode"),
            (&[("AGENT", "amp"), ("CLAUDECODE", "1")], "other"),
            (&[("AGENT", "goose"), ("GOOSE_TERMINAL", "1")], "other"),
            (&[("AI_AGENT", "aider")], "aider"),
            (&[("AI_AGENT", "github-copilot-cli")], "copilot"),
            (&[("AI_AGENT", "somebody's own")], "other"),
            (&[("AI_AGENT", "claude-code_2-1_agent"), ("CLAUDECODE", "1")], "claude-code"),
            (&[("AGENT", "codex")], "codex"),
        ] {
            assert_eq!(detected(variables), Some(expected), "{variables:?}");
        }
    }

    #[test]
    fn what_an_editor_sets_for_a_person_is_no_agent_and_neither_is_another_value() {
        for variables in [
            &[][..],
            &[("CURSOR_TRACE_ID", "x"), ("TERM_PROGRAM", "vscode")],
            &[("CLAUDECODE", ""), ("GEMINI_CLI", "0"), ("OPENCODE", ""), ("COPILOT_CLI", "0")],
            &[("CODEX_HOME", "/x"), ("AIDER_MODEL", "x"), ("COPILOT_MODEL", "x")],
            &[("AGENT", "ssh"), ("AI_AGENT", "")],
        ] {
            assert_eq!(detected(variables), None, "{variables:?}");
        }
    }
}
