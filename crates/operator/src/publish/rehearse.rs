//! `aboveboard publish rehearse`: what a publication would look like, made of made-up data alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::{DataPlace, publish};
use aboveboard_published::paths;
use aboveboard_published::period::CalendarPeriod;
use aboveboard_published::publication::LogDocument;
use anyhow::{Context as _, ensure};

use super::arguments::{Printing, Publisher, period};
use super::compose::Composition;
use super::directory::SiteDirectory;
use super::document::finished;
use super::log::Log;
use super::product::{PublishedProduct, every, today};

/// How many days before today lie in the period that is rehearsed: half of what `aboveboard simulate` makes up by default.
const DAYS_BACK: u32 = 15;

/// What `publish rehearse` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    /// A directory of its own for the made-up site; a new one is made
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// The period whose made-up data are used, such as 2026-q4 [default: that of fifteen days ago]
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    period: Option<CalendarPeriod>,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = options.publisher.directory.place()?;
    let page = into(&place, &options.publisher.product, &options.site, options.period)?;
    if options.printing.json {
        output::data(&serde_json::json!({ "page": page }).to_string());
    } else {
        output::data(&page.display().to_string());
    }
    output::message(
        "These figures are made up, every page says so, and nothing is signed. Real ones are published with `aboveboard \
         publish run`; how sharp they would be says `aboveboard publish plan`.",
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes a site of the made-up data in a collector's data directory, and returns the page to open.
pub(crate) fn into(
    place: &DataPlace,
    product: &str,
    site: &Path,
    period: Option<CalendarPeriod>,
) -> anyhow::Result<PathBuf> {
    let PublishedProduct { manifests, manifest, publish: rules } =
        PublishedProduct::find(place.directory(), product)?;
    let every = every(rules.every);
    let period = match period {
        Some(period) => period,
        None => CalendarPeriod::of_day(every, today().saturating_sub(DAYS_BACK))
            .context("the clock stands in no year")?,
    };
    ensure!(
        period.every() == every,
        "{product} publishes every {}, and {period} is none",
        rules.every.name()
    );
    let site = SiteDirectory::open(site)?;
    let before = site.content()?;
    ensure!(
        !before.has(paths::CHECKPOINT),
        "{} holds a published site: name a directory of its own for the rehearsal",
        site.path().display()
    );
    let publication = publish::rehearse(place, &manifests, &manifest, period, today())?;
    let document = LogDocument::Publication(Box::new(finished(publication, None, &Vec::new())));
    let log = Log::of([document])?;
    let composition = Composition { log: &log, checkpoint: None, keys: &[], counted: &BTreeMap::new() };
    site.replace(&before, &composition.files(&before)?)?;
    Ok(site.path().join("index.html"))
}
