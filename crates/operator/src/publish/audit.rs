//! `aboveboard publish audit`: whether the noise of what was drawn looks as it should, for a data protection officer.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::publish::audit;
use aboveboard_collector::publish::keep::KeptDraws;
use aboveboard_published::period::PublicationId;

use super::arguments::{Printing, Publisher, publication};
use super::history::id_of;
use super::product::today;

/// What `publish audit` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    publisher: Publisher,
    /// The publication, such as 2026-q4 [default: every one whose raw figures are kept, which are those of 13 months]
    #[arg(value_name = "PUBLICATION", value_parser = publication)]
    id: Option<PublicationId>,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let place = options.publisher.directory.place()?;
    let kept = KeptDraws::open(place.directory(), &options.publisher.product, today())?;
    let ids = match options.id {
        Some(id) => vec![id],
        None => {
            kept.all()?.iter().filter(|draw| draw.raw.is_some()).map(id_of).collect::<anyhow::Result<_>>()?
        }
    };
    let mut is_odd = false;
    let mut documents = serde_json::Map::new();
    for id in ids {
        let found = audit(&place, &kept, id)?;
        is_odd |= !found.odd.is_empty();
        if options.printing.json {
            documents.insert(id.to_string(), serde_json::to_value(&found)?);
            continue;
        }
        output::data(&format!(
            "{id}: {} figures, mean {:+.2}, sum of squares {:+.2} standard deviations from what it should be",
            found.cells.len(),
            found.mean,
            found.chi_square
        ));
        found.odd.iter().for_each(|odd| output::data(&format!("  {odd}")));
    }
    if options.printing.json {
        output::data(&serde_json::Value::Object(documents).to_string());
    }
    output::message(
        "This was computed from the rows that are there now, so what was erased since the draw looks like noise. It is as \
         confidential as the rows: whoever has the exact numbers takes the noise off.",
    );
    Ok(if is_odd { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
