//! What is made of the command line's definition: the manual, one page a verb, and the completions of shells.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use anyhow::Context as _;
use clap::Command;
use clap_complete::Shell;

/// What `man` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write a page for the program and each verb into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    dir: Option<PathBuf>,
    /// The verb whose page is printed, such as `collector backup` [default: the program's own]
    verb: Vec<String>,
}

/// Writes the manual of `program`.
pub(crate) fn run(options: &Options, program: Command) -> anyhow::Result<ExitCode> {
    if let Some(dir) = &options.dir {
        fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(program, dir))
            .with_context(|| format!("cannot write the manual into {}", dir.display()))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(find(program, &options.verb)?).render(&mut page)?;
        output::bytes(&page);
    }
    Ok(ExitCode::SUCCESS)
}

/// What `completions` takes.
#[derive(clap::Args)]
pub(crate) struct CompletionsOptions {
    /// The shell
    shell: Shell,
}

/// Writes the completions of `program`.
pub(crate) fn completions(options: &CompletionsOptions, mut program: Command) -> anyhow::Result<ExitCode> {
    // Written to memory first: the generator panics where the reader of a pipe has gone.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "aboveboard", &mut script);
    output::bytes(&script);
    Ok(ExitCode::SUCCESS)
}

fn find(mut program: Command, verb: &[String]) -> anyhow::Result<Command> {
    // Gives each verb its whole name, `aboveboard collector backup`.
    program.build();
    let mut found = &program;
    for word in verb {
        found = found
            .find_subcommand(word)
            .with_context(|| format!("there is no verb `{}`: see `aboveboard help`", verb.join(" ")))?;
    }
    Ok(found.clone())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_verb_has_a_page_and_an_unknown_one_says_where_to_look() {
        let page = |verb: &str| find(Arguments::command(), &[verb.to_owned()]);
        assert_eq!(page("collect").unwrap().get_name(), "collect");
        assert!(page("colect").unwrap_err().to_string().contains("aboveboard help"));
    }
}
