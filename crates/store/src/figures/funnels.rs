//! How far installations come along the funnels that the manifest declares: exact by installation, to the day.

use aboveboard_manifest::{Funnel, Manifest, StepItem};

use super::super::context::ContextFilter;
use super::super::installation_set::{BLOCK_BYTES, BLOCK_MEMBERS, InstallationSet};
use super::super::read::{Days, ReadResult, Selection, Snapshot, Usage};
use super::chain::{Chain, furthest};
use super::kept::KeptInstallations;
use super::question::Question;
use crate::calendar::Day;

/// Most bytes of sets that are held at a time. Where a funnel needs more, its sets are read again for the next part of the
/// installations.
const MAX_HELD_BYTES: usize = 64 << 20;

/// How far installations come that take the first step in the window. Further steps may be later than it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelFigures {
    /// Its name.
    pub name: String,
    /// Within how many days its steps are taken.
    pub within: u16,
    /// Its steps in order; never none.
    pub steps: Vec<StepFigures>,
    /// The last day of those looked at whose sets retention has deleted: nothing is counted up to it.
    pub gone_until: Option<Day>,
}

/// How far installations come in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFigures {
    /// The step as the manifest writes it.
    pub step: String,
    /// What it means; none where it is a name of nothing that is declared or was ever recorded.
    pub usage: Option<Usage>,
    /// Whether the newest manifest declares it.
    pub is_declared: bool,
    /// What there is of it.
    pub recorded: StepRecord,
    /// Installations that came to this step.
    pub reached: u64,
    /// Those of them that came no further and have no time left.
    pub stopped: u64,
    /// Those of them that came no further and began so lately that they still may.
    pub has_time: u64,
    /// How long it took from the step before; none for the first step, and where nobody came to this one.
    pub took: Option<StepDays>,
}

/// What there is of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepRecord {
    /// Something on the days that are looked at, under the filters.
    Here,
    /// Nothing there, but elsewhere.
    Elsewhere,
    /// Nothing at all.
    Never,
}

/// Days from one step to the next, over the installations that came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepDays {
    /// Half of them took at most so many.
    pub median: u16,
    /// Nine in ten of them took at most so many.
    pub p90: u16,
}

pub(super) fn gather(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    manifest: &Manifest,
) -> ReadResult<Vec<FunnelFigures>> {
    let each = manifest.funnels.iter().map(|funnel| one(snapshot, question, kept, manifest, funnel));
    each.collect()
}

fn one(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    manifest: &Manifest,
    funnel: &Funnel,
) -> ReadResult<FunnelFigures> {
    let within = Day::from(funnel.within);
    let last = (question.days.last + within - 1).min(question.today);
    let days = Days { first: question.days.first, last };
    let items: Vec<_> = funnel.steps.iter().map(|step| manifest.step(step)).collect();
    let usages = funnel.steps.iter().zip(&items).map(|(step, item)| match item {
        Some(item) => Ok(usage_of(item)),
        None => once_recorded(snapshot, &question.product, step),
    });
    let usages: Vec<_> = usages.collect::<ReadResult<_>>()?;
    let mut counted: Vec<_> = funnel.steps.iter().map(|_| Counted::of(funnel.within)).collect();
    let reader = StepReader { snapshot, question, kept, days };
    let has_any = reader.walk(&usages, &mut |steps| {
        if let Some(chain) = furthest(steps, question.days, within) {
            count(&mut counted, &chain, question.today - chain.last_start < within);
        }
    })?;
    let steps = funnel.steps.iter().zip(items).zip(usages).zip(counted).zip(has_any).map(
        |((((step, item), usage), counted), has_any)| {
            Ok(StepFigures {
                recorded: recorded(snapshot, &question.product, usage.as_ref(), has_any)?,
                step: step.clone(),
                usage,
                is_declared: item.is_some_and(|item| manifest.declares(&item)),
                reached: counted.reached,
                stopped: counted.stopped,
                has_time: counted.has_time,
                took: counted.took(),
            })
        },
    );
    Ok(FunnelFigures {
        name: funnel.name.clone(),
        within: funnel.within,
        steps: steps.collect::<ReadResult<_>>()?,
        gone_until: snapshot.retired_days(&question.product, days)?.into_iter().max(),
    })
}

/// What an installation has used that took a step.
fn usage_of(item: &StepItem) -> Option<Usage> {
    match item {
        StepItem::Event(name) => Some(Usage::Event(name.clone())),
        StepItem::Command(path) => Some(Usage::Command(path.clone())),
        StepItem::Action(name) => Some(Usage::Action(name.clone())),
        StepItem::Report => Some(Usage::Report),
        _ => None,
    }
}

/// What a name means that no manifest explains any more: what was recorded under it.
fn once_recorded(snapshot: &dyn Snapshot, product: &str, name: &str) -> ReadResult<Option<Usage>> {
    for usage in [Usage::Event, Usage::Command, Usage::Action].map(|usage| usage(name.to_owned())) {
        if is_stored(snapshot, product, &usage)? {
            return Ok(Some(usage));
        }
    }
    Ok(None)
}

