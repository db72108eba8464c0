//! Badges: small pictures for a README, and the same in the form that shields.io reads.

use askama::Template;
use serde::Serialize;

use super::data::pretty;
use super::history::{History, active, table};
use super::interval::{half_width_of_figure, rounded};
use super::words::{brief, short_period};
use aboveboard_published::publication::{CellState, Publication};

/// The colour of what a badge says.
const COLOUR: &str = "0f766e";
/// About how wide a letter of 11 pixels is, in tenths of a pixel.
const LETTER: usize = 66;

/// A badge.
#[derive(Template, Serialize)]
#[template(path = "published/badge.svg")]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u8,
    label: &'static str,
    message: String,
    color: &'static str,
}

impl Badge {
    fn label_width(&self) -> usize {
        width(self.label)
    }

    fn message_width(&self) -> usize {
        width(&self.message)
    }

    fn width(&self) -> usize {
        self.label_width() + self.message_width()
    }

    fn label_middle(&self) -> usize {
        self.label_width() / 2
    }

    fn message_middle(&self) -> usize {
        self.label_width() + self.message_width() / 2
    }
}

fn width(text: &str) -> usize {
    (text.chars().count() * LETTER).div_ceil(10) + 12
}

/// The badges of the newest publication, by their paths.
pub(super) fn badges(history: &History) -> Result<Vec<(String, Vec<u8>)>, askama::Error> {
    let newest = Some(history.newest()).filter(|newest| newest.stands()).map(|newest| &newest.publication);
    let mut files = Vec::new();
    for (name, label, message) in [
        ("active", "active installations", newest.map(active_message)),
        ("version", "most used version", newest.and_then(version_message)),
    ] {
        let message = message.unwrap_or_else(|| "not published".to_owned());
        let badge = Badge { schema_version: 1, label, message, color: COLOUR };
        files.push((format!("badges/{name}.json"), pretty(&badge)));
        files.push((format!("badges/{name}.svg"), badge.render()?.into_bytes()));
    }
    Ok(files)
}

fn active_message(publication: &Publication) -> String {
    active(publication).map_or_else(
        || format!("fewer than {}", publication.parameters.small),
        |figure| {
            let about = brief(rounded(figure.value, half_width_of_figure(figure)));
            format!("≈ {about} in {}", short_period(&publication.period))
        },
    )
}

/// The release line that most had, with its share.
fn version_message(publication: &Publication) -> Option<String> {
    let versions = table(publication, "version")?;
    let shown = versions.cells.iter().filter(|cell| cell.state == CellState::Shown && cell.key != "other");
    let most = shown.max_by_key(|cell| cell.figure.as_ref().map(|figure| figure.value))?;
    let percent = most.figure.as_ref().zip(versions.of.as_ref()).and_then(|(part, whole)| {
        let twice = part.value.checked_mul(200)?.checked_add(whole.value)?;
        twice.checked_div(whole.value.checked_mul(2)?)
    });
    let share = percent.map(|percent| format!(" (≈ {} %)", percent.min(100))).unwrap_or_default();
    Some(format!("{}{share} in {}", most.label, short_period(&publication.period)))
}
