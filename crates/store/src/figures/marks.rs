//! How many installations came with each mark: under continuous integration, in containers, by coding agents.

use std::collections::BTreeMap;

use aboveboard_types::envelope::Mark;

use super::super::context::{ContextFilter, MarksFilter};
use super::super::installation_set::InstallationSet;
use super::super::read::{ReadResult, Selection, Snapshot};
use super::kept::KeptInstallations;
use super::question::Question;

/// Installations of the window by mark, also of those marks that the question leaves out.
#[derive(Debug, Default)]
pub struct MarkedInstallations {
    /// Active in the window, whatever their marks.
    pub installations: u64,
    /// Those that came with each mark; one may come with several.
    pub by_mark: BTreeMap<Mark, u64>,
}

pub(super) fn gather(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
) -> ReadResult<MarkedInstallations> {
    let contexts = ContextFilter { marks: MarksFilter::All, ..question.contexts.clone() };
    let selection = Selection { product: &question.product, days: question.days, contexts: &contexts };
    let mut all = InstallationSet::default();
    let mut sets: BTreeMap<Mark, InstallationSet> = BTreeMap::new();
    snapshot.active(&selection, &mut |_, context, mut set| {
        kept.restrict(&mut set);
        for (mark, _) in Mark::ALL.iter().filter(|(mark, _)| context.marks.has(*mark)) {
            sets.entry(*mark).or_default().unite(&set);
        }
        all.unite(&set);
    })?;
    let by_mark = sets.into_iter().map(|(mark, set)| (mark, set.len())).filter(|(_, n)| *n > 0).collect();
    Ok(MarkedInstallations { installations: all.len(), by_mark })
}
