//! The contributions that a store gives.

use std::collections::{BTreeMap, HashMap};

use aboveboard_manifest::Manifest;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{CodingAgents, Mark, Marks};

use super::bound::Contributor;
use super::finder::CellFinder;
use super::period::{first_of_before, period_with};
use super::source::{Contribution, ContributionRequest, ContributionSource, ContributorFilter};
use super::tables::CountedTables;
use super::tally::Tally;
use crate::calendar::Day;
use crate::context::is_headline;
use crate::in_force::ManifestsInForce;
use crate::new_names::NewNames;
use crate::read::{
    BatchRow, ContributorPiece, Days, InstallationKey, KnownContributor, ReadResult, Snapshot, StoreReader,
};
use crate::verification::{Standing, days_to_verify};

/// Gives the contributions that a store has, and nothing else of it.
///
/// It asks for some installations after others, each time of another moment: a store may end one that is held for long. No
/// event is placed in a period any more when it is drawn, so what changes meanwhile are erasures alone: each is in it whole, or
/// not at all.
#[derive(Clone, Copy, Debug)]
pub struct StoreContributions<'a> {
    reader: &'a dyn StoreReader,
    manifests: &'a ManifestsInForce,
    ruling: &'a Manifest,
}

impl<'a> StoreContributions<'a> {
    /// The contributions to a layout of the `ruling` manifest, in the names that it has; the revisions that installations
    /// carried are those of `manifests`.
    #[must_use]
    pub fn new(reader: &'a dyn StoreReader, manifests: &'a ManifestsInForce, ruling: &'a Manifest) -> Self {
        Self { reader, manifests, ruling }
    }
}

impl ContributionSource for StoreContributions<'_> {
    fn contributions(
        &self,
        request: &ContributionRequest<'_>,
        each: &mut dyn FnMut(&Contribution),
    ) -> ReadResult<()> {
        let gathering = Gathering::new(request, self.ruling, self.manifests);
        let mut from = Some(InstallationKey(0));
        while let Some(first) = from {
            let (contributions, next) = self.reader.ask(|snapshot| gathering.some(snapshot, first))?;
            contributions.iter().for_each(&mut *each);
            from = next;
        }
        Ok(())
    }
}

/// What is asked, made ready once for all installations.
struct Gathering<'a> {
    request: &'a ContributionRequest<'a>,
    finder: CellFinder<'a>,
    /// The tables of each revision that is here.
    revisions: HashMap<u32, CountedTables>,
    all_tables: CountedTables,
    period_before: Day,
    coding_agents: CodingAgents,
    report_interval: u64,
    longest_interval: u64,
}

/// The longest interval of reports that any revision states. Requests were counted under the revisions of their time, so until
/// two such intervals are over, how many of an installation count can depend on what others sent.
pub(super) fn longest_interval(manifest: &Manifest, manifests: &ManifestsInForce) -> u64 {
    let revisions = manifests.revisions(&manifest.product.id).into_iter().flatten();
    let every = revisions.map(|(_, revision)| revision.manifest.server.every);
    every.fold(manifest.server.every, u64::max)
}

/// An installation while its rows are read.
struct Gathered {
    known: KnownContributor,
    tally: Tally,
    /// Whether any of its rows is of another kind than is asked for altogether.
    is_mixed: bool,
}

impl<'a> Gathering<'a> {
    fn new(request: &'a ContributionRequest<'a>, manifest: &Manifest, manifests: &ManifestsInForce) -> Self {
        let layout = request.layout;
        let names = NewNames::of(manifest);
        let revisions = manifests.revisions(request.product).into_iter().flatten();
        let revisions = revisions
            .map(|(number, revision)| {
                (*number, CountedTables::of_revision(layout, &revision.manifest, &names))
            })
            .collect();
        let Days { first, last } = request.days;
        let as_long = first.saturating_sub(last.saturating_sub(first).saturating_add(1));
        Self {
            request,
            finder: CellFinder::new(layout, manifest),
            revisions,
            all_tables: CountedTables::all(layout),
            period_before: period_with(request.days).map_or(as_long, first_of_before),
            coding_agents: manifest.product.coding_agents,
            report_interval: manifest.server.every,
            longest_interval: longest_interval(manifest, manifests),
        }
    }

    /// The contributions of some installations, and the key with which to go on.
    fn some(
        &self,
        snapshot: &dyn Snapshot,
        from: InstallationKey,
    ) -> ReadResult<(Vec<Contribution>, Option<InstallationKey>)> {
        let ContributionRequest { product, days, .. } = *self.request;
        let mut gathered: BTreeMap<InstallationKey, Gathered> = BTreeMap::new();
        let next = snapshot.contributors(product, days, from, &mut |piece| match piece {
            ContributorPiece::Known(key, known) => {
                if let Some(begun) = self.begin(known) {
                    gathered.insert(key, begun);
                }
            }
            ContributorPiece::Row(day, row) => {
                if let Some(begun) = gathered.get_mut(&row.installation) {
                    self.row(begun, day, &row);
                }
            }
        })?;
        let contributions = gathered.values().filter_map(|gathered| self.contribution(gathered)).collect();
        Ok((contributions, next))
    }

    /// An installation that may count.
    fn begin(&self, known: KnownContributor) -> Option<Gathered> {
        let tally = match self.request.contributors {
            ContributorFilter::Counted => {
                known.presence?;
                let server = days_to_verify(Component::Server, self.longest_interval);
                Tally::with_requests_from(known.received?.saturating_add(server))
            }
            ContributorFilter::Synthetic => Tally::default(),
        };
        Some(Gathered { known, tally, is_mixed: false })
    }

    fn row(&self, gathered: &mut Gathered, day: Day, row: &BatchRow) {
        let marks = row.context.marks;
        let marks = match self.request.contributors {
            ContributorFilter::Counted => marks,
            ContributorFilter::Synthetic => {
                gathered.is_mixed |= !marks.has(Mark::Synthetic);
                // Made-up data is looked at as if it were real.
                Marks::from_bits(marks.bits() & !Marks::default().with(Mark::Synthetic).bits())
            }
        };
        if is_headline(marks, self.coding_agents) {
            gathered.tally.add(&self.finder, day, row);
        }
    }

    fn contribution(&self, gathered: &Gathered) -> Option<Contribution> {
        let Gathered { known, tally, is_mixed } = gathered;
        let of = |key, tables| Contributor {
            key,
            first: known.first,
            period: self.request.days.first,
            period_before: self.period_before,
            tables,
        };
        match self.request.contributors {
            ContributorFilter::Counted => {
                let presence = known.presence?;
                let component = tally.published_under()?;
                let standing = Standing::on(known.heard?, known.received?, component, self.report_interval);
                let of = of(presence.value, self.revisions.get(&presence.revision)?);
                let added = tally.contribution(&self.finder, &of).filter(|_| standing == Standing::Verified);
                added.map(|added| Contribution { counted: Some(presence.value), ..added })
            }
            ContributorFilter::Synthetic if *is_mixed => None,
            ContributorFilter::Synthetic => {
                tally.contribution(&self.finder, &of(known.key, &self.all_tables))
            }
        }
    }
}
