//! `aboveboard man`: the manual, one page a verb.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};

use crate::arguments::Arguments;

/// What `man` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write a page for the program and each verb into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    dir: Option<PathBuf>,
    /// The verb whose page is printed, such as `collector backup` [default: the program's own]
    verb: Vec<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if let Some(dir) = &options.dir {
        clap_mangen::generate_to(Arguments::command(), dir)
            .with_context(|| format!("cannot write the manual into {}", dir.display()))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(find(&options.verb)?).render(&mut page)?;
        crate::say::text(&page)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn find(verb: &[String]) -> anyhow::Result<Command> {
    let mut command = Arguments::command();
    // Gives each verb its whole name, `aboveboard collector backup`.
    command.build();
    let mut found = &command;
    for word in verb {
        found = found
            .find_subcommand(word)
            .with_context(|| format!("there is no verb `{}`: see `aboveboard help`", verb.join(" ")))?;
    }
    Ok(found.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page_and_an_unknown_one_says_where_to_look() {
        let page = |words: &[&str]| find(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(page(&["collect"]).unwrap().get_name(), "collect");
        assert!(page(&["colect"]).unwrap_err().to_string().contains("aboveboard help"));
    }
}
