//! `aboveboard publish run`: draws the figures of a period once, writes the site, and notes that it is published.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::publish::DrawOrder;
use aboveboard_collector::publish::keep::{DrawState, Head, KeptDraw};
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use aboveboard_published::publication::Release;
use aboveboard_types::clock::day_stamp;
use anyhow::{Context as _, bail};

use super::arguments::{Drawing, Printing, Publisher, SiteArguments, period, reason};
use super::product::{every, today};
use super::workplace::Workplace;

/// What `publish run` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    #[command(flatten)]
    site: SiteArguments,
    /// The period, such as 2026-q4 or 2026-11 [default: the newest that may be drawn]
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    period: Option<CalendarPeriod>,
    #[command(flatten)]
    drawing: Drawing,
    /// Show figures that are held: say why they are right. Readers see it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    accept: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = Workplace::open(&options.publisher, &options.site)?;
    let id = PublicationId::first(period_of(&place, options.period)?);
    let newest = newest_of(&place, id)?;
    let draw = match newest {
        Some(draw) => go_on(&place, draw, options.accept.as_deref())?,
        None => {
            let releases = options.drawing.version_days.of(&place.product.manifest)?;
            draw_first(&place, id, &releases, options.drawing.revision)?
        }
    };
    shown_or_held(&place, &draw, options.printing.json)
}

/// The period to publish: the one that was asked for, or the newest that may be drawn.
fn period_of(place: &Workplace, asked: Option<CalendarPeriod>) -> anyhow::Result<CalendarPeriod> {
    let every = every(place.product.publish.every);
    if let Some(period) = asked {
        if period.every() != every {
            bail!(
                "{} publishes every {}, and {period} is none: name one such as {}",
                place.product.manifest.product.id,
                place.product.publish.every.name(),
                newest_drawable(every, today()).context("the clock stands in no year")?
            );
        }
        return Ok(period);
    }
    newest_drawable(every, today()).context("the clock stands in no year")
}

/// The newest period that is so long over that it can be drawn.
fn newest_drawable(every: aboveboard_published::publication::Every, today: u32) -> Option<CalendarPeriod> {
    let first_year = CalendarPeriod::of_day(every, today.saturating_sub(200))?;
    let periods = std::iter::successors(Some(first_year), |period| Some(period.next()));
    periods.take_while(|period| period.earliest_draw() <= today).last()
}

/// The newest draw of the period, its corrections included.
fn newest_of(place: &Workplace, id: PublicationId) -> anyhow::Result<Option<KeptDraw>> {
    let prefix = id.period.to_string();
    let is_of = |draw: &KeptDraw| {
        let other = PublicationId::parse(&draw.publication.id);
        other.is_some_and(|other| other.period.to_string() == prefix)
    };
    Ok(place.kept.all()?.into_iter().rfind(is_of))
}

fn draw_first(
    place: &Workplace,
    id: PublicationId,
    releases: &[Release],
    revision: Option<u32>,
) -> anyhow::Result<KeptDraw> {
    place.draw(&DrawOrder { id, revision, lines: None, releases, reason: None, today: today() })
}

/// Goes on with what was drawn; it is never drawn again.
fn go_on(place: &Workplace, draw: KeptDraw, accept: Option<&str>) -> anyhow::Result<KeptDraw> {
    let id = super::history::id_of(&draw)?;
    match (&draw.state, accept) {
        (DrawState::Held { .. }, Some(reason)) => Ok(place.kept.accept(id, reason)?),
        (DrawState::Ready | DrawState::Held { .. }, _) => Ok(draw),
        (DrawState::Published { .. }, _) => {
            let next = id.period.next();
            bail!(
                "{id} is published, and is never drawn again. The next, {next}, may be drawn from {} on. If {id} is wrong, \
                 `aboveboard publish withdraw` takes it back, and `aboveboard publish correct` draws anew at a cost in privacy",
                day_stamp(next.earliest_draw())
            )
        }
        (DrawState::Withdrawn { .. }, _) => {
            let next = id.period.next();
            bail!(
                "{id} is withdrawn, and is never drawn again but by `aboveboard publish correct`, at a cost in privacy. The \
                 next, {next}, may be drawn from {} on",
                day_stamp(next.earliest_draw())
            )
        }
    }
}

/// Shows a draw at the site, or says why it is held.
pub(super) fn shown_or_held(place: &Workplace, draw: &KeptDraw, is_json: bool) -> anyhow::Result<ExitCode> {
    let id = &draw.publication.id;
    if let DrawState::Held { why } = &draw.state {
        if is_json {
            output::data(&serde_json::json!({ "publication": id, "state": "held", "why": why }).to_string());
        }
        bail!(
            "{id} is drawn and held, since it looks wrong: {}. Look at the collector's page. If the figures are right, show them \
             with `aboveboard publish run --period {id} --accept \"REASON\"`; if not, `aboveboard publish withdraw {id}`. \
             Either way they are never drawn again",
            why.join("; ")
        );
    }
    let head = place.show()?;
    say(place, draw, &head, is_json);
    Ok(ExitCode::SUCCESS)
}

fn say(place: &Workplace, draw: &KeptDraw, head: &Head, is_json: bool) {
    let publication = &draw.publication;
    let page = place.page();
    if is_json {
        let said = serde_json::json!({
            "publication": publication.id,
            "state": "published",
            "is_small": publication.is_small,
            "page": page,
            "next_due": publication.next_due,
            "log": { "size": head.size, "root": head.root },
        });
        output::data(&said.to_string());
    } else {
        output::data(&page.display().to_string());
    }
    output::message(&format!(
        "{} is written to the site, document {} of its log. Put the whole directory up now; the next is due by {}",
        publication.id, head.size, publication.next_due
    ));
}
