//! What an operator asks of changes: which one, what it would take out, and which versions have names.

use aboveboard_store::amendment::Change;
use aboveboard_store::calendar::day_of;
use aboveboard_store::facts::ProductTerms;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::{Affected, ReadResult, StoreReader};
use aboveboard_store::versions::{AdmittedBy, NoReleaseLine, ReleaseLine};
use aboveboard_types::value::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dates::{iso, parse_iso};

/// Longest name of an item: `event.field`, each part as long as the grammar allows, or a route.
const MAX_NAME: usize = 129;

/// Body of `POST /api/amendments`: a product and one change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmendmentRequest {
    pub(crate) product: String,
    #[serde(default)]
    unverified: bool,
    version: Option<String>,
    since: Option<String>,
    item: Option<String>,
    admit: Option<String>,
    field: Option<String>,
    line: Option<String>,
    #[serde(default)]
    pub(crate) dry_run: bool,
}

impl AmendmentRequest {
    /// Reads a body; or says what is wrong with it.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|_| "an amendment names a product and one change".to_owned())
    }

    /// The change that it asks for; or what is wrong with it.
    pub(crate) fn change(&self) -> Result<Change, String> {
        let version = |text: &str| {
            Version::parse(text).ok_or_else(|| "a version is written as 2.1.0 or 2.1.0-rc".to_owned())
        };
        let name = |text: &str| {
            let fits = !text.is_empty() && text.len() <= MAX_NAME && !text.contains('\0');
            fits.then(|| text.to_owned()).ok_or_else(|| "an item has a name of the manifest".to_owned())
        };
        let mut asked = Vec::new();
        if self.unverified {
            asked.push(Change::EraseUnverified);
        }
        if let Some(text) = &self.version {
            asked.push(Change::EraseVersion(version(text)?));
        }
        if let Some(text) = &self.since {
            let day = parse_iso(text).ok_or_else(|| "a day is written as 2026-11-22".to_owned())?;
            asked.push(Change::EraseSince(day));
        }
        if let Some(text) = &self.item {
            asked.push(Change::EraseItem(name(text)?));
        }
        match (&self.admit, &self.field) {
            (Some(text), None) => asked.push(Change::AdmitVersion(version(text)?)),
            (Some(text), Some(field)) => asked.push(Change::AdmitValue(name(field)?, version(text)?)),
            (None, Some(_)) => return Err("a field says of what a version is admitted".to_owned()),
            (None, None) => {}
        }
        if let Some(text) = &self.line {
            let line = text.parse().map_err(|error: NoReleaseLine| error.to_string())?;
            asked.push(Change::NameLine(line));
        }
        match asked.as_slice() {
            [change] => Ok(change.clone()),
            _ => Err("an amendment asks for one change".to_owned()),
        }
    }
}

/// What a change would take out, if it were asked for now.
pub(crate) fn affected(
    reader: &(dyn StoreReader + 'static),
    manifests: &ManifestsInForce,
    product: &str,
    change: &Change,
    now: i64,
) -> ReadResult<Affected> {
    let every = ProductTerms::of(manifests, product).report_interval;
    reader.ask(|snapshot| snapshot.affected(product, change, day_of(now), every))
}

/// The versions of a product that have names, with the reason and the day of each, and its release lines.
pub(crate) fn named_versions(
    reader: &(dyn StoreReader + 'static),
    manifests: &ManifestsInForce,
    product: &str,
) -> ReadResult<Value> {
    let (versions, named) =
        reader.ask(|snapshot| Ok((snapshot.versions(product)?, snapshot.lines(product)?)))?;
    let reason = |by| AdmittedBy::ALL.iter().find(|(known, _)| *known == by).map_or("", |(_, name)| name);
    let versions: Vec<Value> = versions
        .iter()
        .map(|named| {
            json!({
                "field": named.field,
                "version": named.version.to_string(),
                "since": iso(named.admitted.day),
                "by": reason(named.admitted.by),
            })
        })
        .collect();
    let lines = |lines: &[ReleaseLine]| -> Vec<String> { lines.iter().map(ToString::to_string).collect() };
    let declared = lines(ProductTerms::of(manifests, product).releases);
    Ok(json!({
        "product": product,
        "versions": versions,
        "lines": { "manifest": declared, "operator": lines(&named) },
    }))
}
