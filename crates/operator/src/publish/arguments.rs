//! What several verbs take.

use aboveboard_published::period::CalendarPeriod;

use crate::collector::DataDirectory;

/// Whose figures.
#[derive(clap::Args)]
pub(crate) struct Publisher {
    #[command(flatten)]
    pub(super) directory: DataDirectory,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT")]
    pub(super) product: String,
}

/// How the result is printed.
#[derive(clap::Args)]
pub(crate) struct Printing {
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Reads the id of a period.
pub(super) fn period(text: &str) -> Result<CalendarPeriod, String> {
    CalendarPeriod::parse(text)
        .ok_or_else(|| "a period is a quarter such as 2026-q4 or a month such as 2026-11".to_owned())
}
