//! The funnels that the manifest declares: how far installations come, where they stop, and how long they take.

use aboveboard_manifest::{Funnel, Manifest};
use aboveboard_store::figures::funnels::{FunnelFigures, StepFigures, StepRecord};
use aboveboard_store::figures::{ratio, wilson};
use aboveboard_store::read::ReadResult;

use crate::dates::iso;
use crate::page::filter_text::{usage_text, usage_title};
use crate::page::format::{capital, count, counted, share};
use crate::page::panel::{FunnelStepView, FunnelView, Panel, PanelBody, PanelLayout, PanelWidth};
use crate::page::query::PageQuery;
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Comparison, Estimate, Table, column, percent};
use crate::page::window::{Window, Windows};

pub(super) struct FunnelsPanel;

impl Panel for FunnelsPanel {
    /// One row a step.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("funnel", "Funnel"),
            column("step", "Step"),
            column("what", "What"),
            column("installations", "Installations").compared(Comparison::Count),
            column("of_first", "Of the first step"),
            column("of_first_low", "from"),
            column("of_first_high", "to"),
            column("of_previous", "Of the step before"),
            column("stopped", "Stopped here"),
            column("has_time", "Still have time"),
            column("days_median", "Days, half"),
            column("days_p90", "Days, nine in ten"),
            column("recorded", "Recorded"),
        ];
        let mut table = Table::new("Funnels", "starts", columns);
        let funnels = window.answers.funnels()?;
        for funnel in funnels {
            let first = started(funnel);
            table.n += first;
            let mut before = None;
            for (number, step) in (1..).zip(&funnel.steps) {
                let of_first = estimate(step.reached, first);
                let end = |pick: fn(&Estimate) -> f64| {
                    CellValue::or_none(of_first.as_ref().map(pick), CellValue::Share)
                };
                let row = table.push([
                    CellValue::text(&funnel.name),
                    CellValue::Count(number),
                    CellValue::Text(step.usage.as_ref().map_or_else(|| step.step.clone(), usage_text)),
                    CellValue::Count(step.reached),
                    CellValue::or_none(of_first, CellValue::Estimate),
                    end(|of_first| of_first.low),
                    end(|of_first| of_first.high),
                    CellValue::or_none(of_previous(step, before), CellValue::Share),
                    CellValue::Count(step.stopped),
                    CellValue::Count(step.has_time),
                    CellValue::or_none(step.took, |took| CellValue::Count(took.median.into())),
                    CellValue::or_none(step.took, |took| CellValue::Count(took.p90.into())),
                    CellValue::text(recorded(step)),
                ]);
                row.bar = Some(ratio(step.reached, first));
                row.link = step.usage.as_ref().map(|usage| window.scope.using(usage));
                before = Some(step.reached);
            }
        }
        table.note = NOTE.to_owned();
        for funnel in funnels {
            for remark in remarks(funnel) {
                table.note.push_str(&format!(" {}: {remark}", funnel.name));
            }
        }
        if funnels.is_empty() {
            table.note = "The manifest declares no funnels. One that it declares, as `[funnels.NAME]` with `steps`, \
                          `within` and `why`, is counted here over all that is stored, also of the time before."
                .to_owned();
        }
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        let reason = |funnel: &Funnel| CollectionReason::of_funnel(manifest, funnel).about(&title(funnel));
        manifest.funnels.iter().map(reason).collect()
    }

    fn unreached(&self, query: &PageQuery) -> &'static str {
        if query.is_compared { COMPARED } else { "" }
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let window = &windows.shown;
        let Some(manifest) = window.scope.manifest.as_deref().filter(|it| !it.funnels.is_empty()) else {
            return Ok(None);
        };
        let figures = window.answers.funnels()?;
        let views =
            manifest.funnels.iter().zip(figures).map(|(funnel, figures)| view(window, funnel, figures));
        let body = PanelBody::Funnels(views.collect());
        Ok(Some(PanelLayout { width: PanelWidth::Whole, body, ..PanelLayout::default() }))
    }
}

fn title(funnel: &Funnel) -> String {
    capital(&funnel.name.replace(['-', '_'], " "))
}

/// Why the previous window may come further.
const COMPARED: &str = "Who began in the previous window has had more time to come further.";

const NOTE: &str = "Installations that took the first step in the window, and further steps in order, on its day or later \
                    (steps of one day count as in order), within the days that are given, also after the window. The interval is \
                    that of Wilson at 95 %. Who began so lately that the days are not over still has time and is not \
                    among those who stopped. Days are those of the chain that gets furthest and begins first.";

/// Installations that took the first step.
fn started(funnel: &FunnelFigures) -> u64 {
    funnel.steps.first().map_or(0, |step| step.reached)
}

fn estimate(hits: u64, of: u64) -> Option<Estimate> {
    let (low, high) = wilson(hits, of);
    (of > 0).then(|| Estimate { share: ratio(hits, of), low, high })
}

