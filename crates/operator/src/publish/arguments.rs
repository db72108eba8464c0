//! What several verbs take.

use std::path::PathBuf;
use std::str::FromStr;

use aboveboard_manifest::{Manifest, ReleaseLine};
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use aboveboard_published::publication::Release;
use aboveboard_types::clock::parse_day_stamp;
use anyhow::ensure;

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

/// Where the site is written.
#[derive(clap::Args)]
pub(crate) struct SiteArguments {
    /// The directory that the web server serves or your repository holds; a new one is made. What is not ours in it stays
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// The key that `aboveboard publish key new` made; the manifest names it
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
}

/// How a period is drawn.
#[derive(clap::Args)]
pub(crate) struct Drawing {
    /// Days on which release lines came out, to be marked in charts, such as 2.1=2026-11-03,2.2=2026-12-01
    #[arg(long, value_name = "LINE=DAY,…", default_value = "", hide_default_value = true)]
    pub(super) version_days: VersionDays,
    /// The revision of the manifest that rules the period [default: the newest, where what is published did not change]
    #[arg(long, value_name = "NUMBER")]
    pub(super) revision: Option<u32>,
}

/// How the result is printed.
#[derive(clap::Args)]
pub(crate) struct Printing {
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Days on which release lines came out.
#[derive(Clone, Debug, Default)]
pub(super) struct VersionDays(Vec<(ReleaseLine, String)>);

impl FromStr for VersionDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = |part: &str| {
            let (line, day) = part.trim().split_once('=')?;
            parse_day_stamp(day)?;
            Some((line.parse().ok()?, day.to_owned()))
        };
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        let days: Option<_> = parts.map(one).collect();
        days.map(Self).ok_or_else(|| {
            "write a line of versions and its day, such as 2.1=2026-11-03,2.2=2026-12-01".to_owned()
        })
    }
}

impl VersionDays {
    /// The release lines of a manifest, with their days where they were named.
    pub(super) fn of(&self, manifest: &Manifest) -> anyhow::Result<Vec<Release>> {
        let lines = &manifest.product.releases;
        let strange = self.0.iter().find(|(line, _)| !lines.contains(line));
        ensure!(
            strange.is_none(),
            "{} is none of the release lines of the manifest: put it into `releases` under [product]",
            strange.map(|(line, _)| line.to_string()).unwrap_or_default()
        );
        let day =
            |line: &ReleaseLine| self.0.iter().find(|(named, _)| named == line).map(|(_, day)| day.clone());
        Ok(lines.iter().map(|line| Release { line: line.to_string(), day: day(line) }).collect())
    }
}

/// Reads the id of a period.
pub(super) fn period(text: &str) -> Result<CalendarPeriod, String> {
    CalendarPeriod::parse(text)
        .ok_or_else(|| "a period is a quarter such as 2026-q4 or a month such as 2026-11".to_owned())
}

/// Reads the id of a publication.
pub(super) fn publication(text: &str) -> Result<PublicationId, String> {
    PublicationId::parse(text).ok_or_else(|| {
        "a publication is named as on its site: 2026-q4, 2026-11, or 2026-q4.2 for a correction".to_owned()
    })
}

/// Reads what a maker says of a publication.
pub(super) fn reason(text: &str) -> Result<String, String> {
    /// Most characters of it: a paragraph.
    const MAX_REASON: usize = 1_000;
    let text = text.trim();
    let is_printable = text.chars().all(|letter| !letter.is_control());
    match text.chars().count() {
        0 => Err("readers see the reason: write a sentence".to_owned()),
        1..=MAX_REASON if is_printable => Ok(text.to_owned()),
        1..=MAX_REASON => Err("the reason is one line of plain text".to_owned()),
        _ => Err(format!("the reason is longer than {MAX_REASON} characters")),
    }
}
