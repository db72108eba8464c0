//! `aboveboard publish correct`: draws the figures of a period anew, which costs privacy loss again.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::publish::DrawOrder;
use aboveboard_collector::publish::keep::{DrawState, KeptDraw};
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use anyhow::{bail, ensure};

use super::arguments::{Drawing, Printing, Publisher, SiteArguments, period, reason};
use super::history::id_of;
use super::product::today;
use super::run::shown_or_held;
use super::workplace::Workplace;

/// What `publish correct` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    #[command(flatten)]
    site: SiteArguments,
    /// The period, such as 2026-q4
    #[arg(value_name = "PERIOD", value_parser = period)]
    period: CalendarPeriod,
    /// Why, in one line. Readers see it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: String,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = Workplace::open(&options.publisher, &options.site)?;
    let newest = newest(&place, options.period)?;
    let id = id_of(&newest)?;
    let is_same =
        newest.publication.notes.iter().any(|note| note.about == "correction" && note.text == options.reason);
    let draw = if is_same && newest.state == DrawState::Ready {
        // A correction that was interrupted goes on.
        newest
    } else {
        ensure!(!is_same, "{id} was drawn with this reason already: another correction needs another reason");
        let releases = options.drawing.version_days.of(&place.product.manifest)?;
        place.draw(&DrawOrder {
            id: id.correction(),
            revision: options.drawing.revision,
            lines: None,
            releases: &releases,
            reason: Some(&options.reason),
            today: today(),
        })?
    };
    output::message("the loss of this draw is added to the ledger");
    shown_or_held(&place, &draw, options.printing.json)
}

/// The newest draw of a period, which is what is corrected.
fn newest(place: &Workplace, period: CalendarPeriod) -> anyhow::Result<KeptDraw> {
    let is_of =
        |draw: &KeptDraw| PublicationId::parse(&draw.publication.id).is_some_and(|id| id.period == period);
    let Some(newest) = place.kept.all()?.into_iter().rfind(is_of) else {
        bail!(
            "{period} was not published, so there is nothing to correct: `aboveboard publish run --period {period}`"
        );
    };
    let is_held = matches!(newest.state, DrawState::Held { .. });
    ensure!(
        !is_held,
        "{0} is held: show it with `aboveboard publish run --accept \"REASON\"` or withdraw it first",
        newest.publication.id
    );
    Ok(newest)
}