fn of_previous(step: &StepFigures, before: Option<u64>) -> Option<f64> {
    before.filter(|before| *before > 0).map(|before| ratio(step.reached, before))
}

fn recorded(step: &StepFigures) -> &'static str {
    match (step.is_declared, step.recorded) {
        (false, StepRecord::Here) => "not declared any more",
        (false, _) => "not declared",
        (true, StepRecord::Here) => "yes",
        (true, StepRecord::Elsewhere) => "not in this window with these filters",
        (true, StepRecord::Never) => "never",
    }
}

fn view(window: &Window<'_>, funnel: &Funnel, figures: &FunnelFigures) -> FunnelView {
    let first = started(figures);
    let mut before = None;
    let mut steps = Vec::new();
    for step in &figures.steps {
        steps.push(FunnelStepView {
            title: step.usage.as_ref().map_or_else(|| step.step.clone(), usage_title),
            link: step.usage.as_ref().map(|usage| window.scope.using(usage)),
            installations: count(step.reached),
            bar: estimate(step.reached, first)
                .map_or_else(Default::default, |it| [it.low, it.share, it.high].map(percent)),
            words: words(step, first, before),
        });
        before = Some(step.reached);
    }
    FunnelView {
        title: title(funnel),
        summary: format!("within {}", counted(funnel.within.into(), "day", "days")),
        steps: if first == 0 { Vec::new() } else { steps },
        remarks: remarks(figures),
    }
}

/// The shares, how long it took from the step before, and what became of those who came no further.
fn words(step: &StepFigures, first: u64, before: Option<u64>) -> String {
    let mut words = Vec::new();
    if let Some((it, of_previous)) = estimate(step.reached, first).zip(of_previous(step, before)) {
        let ends = format!("{} to {}", share(it.low), share(it.high));
        words.push(format!("{} of the first step ({ends})", share(it.share)));
        // For the second step the two are one.
        if before != Some(first) {
            words.push(format!("{} of the one before", share(of_previous)));
        }
    }
    words.extend(step.took.map(|took| match (took.median, took.p90) {
        (0, 0) => "on the same day".to_owned(),
        (0, most) => format!("half on the same day, nine in ten within {}", days(most)),
        (half, most) if half == most => format!("within {}", days(half)),
        (half, most) => format!("half within {}, nine in ten within {most}", days(half)),
    }));
    if step.stopped > 0 {
        words.push(format!("{} stopped here", count(step.stopped)));
    }
    if step.has_time > 0 {
        let has = if step.has_time == 1 { "has" } else { "have" };
        words.push(format!("{} still {has} time", count(step.has_time)));
    }
    capital(&words.join("; "))
}

fn days(days: u16) -> String {
    counted(days.into(), "day", "days")
}

/// What must be known to read it right, and what to do about it.
fn remarks(funnel: &FunnelFigures) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(day) = funnel.gone_until {
        remarks.push(format!(
            "Who did what up to {} is deleted by now, as the retention says: installations are counted from {} on.",
            iso(day),
            iso(day + 1)
        ));
    }
    remarks.extend(funnel.steps.iter().filter_map(remark));
    if started(funnel) == 0 && remarks.is_empty() {
        let first = funnel.steps.first().map_or("", |step| &step.step);
        remarks.push(format!(
            "No installation took the first step, `{first}`, in this window. Choose a longer window."
        ));
    }
    remarks
}

fn remark(step: &StepFigures) -> Option<String> {
    let name = &step.step;
    Some(match (&step.usage, step.is_declared, step.recorded) {
        (None, ..) => format!(
            "`{name}` is the name of nothing that the newest manifest declares, and nothing was ever recorded of it, so \
             nobody comes to this step. Take it out of the funnel, or declare it."
        ),
        (Some(_), false, StepRecord::Here) => format!(
            "`{name}` is not declared any more: what is counted is what was recorded of it until then. Take it out of the \
             funnel, or name it in the `was` of what took its place."
        ),
        (Some(_), false, StepRecord::Elsewhere) => format!(
            "`{name}` is not declared any more, and nothing was recorded of it in this window with these filters. Choose a \
             longer window, or take it out of the funnel."
        ),
        (Some(_), false, StepRecord::Never) => {
            format!(
                "`{name}` is not declared, and nothing was ever recorded of it. Take it out of the funnel."
            )
        }
        (Some(_), true, StepRecord::Elsewhere) => format!(
            "Nothing was recorded of `{name}` in this window with these filters. Choose a longer window or fewer filters."
        ),
        (Some(_), true, StepRecord::Never) => format!(
            "Nothing was ever recorded of `{name}`. See whether a version that records it is released, and whether its \
             host calls it."
        ),
        (Some(_), true, StepRecord::Here) => return None,
    })
}
