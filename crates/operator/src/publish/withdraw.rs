//! `aboveboard publish withdraw`: says of a publication that it is not to be used. It costs no privacy.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::publish::keep::{DrawState, KeptDraw};
use aboveboard_published::period::PublicationId;
use aboveboard_types::clock::day_stamp;

use super::arguments::{Printing, Publisher, SiteArguments, publication, reason};
use super::product::today;
use super::workplace::Workplace;

/// What `publish withdraw` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    #[command(flatten)]
    site: SiteArguments,
    /// The publication, such as 2026-q4, or 2026-q4.2 for its first correction
    #[arg(value_name = "PUBLICATION", value_parser = publication)]
    id: PublicationId,
    /// Why, in one line. Readers see it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: String,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = Workplace::open(&options.publisher, &options.site)?;
    let id = options.id;
    let draw = match place.kept.get(id)? {
        // What was interrupted is finished by now.
        Some(draw) if is_done(&draw, &options.reason) => draw,
        _ => place.kept.withdraw(id, &day_stamp(today()), &options.reason)?,
    };
    let was_shown = matches!(draw.state, DrawState::Withdrawn { published: Some(_), .. });
    let head = if was_shown { Some(place.show()?) } else { None };
    if options.printing.json {
        let log = head.as_ref().map(|head| serde_json::json!({ "size": head.size, "root": head.root }));
        output::data(
            &serde_json::json!({ "publication": id.to_string(), "state": "withdrawn", "log": log })
                .to_string(),
        );
    } else {
        output::data(&id.to_string());
    }
    output::message(&if was_shown {
        format!(
            "{id} is withdrawn: its pages say so and why, and its files stay. Put the whole directory up now"
        )
    } else {
        format!(
            "{id} is withdrawn; it was never shown, so the site says nothing of it. What it cost in privacy is spent"
        )
    });
    Ok(ExitCode::SUCCESS)
}

/// Whether a draw is withdrawn for this reason already.
fn is_done(draw: &KeptDraw, reason: &str) -> bool {
    matches!(&draw.state, DrawState::Withdrawn { reason: given, .. } if given == reason)
}
