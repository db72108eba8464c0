//! `aboveboard demo`: the whole way on one machine, with every program for real.
//!
//! A collector, the demo product's server and its CLI run as processes of this same binary, below a directory of
//! the demo's own; consent is answered there by the product's own command, and the endpoint is given explicitly.

mod browser;
mod console;
mod live;
mod place;
mod process;
mod product;
mod script;
mod stop;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;

use self::place::Place;
use self::product::Product;
use self::stop::Stop;
use self::summary::Summary;
use crate::say;

pub(crate) use self::place::{leash, program};

/// What `demo` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// End after the script: exit 0 if recorded, acknowledged and counted agree for each component, else 1
    #[arg(long)]
    once: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Work in this empty directory and leave it behind [default: a temporary one that is removed]
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
    let place = Place::new(options.dir.as_deref())?;
    let shown = show(options, &place, &stop);
    place.remove()?;
    match shown {
        Ok(summary) if summary.agrees() => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        // Ctrl-C reaches every program of the demo, so what failed then failed because of it.
        Err(error) => Err(stop.check().err().unwrap_or(error)),
    }
}

fn show(options: &Options, place: &Place, stop: &Stop) -> anyhow::Result<Summary> {
    let product = Product::start(place, !options.no_history)?;
    tell_addresses(options, place, &product);
    let commands = script::run(&product, stop)?;
    stop.check()?;
    let visit = match options.no_browser {
        true => Err("--no-browser was given".to_owned()),
        false => console::run(place, &product)?,
    };
    let events = visit.as_ref().map(|visit| visit.events).map_err(Clone::clone);
    let summary = summary::settle(&product, commands, events, stop)?;
    drop(visit);
    tell_summary(options, &summary)?;
    if !options.once {
        say::word("Ctrl-C ends the demo.");
        stop.wait();
    }
    product.end();
    Ok(summary)
}

fn tell_addresses(options: &Options, place: &Place, product: &Product<'_>) {
    // With --json the summary is the one thing on stdout.
    let tell = if options.json { say::word } else { say::data };
    tell(&format!("page      {}/?show=all", product.collector));
    tell(&format!("console   {}/console/", product.server));
    tell(&format!("secret    {}", product.secret));
    if !options.no_history {
        say::word("The past month is made up and marked as synthetic; --no-history leaves it out.");
    }
    say::word(&format!("Commands of your own: {} version", place.shortcut().display()));
    if options.dir.is_some() {
        say::word(&format!("Everything is below {}; removing that removes all.", place.root().display()));
    }
}

fn tell_summary(options: &Options, summary: &Summary) -> anyhow::Result<()> {
    if options.json {
        say::data(&serde_json::to_string(summary)?);
    } else {
        say::data(&summary.to_string());
    }
    Ok(())
}
