//! Whether the noise of a draw was fair, for a data protection officer: the exact counts are computed again and held against
//! what was drawn. What comes out holds exact numbers and is not for publication.

use aboveboard_manifest::ReleaseLine;
use aboveboard_published::period::PublicationId;
use aboveboard_store::contributions::{
    ContributionRequest, ContributorFilter, Layout, StoreContributions, days_of,
};
use serde::Serialize;

use super::draw::{DrawError, Drawn, TrueCounts};
use super::error::PublishError;
use super::keep::{KeepError, KeptDraws};
use crate::data::DataDirectory;
use crate::database;
use crate::error::StartError;
use crate::manifests::Manifests;
use crate::place::DataPlace;

/// A cell is odd whose noise is so many standard deviations: of a million cells, seven are by chance.
const MAX_CELL: f64 = 4.5;

/// All cells together are odd that are so many standard deviations off.
const MAX_ALL: f64 = 4.0;

/// What the noise of a draw was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Every cell that was drawn.
    pub cells: Vec<AuditedCell>,
    /// The mean of all noise, in standard deviations of such a mean.
    pub mean: f64,
    /// The sum of all squares, in standard deviations from what it should be.
    pub chi_square: f64,
    /// What is odd, each in a sentence.
    pub odd: Vec<String>,
}

/// A cell that was drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditedCell {
    /// Its table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// How many installations there are now.
    pub exact: u64,
    /// What was drawn.
    pub drawn: i64,
    /// The noise, in standard deviations.
    pub z: f64,
}

/// Computes the exact counts of a publication again and holds them against what was drawn. A collector may run on `data`
/// meanwhile.
///
/// # Errors
/// Where there is no such draw, its raw figures are deleted, or the store cannot be read.
pub fn audit(
    place: impl Into<DataPlace>,
    kept: &KeptDraws,
    id: PublicationId,
) -> Result<Audit, PublishError> {
    let place = place.into();
    let draw = kept.get(id)?.ok_or_else(|| KeepError::Missing(id.to_string()))?;
    let raw = draw.raw.as_ref().ok_or_else(|| PublishError::NoRawFigures(id.to_string()))?;
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))
        .map_err(StartError::from)?
        .in_force();
    let unknown = || PublishError::UnknownProduct(kept.product().to_owned());
    let revisions = manifests.revisions(kept.product()).ok_or_else(unknown)?;
    let revision = draw.publication.manifest.revision;
    let manifest = &revisions.get(&revision).ok_or_else(unknown)?.manifest;
    let lines: Vec<ReleaseLine> = draw.lines.iter().filter_map(|line| line.parse().ok()).collect();
    let layout = Layout::of(manifest, &lines);
    let reader = database::reader(&place)?;
    let request = ContributionRequest {
        product: kept.product(),
        days: days_of(id.period),
        layout: &layout,
        contributors: ContributorFilter::Counted,
    };
    let counts =
        TrueCounts::gather(&StoreContributions::new(&*reader, &manifests, manifest), &request, false)?;
    kept.note(&format!("{id}: audited"));
    Ok(held_against(&layout, &counts, raw)?)
}

/// What the noise of a draw was, if these are the exact counts.
pub(super) fn held_against(layout: &Layout, counts: &TrueCounts, drawn: &Drawn) -> Result<Audit, DrawError> {
    let mut cells = Vec::new();
    for (group, table, first) in layout.tables() {
        let of_group = drawn.groups.iter().find(|of| of.name == group.name);
        let of_table =
            of_group.and_then(|of| Some((of.variance, of.tables.iter().find(|of| of.name == table.name)?)));
        let Some((variance, of_table)) = of_table else { continue };
        let first = usize::try_from(first).map_err(|_| DrawError::TooLarge)?;
        let exact = counts.cells().get(first..first + table.cells.len()).ok_or(DrawError::OtherLayout)?;
        if of_table.cells.len() != exact.len() {
            return Err(DrawError::OtherLayout);
        }
        for ((key, exact), drawn) in table.cells.iter().zip(exact).zip(&of_table.cells) {
            let noise = *drawn as f64 - *exact as f64;
            cells.push(AuditedCell {
                table: table.name.clone(),
                key: key.clone(),
                exact: *exact,
                drawn: *drawn,
                z: noise / (variance as f64).sqrt(),
            });
        }
    }
    let number = cells.len().max(1) as f64;
    let mean = cells.iter().map(|cell| cell.z).sum::<f64>() / number.sqrt();
    let chi_square = (cells.iter().map(|cell| cell.z * cell.z).sum::<f64>() - number) / (2.0 * number).sqrt();
    let odd = odd(&cells, mean, chi_square);
    Ok(Audit { cells, mean, chi_square, odd })
}

fn odd(cells: &[AuditedCell], mean: f64, chi_square: f64) -> Vec<String> {
    let mut odd = Vec::new();
    for cell in cells.iter().filter(|cell| cell.z.abs() > MAX_CELL) {
        odd.push(format!(
            "{} {}: {} was drawn of {}, {:.1} standard deviations away",
            cell.table, cell.key, cell.drawn, cell.exact, cell.z
        ));
    }
    if mean.abs() > MAX_ALL {
        let why = if mean > 0.0 { ", as where installations were erased since" } else { "" };
        odd.push(format!("all figures together are {mean:.1} standard deviations too large{why}"));
    }
    if chi_square > MAX_ALL {
        odd.push(format!("the noise is larger than was said: {chi_square:.1} standard deviations"));
    }
    if chi_square < -MAX_ALL {
        odd.push(format!("there is less noise than was said: {chi_square:.1} standard deviations"));
    }
    odd
}
