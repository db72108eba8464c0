//! `deliver`: delivers what is due, in the foreground, for cron jobs and the timers of services.

use std::process::ExitCode;

use aboveboard_cli_agent::verbs;

use crate::host::{HostArguments, Product, ServerArguments};
use crate::{left, output};

/// What `deliver` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Say on stderr what became of it
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    host: HostArguments,
}

/// Does what the helper would do that a command starts: once an interval, under the same lock, by a decision of its own.
/// Of a server it delivers what waits. Where no product is named, it does so for each that a program without an uploader has
/// left here, unless an option is about one alone.
///
/// # Errors
/// If the manifest cannot be read or is none.
pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    if !product.is_named() && options.server.directory.is_none() {
        if let Some(option) = options.host.option_of_one_product() {
            output::message(&format!(
                "aboveboard: {option} is about one product: name it with --manifest FILE"
            ));
            return Ok(ExitCode::from(2));
        }
        return Ok(left::deliver(options.host.opt_out().as_deref(), options.explain));
    }
    if options.host.lacks_config(product)? {
        if options.explain {
            output::message(&format!("{}: it delivers when it runs", left::MAY_SAY_NO));
        }
        return Ok(ExitCode::SUCCESS);
    }
    Ok(verbs::deliver(&options.host.context(product, &options.server)?, options.explain).into())
}
