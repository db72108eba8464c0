//! One draw, from a data directory to what is kept of it. Nothing is drawn that was drawn, and nothing is kept that was not
//! drawn whole.

use aboveboard_manifest::{Manifest, ReleaseLine};
use aboveboard_published::counted;
use aboveboard_published::parameters::{RHO, RHO_HEADLINE};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{Note, Release};
use aboveboard_store::contributions::{
    ContributionRequest, ContributorFilter, Layout, StoreContributions, days_of,
};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::StoreReader;

use super::assemble::{AssembleInput, assemble};
use super::draw::{CountedLine, TrueCounts, counted_lines, draw};
use super::error::PublishError;
use super::guard;
use super::held::held;
use super::keep::{DrawState, KeptDraw, KeptDraws};
use super::noise::Noise;
use super::ruling::ruling;
use crate::data::DataDirectory;
use crate::database::{self, Cluster};
use crate::error::StartError;
use crate::manifests::Manifests;
use crate::place::DataPlace;

/// What an operator asks for.
#[derive(Clone, Copy, Debug)]
pub struct DrawOrder<'a> {
    /// The publication.
    pub id: PublicationId,
    /// The revision of the manifest that rules it; the newest, where what is published did not change.
    pub revision: Option<u32>,
    /// The release lines of the table of versions; those of the manifest.
    pub lines: Option<&'a [ReleaseLine]>,
    /// Releases to be marked in charts.
    pub releases: &'a [Release],
    /// Why a correction is made. Readers see it.
    pub reason: Option<&'a str>,
    /// The day of today, since 1970.
    pub today: u32,
}

/// Draws a publication, or gives what was drawn of it before. A collector may run on `data` meanwhile.
///
/// # Errors
/// Why nothing is drawn, with the remedy.
pub fn draw_once(
    place: impl Into<DataPlace>,
    kept: &KeptDraws,
    order: &DrawOrder<'_>,
    noise: &mut dyn Noise,
) -> Result<KeptDraw, PublishError> {
    let place = place.into();
    if let Some(draw) = kept.get(order.id)? {
        return Ok(draw);
    }
    let manifests = Manifests::look(&DataDirectory::manifests_in(place.directory()))
        .map_err(StartError::from)?
        .in_force();
    let (reader, cluster) = database::look(&place)?;
    let planned = Planned::of(&manifests, kept, order)?;
    guard::check(
        &place,
        &*reader,
        cluster.as_ref().map(Cluster::backend),
        kept.product(),
        order.id,
        order.today,
    )?;
    let (draw, lines) = planned.draw(&*reader, &manifests, kept, order, noise)?;
    Ok(kept.keep(draw, &lines)?)
}

/// What follows from manifests and from earlier draws, before any figure is looked at.
struct Planned<'m> {
    manifest: &'m Manifest,
    lines: Vec<ReleaseLine>,
    layout: Layout,
}

impl<'m> Planned<'m> {
    fn of(
        manifests: &'m ManifestsInForce,
        kept: &KeptDraws,
        order: &DrawOrder<'_>,
    ) -> Result<Self, PublishError> {
        if order.id.is_correction() && order.reason.is_none() {
            return Err(PublishError::NoReason);
        }
        let last = kept.all()?.last().map(|draw| draw.publication.manifest.revision);
        let manifest = ruling(manifests, kept.product(), order.id, order.revision, last)?;
        let lines = order.lines.unwrap_or(&manifest.product.releases).to_vec();
        let layout = Layout::of(manifest, &lines);
        kept.check(order.id, if layout.groups.len() > 1 { RHO } else { RHO_HEADLINE })?;
        Ok(Self { manifest, lines, layout })
    }

    fn draw(
        &self,
        reader: &dyn StoreReader,
        manifests: &ManifestsInForce,
        kept: &KeptDraws,
        order: &DrawOrder<'_>,
        noise: &mut dyn Noise,
    ) -> Result<(KeptDraw, Vec<CountedLine>), PublishError> {
        let request = ContributionRequest {
            product: kept.product(),
            days: days_of(order.id.period),
            layout: &self.layout,
            contributors: ContributorFilter::Counted,
        };
        let counts =
            TrueCounts::gather(&StoreContributions::new(reader, manifests, self.manifest), &request, true)?;
        let drawn = draw(&self.layout, &counts, noise)?;
        let id = order.id.to_string();
        let line = |value: &counted::Value| counted::line_bytes(kept.product(), &id, value);
        let lines = counted_lines(&counts, &drawn, &line, noise)?;
        let corrects =
            order.id.is_correction().then(|| PublicationId { draw: order.id.draw - 1, ..order.id });
        let note = |text: &str| Note { about: "correction".to_owned(), text: text.to_owned() };
        let notes: Vec<Note> = order.reason.filter(|_| corrects.is_some()).map(note).into_iter().collect();
        let publication = assemble(&AssembleInput {
            id: order.id,
            manifest: self.manifest,
            layout: &self.layout,
            drawn: &drawn,
            day: order.today,
            releases: order.releases,
            notes: &notes,
            corrects,
            is_made_up: false,
        })?;
        let before = kept.before(order.id)?;
        let why = held(&publication, before.as_ref().map(|draw| &draw.publication));
        let state = if why.is_empty() { DrawState::Ready } else { DrawState::Held { why } };
        let names = self.lines.iter().map(ToString::to_string).collect();
        Ok((KeptDraw { publication, lines: names, raw: Some(drawn), list: None, state }, lines))
    }
}
