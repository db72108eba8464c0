//! `aboveboard manifest commands`

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::{named_file, output};
use aboveboard_manifest::MAX_MANIFEST_BYTES;
use anyhow::{Context as _, ensure};

/// What `manifest commands` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest
    file: PathBuf,
    /// The program's commands, one path to a line, as `PROGRAM telemetry commands` prints them; `-` is stdin
    #[arg(long, value_name = "LIST", default_value = "-")]
    from: PathBuf,
    /// Write them into the manifest
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let program: Vec<String> = lines(&options.from)?;
    anyhow::ensure!(
        !program.is_empty(),
        "no command was given: pipe `PROGRAM telemetry commands` into this one"
    );
    let Some(manifest) = super::file::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    ensure!(
        !(options.write && manifest.sealed),
        "a sealed manifest is not written: change its telemetry.toml, and seal that"
    );
    let diff = manifest.commands_diff(&program);
    diff.undeclared.iter().for_each(|command| output::data(&format!("+ {command}")));
    diff.gone.iter().for_each(|command| output::data(&format!("- {command}")));
    if diff.is_empty() {
        output::message("the manifest names exactly the program's commands");
        return Ok(ExitCode::SUCCESS);
    }
    if !options.write {
        output::message("run it with --write to bring the manifest in step, then raise its revision");
        return Ok(ExitCode::FAILURE);
    }
    match manifest.with_commands(&program) {
        Ok(text) => {
            let written = super::file::write(Some(&options.file), &text)?;
            output::message("written; raise the manifest's revision");
            Ok(written)
        }
        Err(problems) => {
            super::file::report(&problems);
            Ok(ExitCode::FAILURE)
        }
    }
}

fn lines(from: &Path) -> anyhow::Result<Vec<String>> {
    let cannot = || format!("cannot read the commands from {}", from.display());
    let mut text = String::new();
    let most = MAX_MANIFEST_BYTES as u64;
    let length =
        named_file::read(from)?.take(most + 1).read_to_string(&mut text).with_context(cannot)? as u64;
    ensure!(length <= most, "{}: the commands are longer than {most} bytes", from.display());
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
