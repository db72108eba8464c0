//! A publication of made-up data: what a real one would look like.

use aboveboard_manifest::Manifest;
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use aboveboard_published::publication::Publication;
use aboveboard_store::contributions::{
    ContributionRequest, ContributorFilter, Layout, StoreContributions, days_of,
};
use aboveboard_store::in_force::ManifestsInForce;

use super::assemble::{AssembleInput, assemble};
use super::draw::{TrueCounts, draw};
use super::error::PublishError;
use super::noise::ExactNoise;
use super::randomness::SystemRandomness;
use crate::database;
use crate::place::DataPlace;

/// Draws figures of the installations whose data are all made up, for a document that says so. Nothing is kept of it, and
/// nobody loses by it. A collector may run on `data` meanwhile.
///
/// # Errors
/// Where there is no database or it does not read, or there is no randomness.
pub fn rehearse(
    place: impl Into<DataPlace>,
    manifests: &ManifestsInForce,
    manifest: &Manifest,
    period: CalendarPeriod,
    today: u32,
) -> Result<Publication, PublishError> {
    let reader = database::reader(&place.into())?;
    let layout = Layout::of(manifest, &manifest.product.releases);
    let request = ContributionRequest {
        product: &manifest.product.id,
        days: days_of(period),
        layout: &layout,
        contributors: ContributorFilter::Synthetic,
    };
    let counts =
        TrueCounts::gather(&StoreContributions::new(&*reader, manifests, manifest), &request, false)?;
    let drawn = draw(&layout, &counts, &mut ExactNoise::new(SystemRandomness::default()))?;
    Ok(assemble(&AssembleInput {
        id: PublicationId::first(period),
        manifest,
        layout: &layout,
        drawn: &drawn,
        day: today,
        releases: &[],
        notes: &[],
        corrects: None,
        is_made_up: true,
    })?)
}
