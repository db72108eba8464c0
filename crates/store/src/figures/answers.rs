//! The answers to one question: each figure is gathered once, and no earlier than it is wanted.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use aboveboard_manifest::Manifest;
use aboveboard_types::value::Version;

use super::super::read::{Days, ReadResult, Snapshot};
use super::activity::Activity;
use super::changes::{self, Changes, History};
use super::commands::Commands;
use super::console::Console;
use super::counts::Counts;
use super::events::Events;
use super::failing::Failing;
use super::funnel::Funnel;
use super::funnels::{self, FunnelFigures};
use super::headline::Headline;
use super::health::{Health, Outage};
use super::kept::KeptInstallations;
use super::marks::{self, MarkedInstallations};
use super::quality::Quality;
use super::question::Question;
use super::reach::Reach;
use super::releases::{self, Release};
use super::retention::{self, Cohort};
use super::series::{self, Series, SeriesDay};
use super::timings::{self, TimingFigures};
use crate::calendar::Day;

/// The answers to one question from one moment of a store.
pub struct Answers<'s> {
    snapshot: &'s dyn Snapshot,
    question: &'s Question,
    manifest: Option<&'s Manifest>,
    kept: OnceCell<KeptInstallations>,
    activity: OnceCell<Activity>,
    commands: OnceCell<Commands>,
    console: OnceCell<Console>,
    events: OnceCell<Events>,
    quality: OnceCell<Quality>,
    funnels: OnceCell<Vec<FunnelFigures>>,
    history: OnceCell<History>,
    changes: OnceCell<Changes>,
}

impl<'s> Answers<'s> {
    /// Answers to `question`. The manifest, if there is one, says which counts there are and how often servers report.
    #[must_use]
    pub fn new(snapshot: &'s dyn Snapshot, question: &'s Question, manifest: Option<&'s Manifest>) -> Self {
        Self {
            snapshot,
            question,
            manifest,
            kept: OnceCell::new(),
            activity: OnceCell::new(),
            commands: OnceCell::new(),
            console: OnceCell::new(),
            events: OnceCell::new(),
            quality: OnceCell::new(),
            funnels: OnceCell::new(),
            history: OnceCell::new(),
            changes: OnceCell::new(),
        }
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &'s Question {
        self.question
    }

    /// Who was there.
    ///
    /// # Errors
    /// Where the store cannot be read; so for all answers.
    pub fn activity(&self) -> ReadResult<&Activity> {
        once(&self.activity, || {
            Activity::gather(self.snapshot, self.question, self.kept()?, self.report_interval())
        })
    }

    /// The numbers at the head of a page.
    ///
    /// # Errors
    /// As above.
    pub fn headline(&self) -> ReadResult<Headline> {
        let activity = self.activity()?;
        let kept = self.kept()?;
        let last = self.question.last_whole();
        let weeks = Days { first: last - 7, last };
        let failing = Failing::gather(self.snapshot, self.question, kept, weeks)?;
        Headline::gather(self.snapshot, self.question, kept, activity, &failing)
    }

    /// One of the headline numbers on each day of the window.
    ///
    /// # Errors
    /// As above.
    pub fn series(&self, series: Series) -> ReadResult<Vec<SeriesDay>> {
        series::gather(self.snapshot, self.question, self.kept()?, series, self.activity()?)
    }

    /// Of the installations first seen in a week, how many were active in the weeks after.
    ///
    /// # Errors
    /// As above.
    pub fn retention(&self) -> ReadResult<Vec<Cohort>> {
        Ok(retention::cohorts(self.activity()?, self.question))
    }

    /// From the first report to the first success to still being there.
    ///
    /// # Errors
    /// As above.
    pub fn funnel(&self) -> ReadResult<Funnel> {
        Funnel::gather(self.snapshot, self.question, self.activity()?)
    }

    /// How far installations come along the funnels that the manifest declares.
    ///
    /// # Errors
    /// As above.
    pub fn funnels(&self) -> ReadResult<&[FunnelFigures]> {
        let of = |manifest| funnels::gather(self.snapshot, self.question, self.kept()?, manifest);
        once(&self.funnels, || self.manifest.map_or(Ok(Vec::new()), of)).map(Vec::as_slice)
    }

    /// Commands: their runs, and for how many installations they end how.
    ///
    /// # Errors
    /// As above.
    pub fn commands(&self) -> ReadResult<&Commands> {
        once(&self.commands, || Commands::gather(self.snapshot, self.question, self.kept()?))
    }

