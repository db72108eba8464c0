//! The verb: starts everything, runs the script and the visit, and compares both sides.

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::DataPlace;

use super::summary::{self, Summary};
use super::{RunningProduct, Sandbox, StopSignal, script, stop, visit};
use crate::publish;

/// What `demo` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// End after the script: exit 0 if recorded, acknowledged and counted agree for each component, else 1
    #[arg(long)]
    once: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Work in this empty directory and keep it [default: a temporary one that is removed]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Do not open the product's console in a headless browser
    #[arg(long)]
    no_browser: bool,
    /// Do not fill the page with a synthetic past month
    #[arg(long)]
    no_history: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let stop = stop::listen()?;
    let sandbox = Sandbox::new(options.dir.as_deref())?;
    let summary = show(options, &sandbox, &stop);
    sandbox.remove()?;
    match summary {
        Ok(summary) if summary.agrees() => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        // Ctrl-C reaches every program of the demo, so what failed then failed because of it.
        Err(error) => Err(stop.check().err().unwrap_or(error)),
    }
}

fn show(options: &Options, sandbox: &Sandbox, stop: &StopSignal) -> anyhow::Result<Summary> {
    let product = RunningProduct::start(sandbox, !options.no_history)?;
    print_addresses(options, sandbox, &product)?;
    let commands = script::run(&product, stop)?;
    stop.check()?;
    let visit = if options.no_browser {
        Err("--no-browser was given".to_owned())
    } else {
        visit::run(sandbox, &product)?
    };
    let events = visit.as_ref().map(|visit| visit.events).map_err(Clone::clone);
    let mut summary = summary::await_agreement(&product, commands, events, stop)?;
    drop(visit);
    if !options.no_history {
        summary.figures = Some(rehearse(sandbox)?);
    }
    print_summary(options, &summary)?;
    if !options.once {
        output::message("Ctrl-C ends the demo.");
        stop.wait();
    }
    product.end();
    Ok(summary)
}

/// Makes the site of published figures of the made-up month.
fn rehearse(sandbox: &Sandbox) -> anyhow::Result<PathBuf> {
    let data = sandbox.folder("collector")?;
    publish::rehearse(&DataPlace::from(&data), "quarry", &sandbox.root().join("figures"), None)
}

fn print_addresses(options: &Options, sandbox: &Sandbox, product: &RunningProduct<'_>) -> anyhow::Result<()> {
    // With --json the summary is the one thing on stdout.
    let print = if options.json { output::message } else { output::data };
    let (address, path) = product.operator.new_link()?;
    print(&format!("link      {address}{path}"));
    print(&format!("page      {}/?show=all", product.collector));
    print(&format!("console   {}/console/", product.server));
    print(&format!("secret    {}", product.secret));
    output::message("Open the link first: it lets your browser in, is good once, and for ten minutes.");
    if !options.no_history {
        output::message("The past month is made up and marked as synthetic; --no-history leaves it out.");
    }
    output::message(&format!("Run commands of your own: {} version", sandbox.shortcut().display()));
    if options.dir.is_some() {
        output::message(&format!(
            "Everything is below {}; remove that directory to remove it all.",
            sandbox.root().display()
        ));
    }
    Ok(())
}

fn print_summary(options: &Options, summary: &Summary) -> anyhow::Result<()> {
    if options.json {
        output::data(&serde_json::to_string(summary)?);
    } else {
        output::data(&summary.to_string());
    }
    Ok(())
}