fn is_stored(snapshot: &dyn Snapshot, product: &str, usage: &Usage) -> ReadResult<bool> {
    let contexts = ContextFilter::everything();
    let everything = Selection { product, days: Days::ALL, contexts: &contexts };
    let mut is_stored = false;
    snapshot.used(&everything, usage, &mut |_, set| is_stored |= !set.is_empty())?;
    Ok(is_stored)
}

fn recorded(
    snapshot: &dyn Snapshot,
    product: &str,
    usage: Option<&Usage>,
    has_any: bool,
) -> ReadResult<StepRecord> {
    let Some(usage) = usage.filter(|_| !has_any) else {
        return Ok(if has_any { StepRecord::Here } else { StepRecord::Never });
    };
    Ok(if is_stored(snapshot, product, usage)? { StepRecord::Elsewhere } else { StepRecord::Never })
}

/// What is counted of a step.
struct Counted {
    reached: u64,
    stopped: u64,
    has_time: u64,
    /// Installations by the days from the step before.
    took: Vec<u64>,
}

impl Counted {
    fn of(within: u16) -> Self {
        let took = vec![0; usize::from(within)];
        Self { reached: 0, stopped: 0, has_time: 0, took }
    }

    fn took(&self) -> Option<StepDays> {
        let all: u64 = self.took.iter().sum();
        // The smallest number of days within which so many tenths of them are.
        let rank = |tenths: u64| {
            let wanted = (all * tenths).div_ceil(10);
            let mut so_far = 0;
            let days = self.took.iter().take_while(|of_day| {
                so_far += **of_day;
                so_far < wanted
            });
            u16::try_from(days.count()).unwrap_or(u16::MAX)
        };
        (all > 0).then(|| StepDays { median: rank(5), p90: rank(9) })
    }
}

fn count(counted: &mut [Counted], chain: &Chain, has_time: bool) {
    let steps = counted.len();
    for (at, day) in chain.days.iter().enumerate() {
        let step = &mut counted[at];
        step.reached += 1;
        let before = at.checked_sub(1).and_then(|before| chain.days.get(before));
        let took = before.and_then(|before| usize::try_from(day - before).ok());
        if let Some(of_days) = took.and_then(|days| step.took.get_mut(days)) {
            *of_days += 1;
        }
    }
    let last = chain.days.len() - 1;
    if last + 1 < steps {
        let step = &mut counted[last];
        if has_time { step.has_time += 1 } else { step.stopped += 1 }
    }
}

/// Reads who took the steps of a funnel.
struct StepReader<'r> {
    snapshot: &'r dyn Snapshot,
    question: &'r Question,
    kept: &'r KeptInstallations,
    days: Days,
}

/// The sets of one step by day.
type StepSets = Vec<(Day, InstallationSet)>;

impl StepReader<'_> {
    /// Hands over for each installation the days of each of its steps, and whether there are any of a step.
    fn walk(&self, usages: &[Option<Usage>], each: &mut dyn FnMut(&[Vec<Day>])) -> ReadResult<Vec<bool>> {
        let mut has_any = vec![false; usages.len()];
        let length = usize::try_from(self.days.last - self.days.first + 1).unwrap_or(1);
        let part = (MAX_HELD_BYTES / (BLOCK_BYTES * length.max(1) * usages.len().max(1))).max(1);
        let mut first = 0;
        loop {
            let blocks = first..first + part;
            let mut width = 0;
            let mut steps: Vec<StepSets> = Vec::with_capacity(usages.len());
            for (at, usage) in usages.iter().enumerate() {
                let mut sets = StepSets::new();
                if let Some(usage) = usage {
                    self.snapshot.used(
                        &self.question.selection_of(self.days),
                        usage,
                        &mut |day, mut set| {
                            self.kept.restrict(&mut set);
                            width = width.max(set.blocks_end());
                            has_any[at] |= !set.is_empty();
                            set.keep_blocks(&blocks);
                            sets.push((day, set));
                        },
                    )?;
                }
                steps.push(sets);
            }
            for block in first..width.min(blocks.end) {
                walk_block(&steps, block, each);
            }
            first = blocks.end;
            if first >= width {
                return Ok(has_any);
            }
        }
    }
}

fn walk_block(steps: &[StepSets], block: usize, each: &mut dyn FnMut(&[Vec<Day>])) {
    let mut days: Vec<Vec<Vec<Day>>> = vec![vec![Vec::new(); steps.len()]; BLOCK_MEMBERS];
    for (at, sets) in steps.iter().enumerate() {
        for (day, set) in sets {
            for place in set.places(block) {
                let days = &mut days[place][at];
                // Of a day there may be several sets.
                if days.last() != Some(day) {
                    days.push(*day);
                }
            }
        }
    }
    days.iter().filter(|steps| steps.first().is_some_and(|first| !first.is_empty())).for_each(|it| each(it));
}
