//! Which installations a filter keeps.

use super::super::context::ContextFilter;
use super::super::installation_set::{InstallationSet, Member};
use super::super::read::{Days, LastReport, ReadResult, Selection, Snapshot, Usage};
use super::question::{Question, SizeFilter};

/// The installations that a filter keeps.
#[derive(Debug, Default)]
pub(super) struct KeptInstallations {
    /// Only these; everybody if none.
    within: Option<InstallationSet>,
    without: InstallationSet,
}

impl KeptInstallations {
    /// Sizes are those of the last report there is, whenever it came; use is use on one of the days of the window.
    pub(super) fn find(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        let filter = &question.installations;
        let mut kept = Self::default();
        if !filter.sizes.is_empty() {
            kept.keep(of_sizes(snapshot, &question.product, &filter.sizes)?);
        }
        for usage in &filter.used {
            kept.keep(users(snapshot, question, usage)?);
        }
        for usage in &filter.unused {
            kept.without.unite(&users(snapshot, question, usage)?);
        }
        Ok(kept)
    }

    fn keep(&mut self, set: InstallationSet) {
        match &mut self.within {
            None => self.within = Some(set),
            Some(within) => within.intersect(&set),
        }
    }

    /// Takes all others out of a set.
    pub(super) fn restrict(&self, set: &mut InstallationSet) {
        if let Some(within) = &self.within {
            set.intersect(within);
        }
        set.subtract(&self.without);
    }

    /// Whether an installation is kept.
    pub(super) fn contains(&self, member: Member) -> bool {
        self.within.as_ref().is_none_or(|within| within.contains(member)) && !self.without.contains(member)
    }
}

fn users(snapshot: &dyn Snapshot, question: &Question, usage: &Usage) -> ReadResult<InstallationSet> {
    let mut all = InstallationSet::default();
    let contexts = ContextFilter::everything();
    let everywhere = Selection { product: &question.product, days: question.days, contexts: &contexts };
    snapshot.used(&everywhere, usage, &mut |_, set| all.unite(&set))?;
    Ok(all)
}

fn of_sizes(snapshot: &dyn Snapshot, product: &str, sizes: &[SizeFilter]) -> ReadResult<InstallationSet> {
    let contexts = ContextFilter::everything();
    let reports = Selection { product, days: Days::ALL, contexts: &contexts };
    let mut kept = InstallationSet::default();
    snapshot.last_reports(&reports, &mut |report| {
        if sizes.iter().all(|size| is_of_size(&report, size)) {
            kept.insert(report.installation);
        }
    })?;
    Ok(kept)
}

fn is_of_size(report: &LastReport<'_>, size: &SizeFilter) -> bool {
    report.counts.iter().any(|reported| {
        *reported.count == *size.count
            && reported.entry.as_deref() == size.entry.as_deref()
            && size.keeps(reported.number)
    })
}
