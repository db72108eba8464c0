//! `aboveboard collector audit`: who changed or took out what.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::Context as _;

use super::DataDirectory;

/// What `collector audit` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    directory: DataDirectory,
    /// Print each line as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.directory.path()?;
    let lines = upkeep::audit(&data)
        .with_context(|| format!("the audit log of {} cannot be read", data.display()))?;
    for line in lines {
        if options.json {
            output::data(&serde_json::to_string(&line)?);
            continue;
        }
        let time = jiff::Timestamp::from_second(line.time).map(|time| time.to_string()).unwrap_or_default();
        let product = line.product.map_or(String::new(), |product| format!(" {product}"));
        output::data(&format!("{time}  {}  {}{product}: {}", line.who, line.act, line.detail));
    }
    Ok(ExitCode::SUCCESS)
}
