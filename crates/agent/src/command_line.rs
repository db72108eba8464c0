//! Parsing a command line, for every binary that has these verbs.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Parses the command line of this process, or prints help or what is wrong and exits.
pub fn parse<C: clap::Parser>() -> C {
    match C::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if is_help(&error) => error.exit(),
        Err(error) => without_values::<C>(&error).exit(),
    }
}

fn is_help(error: &clap::Error) -> bool {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

/// The error without what was given in place of an option or a value: that may be anything, and what is printed may be kept.
#[must_use]
pub fn without_values<C: clap::CommandFactory>(error: &clap::Error) -> clap::Error {
    let mut clean = clap::Error::new(error.kind()).with_cmd(&C::command());
    for (kind, value) in error.context() {
        let is_safe = match (kind, value) {
            // The name of an option that there is not; every other argument that is named is one of ours.
            (ContextKind::InvalidArg, ContextValue::String(text))
                if error.kind() == ErrorKind::UnknownArgument =>
            {
                text.starts_with("--") && !text.contains('=')
            }
            (kind, _) => matches!(
                kind,
                ContextKind::InvalidArg
                    | ContextKind::PriorArg
                    | ContextKind::SuggestedArg
                    | ContextKind::ValidSubcommand
                    | ContextKind::ValidValue
                    | ContextKind::Usage
            ),
        };
        if is_safe {
            clean.insert(kind, value.clone());
        }
    }
    clean
}
