//! The chart at the head of the page: a headline number by day or week, beside the window before.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::activity::Activity;
use aboveboard_store::figures::series::{Series, SeriesDay};
use aboveboard_store::figures::{Answers, Question};
use aboveboard_store::read::ReadResult;

use super::chart::{Bars, ChartView, WHOLE_SHARE, layer};
use super::panels::arrivals;

/// What stands over the chart.
pub(crate) fn heading(series: Series, question: &Question) -> String {
    let unit = Bars::over(question).unit();
    match series {
        Series::Active => format!("Active installations by {unit}"),
        Series::Active28 => format!("Active in the 28 days up to each {unit}"),
        Series::Active7 => format!("Active in the 7 days up to each {unit}"),
        Series::New => format!("New installations by {unit}"),
        Series::Failing => format!("Failing: share of installations in the 7 days up to each {unit}"),
    }
}

/// The chart of a series; none where there is nothing to draw.
pub(crate) fn chart(answers: &Answers<'_>, series: Series) -> ReadResult<Option<ChartView>> {
    let question = answers.question();
    let activity = answers.activity()?;
    let bars = Bars::over(question).marking_growth(question);
    let marks = arrivals(activity, question);
    let (layers, mut before, lacking) = if series == Series::Active {
        let new = bars.sums(|day| activity.days.get(&day).and_then(|counted| counted.new).unwrap_or(0));
        let all = bars.days.iter().map(|start| active_in(activity, *start, bars.length));
        let returning = all.zip(&new).map(|(all, new)| all.saturating_sub(*new)).collect();
        let layers = vec![layer("Returning", "c1", returning), layer("New", "c3", new)];
        // Who was there in a week was there in the seven days that end with its Sunday.
        let by_day = answers.series(if bars.length == 1 { Series::Active } else { Series::Active7 })?;
        (layers, at_ends(&bars, &by_day, |day| day.before, question), bars.lacking)
    } else {
        let by_day = answers.series(series)?;
        let now = |day: &SeriesDay| value(series, day.now, day.of);
        let before = |day: &SeriesDay| value(series, day.before, day.of_before);
        let (now, before) = if series == Series::New {
            (together(&bars, &by_day, now), together(&bars, &by_day, before))
        } else {
            (at_ends(&bars, &by_day, now, question), at_ends(&bars, &by_day, before, question))
        };
        let name = if series == Series::Failing { "Failing" } else { "Installations" };
        let class = if series == Series::Failing { "c4" } else { "c1" };
        let numbers = now.into_iter().map(|number| number.unwrap_or(0)).collect();
        let lacking = bars.lacking.filter(|_| series == Series::New);
        (vec![layer(name, class, numbers)], before, lacking)
    };
    // What is not whole is not set beside what was.
    if lacking.is_some()
        && let Some(last) = before.last_mut()
    {
        *last = None;
    }
    let label = match series {
        Series::Failing => "Share of installations for which a command failed",
        Series::New => "New installations",
        _ => "Active installations",
    };
    let label = label.to_owned();
    let are_shares = series == Series::Failing;
    Ok(Bars { layers, before, lacking, marks, label, are_shares, ..bars }.draw())
}

/// Of a week it is who was there on any day of it; where its sets are gone, the busiest day is a lower bound.
fn active_in(activity: &Activity, start: Day, length: Day) -> u64 {
    let days = activity.days.range(start..start + length);
    let most = days.filter_map(|(_, counted)| counted.active).max().unwrap_or(0);
    let week = activity.weeks.get(&start).filter(|_| length == 7).copied().unwrap_or(0);
    most.max(week)
}

/// A number as the chart takes it.
fn value(series: Series, number: Option<u64>, of: Option<u64>) -> Option<u64> {
    if series != Series::Failing {
        return number;
    }
    let (number, of) = number.zip(of.filter(|of| *of > 0))?;
    Some(number.saturating_mul(WHOLE_SHARE) / of)
}

/// For each bar, what is known of its last day; of the last bar, of the last whole day in the window.
fn at_ends(
    bars: &Bars,
    by_day: &[SeriesDay],
    pick: impl Fn(&SeriesDay) -> Option<u64>,
    question: &Question,
) -> Vec<Option<u64>> {
    let last = if bars.length == 1 { question.days.last } else { question.last_whole() };
    let end = |start: &Day| (start + bars.length - 1).min(last);
    let known = |day: Day| by_day.iter().find(|known| known.day == day).and_then(&pick);
    bars.days.iter().map(|start| known(end(start))).collect()
}

/// For each bar, what its days come to; unknown where one of them is.
fn together(bars: &Bars, by_day: &[SeriesDay], pick: impl Fn(&SeriesDay) -> Option<u64>) -> Vec<Option<u64>> {
    let of = |start: &Day| {
        let days = by_day.iter().filter(|known| (*start..start + bars.length).contains(&known.day));
        days.map(&pick).sum()
    };
    bars.days.iter().map(of).collect()
}