    /// What is used in consoles.
    ///
    /// # Errors
    /// As above.
    pub fn console(&self) -> ReadResult<&Console> {
        once(&self.console, || Console::gather(self.snapshot, self.question))
    }

    /// Declared events and what their fields held.
    ///
    /// # Errors
    /// As above.
    pub fn events(&self) -> ReadResult<&Events> {
        once(&self.events, || Events::gather(self.snapshot, self.question))
    }

    /// How large installations are.
    ///
    /// # Errors
    /// As above.
    pub fn counts(&self) -> ReadResult<Counts> {
        let declared = self.manifest.map_or(&[] as &[_], |manifest| &manifest.counts);
        Counts::gather(self.snapshot, self.question, self.kept()?, declared)
    }

    /// How long requests took.
    ///
    /// # Errors
    /// As above.
    pub fn timings(&self) -> ReadResult<Vec<TimingFigures>> {
        timings::gather(self.snapshot, self.question)
    }

    /// Installations by mark, whatever marks the question is about.
    ///
    /// # Errors
    /// As above.
    pub fn marks(&self) -> ReadResult<MarkedInstallations> {
        marks::gather(self.snapshot, self.question, self.kept()?)
    }

    /// How good the data is.
    ///
    /// # Errors
    /// As above.
    pub fn quality(&self) -> ReadResult<&Quality> {
        once(&self.quality, || Quality::gather(self.snapshot, self.question))
    }

    /// From when to when there is data, beside the window.
    ///
    /// # Errors
    /// As above.
    pub fn reach(&self) -> ReadResult<Reach> {
        Reach::gather(self.snapshot, self.question)
    }

    /// Whether data still arrives, at a time in seconds since 1970 UTC, whatever window and filters are in the question. The
    /// outages are those of the collector.
    ///
    /// # Errors
    /// As above.
    pub fn health(&self, now: i64, outages: &[Outage]) -> ReadResult<Health> {
        Health::gather(self.snapshot, &self.question.product, now, outages)
    }

    /// What changed up to yesterday, whatever the window.
    ///
    /// # Errors
    /// As above.
    pub fn changes(&self) -> ReadResult<&Changes> {
        once(&self.changes, || self.found(self.history()?))
    }

    /// What could be said on a day of what changed up to the day before: the same whenever it is asked, as long as it is known
    /// what was received then.
    ///
    /// # Errors
    /// As above.
    pub fn changes_as_of(&self, day: Day) -> ReadResult<Changes> {
        self.found(&self.received_until(day - 1)?)
    }

    /// The newest release beside the one before it; none where enough installations run none in the window.
    ///
    /// # Errors
    /// As above.
    pub fn release(&self) -> ReadResult<Option<Release>> {
        let last = self.question.last_whole();
        let earlier;
        let history = if last == self.question.today - 1 {
            self.history()?
        } else {
            earlier = self.received_until(last)?;
            &earlier
        };
        let begins = self.activity()?.begins;
        releases::gather(
            self.snapshot,
            self.question,
            self.kept()?,
            &self.first_days()?,
            begins,
            history,
            self.manifest,
        )
    }

    fn history(&self) -> ReadResult<&History> {
        let last = self.question.today - 1;
        once(&self.history, || self.received_until(last))
    }

    /// What was received up to the end of a day.
    fn received_until(&self, last: Day) -> ReadResult<History> {
        History::gather(self.snapshot, self.question, self.kept()?, last, self.report_interval())
    }

    /// How often servers report, in seconds.
    fn report_interval(&self) -> u64 {
        self.manifest.map_or(0, |manifest| manifest.server.every)
    }

    fn found(&self, history: &History) -> ReadResult<Changes> {
        let lines = self.manifest.map_or(&[] as &[_], |manifest| &manifest.product.releases);
        Ok(changes::find(history, &self.first_days()?, lines))
    }

    fn first_days(&self) -> ReadResult<BTreeMap<Version, Day>> {
        Ok(self.snapshot.first_days_of_versions(&self.question.product)?.into_iter().collect())
    }

    fn kept(&self) -> ReadResult<&KeptInstallations> {
        once(&self.kept, || KeptInstallations::find(self.snapshot, self.question))
    }
}

/// What the cell holds, made now if it holds nothing.
fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> ReadResult<T>) -> ReadResult<&T> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}
