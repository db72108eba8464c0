//! The wide chart: active installations by publication, a line in a pale band, and marks at releases of the product.
//!
//! Shapes stretch with the page, words and dots do not. Text is escaped here.

use std::fmt::Write as _;

use aboveboard_published::publication::{Publication, Release};

use super::history::{Shown, active};
use super::words::{day, day_number, number, period, short_period};
use crate::markup::escape;
use crate::scale::nice_above;

/// How wide the drawing is in its own units.
const WIDTH: i64 = 10_000;
/// How high.
const HEIGHT: i64 = 1_000;
/// More names of periods than these do not stand side by side on a phone.
const MAX_NAMES: usize = 5;
/// More names of releases than these in one chart are noise.
const MAX_RELEASES: usize = 8;
/// The least distance of two names of releases, in the units of the drawing.
const MIN_DISTANCE: i64 = WIDTH / 14;

/// A chart for the template. `drawing` is markup made here of numbers and escaped text.
pub(super) struct Chart {
    pub(super) drawing: String,
    /// Everything that it shows, in words.
    pub(super) words: String,
    pub(super) has_releases: bool,
    /// Whether a period says only that there are few.
    pub(super) has_few: bool,
    /// Whether nothing stands of a period.
    pub(super) has_struck: bool,
}

/// One publication in the chart.
struct Point {
    x: i64,
    /// Value, low and high; none where it says too little.
    figure: Option<[i64; 3]>,
    name: String,
    is_struck: bool,
}

/// Draws the publications of `series`, which are in order.
pub(super) fn draw(series: &[&Shown], newest: &Publication) -> Option<Chart> {
    let first = day_number(&series.first()?.publication.period.first)?;
    let last = day_number(&series.last()?.publication.period.last)?;
    let span = (last - first).max(1);
    let x = |day: i64| (day - first).saturating_mul(WIDTH) / span;
    let points: Vec<Point> = series.iter().filter_map(|shown| point(shown, &x)).collect();
    let most = points.iter().filter_map(|point| point.figure).map(|[_, _, high]| high).max().unwrap_or(0);
    let most = most.max(i64::from(newest.parameters.small));
    let top = i64::try_from(nice_above(most.unsigned_abs())).unwrap_or(most);
    let mut drawing = String::from("<svg class=\"series\" role=\"img\" aria-labelledby=\"series-words\">");
    grid(&mut drawing, top);
    let releases = releases(&newest.releases, &x);
    shapes(&mut drawing, &points, &releases, top, x(last.min(first + 92)) - x(first));
    labels(&mut drawing, &points, top);
    for (x, line) in &releases {
        let place = if *x > WIDTH * 9 / 10 { "dx=\"-4\" text-anchor=\"end\"" } else { "dx=\"4\"" };
        let _ = write!(
            drawing,
            "<text class=\"release\" x=\"{}\" y=\"12\" {place}>{}</text>",
            across(*x),
            escape(line)
        );
    }
    drawing.push_str("</svg>");
    Some(Chart {
        drawing,
        words: words(series, &releases),
        has_releases: !releases.is_empty(),
        has_few: points.iter().any(|point| point.figure.is_none() && !point.is_struck),
        has_struck: points.iter().any(|point| point.is_struck),
    })
}

fn point(shown: &Shown, x: &impl Fn(i64) -> i64) -> Option<Point> {
    let publication = &shown.publication;
    let middle = (day_number(&publication.period.first)? + day_number(&publication.period.last)?) / 2;
    let figure = active(publication).filter(|_| shown.stands());
    Some(Point {
        x: x(middle),
        figure: figure.map(|figure| [figure.value, figure.low, figure.high]),
        name: short_period(&publication.period),
        is_struck: !shown.stands(),
    })
}

/// The lines of the scale and their numbers.
fn grid(drawing: &mut String, top: i64) {
    for (at, value) in [(1, top), (2, top / 2)] {
        let y = if at == 1 { 0 } else { 50 };
        let _ = write!(drawing, "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y}%\" y2=\"{y}%\"/>");
        let _ = write!(drawing, "<text class=\"tick\" x=\"0\" y=\"{y}%\" dy=\"-4\">{}</text>", number(value));
    }
}

/// Band and line, broken where a publication says nothing; releases.
fn shapes(drawing: &mut String, points: &[Point], releases: &[(i64, String)], top: i64, width: i64) {
    let y = |value: i64| HEIGHT - value.clamp(0, top).saturating_mul(HEIGHT) / top;
    let _ = write!(drawing, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\">");
    for (x, _) in releases {
        let _ = write!(drawing, "<line class=\"came\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{HEIGHT}\"/>");
    }
    for run in points.split(|point| point.figure.is_none()) {
        let known: Vec<_> = run.iter().filter_map(|point| Some((point.x, point.figure?))).collect();
        let mut ends: Vec<_> = known.clone();
        // A publication alone has the breadth of its period.
        if let [(x, figure)] = known[..] {
            ends = vec![((x - width / 2).max(0), figure), ((x + width / 2).min(WIDTH), figure)];
        }
        let above = ends.iter().map(|(x, [_, _, high])| format!("{x},{}", y(*high)));
        let below = ends.iter().rev().map(|(x, [_, low, _])| format!("{x},{}", y(*low)));
        let band: Vec<_> = above.chain(below).collect();
        let line: Vec<_> = ends.iter().map(|(x, [value, ..])| format!("{x},{}", y(*value))).collect();
        if !line.is_empty() {
            let _ = write!(drawing, "<polygon class=\"band\" points=\"{}\"/>", band.join(" "));
            let _ = write!(drawing, "<polyline class=\"line\" points=\"{}\"/>", line.join(" "));
        }
    }
    drawing.push_str("</svg>");
}

/// Dots, the newest figure and the names of the periods.
fn labels(drawing: &mut String, points: &[Point], top: i64) {
    let step = points.len().div_ceil(MAX_NAMES).max(1);
    for (index, point) in points.iter().enumerate() {
        let x = across(point.x);
        if let Some([value, ..]) = point.figure {
            let y = percent_down(value, top);
            let _ = write!(drawing, "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
            if index + 1 == points.len() {
                let _ = write!(
                    drawing,
                    "<text class=\"value\" x=\"{x}\" y=\"{y}\" dy=\"-12\" text-anchor=\"{}\">{}</text>",
                    anchor(point.x),
                    number(value)
                );
            }
        } else {
            let sign = if point.is_struck { "×" } else { "few" };
            let _ = write!(
                drawing,
                "<text class=\"nothing\" x=\"{x}\" y=\"100%\" dy=\"-6\" text-anchor=\"middle\">{sign}</text>"
            );
        }
        if (points.len() - 1 - index).is_multiple_of(step) {
            let _ = write!(
                drawing,
                "<text class=\"period\" x=\"{x}\" y=\"100%\" dy=\"18\" text-anchor=\"{}\">{}</text>",
                anchor(point.x),
                escape(&point.name)
            );
        }
    }
}

fn anchor(x: i64) -> &'static str {
    match x {
        ..600 => "start",
        9_401.. => "end",
        _ => "middle",
    }
}

/// The releases that fall into the chart with room for their names, the newest first to be named.
fn releases(all: &[Release], x: &impl Fn(i64) -> i64) -> Vec<(i64, String)> {
    let mut known: Vec<_> = all
        .iter()
        .filter_map(|release| Some((x(day_number(release.day.as_ref()?)?), release.line.clone())))
        .collect();
    known.retain(|(x, _)| (0..=WIDTH).contains(x));
    known.sort();
    let mut placed: Vec<(i64, String)> = Vec::new();
    for (x, line) in known.into_iter().rev() {
        if placed.len() < MAX_RELEASES && placed.last().is_none_or(|(later, _)| later - x >= MIN_DISTANCE) {
            placed.push((x, line));
        }
    }
    placed.reverse();
    placed
}

fn words(series: &[&Shown], releases: &[(i64, String)]) -> String {
    let mut text = String::from("Active installations by publication:");
    for shown in series {
        let publication = &shown.publication;
        let _ = write!(text, " {}: ", period(&publication.period));
        match active(publication) {
            _ if shown.withdrawal.is_some() => text.push_str("withdrawn;"),
            Some(figure) => {
                let _ = write!(
                    text,
                    "{}, between {} and {};",
                    number(figure.value),
                    number(figure.low),
                    number(figure.high)
                );
            }
            None => {
                let _ = write!(text, "fewer than {};", publication.parameters.small);
            }
        }
    }
    if let Some(last) = series.last() {
        let named = |line: &str| {
            last.publication
                .releases
                .iter()
                .find(|release| release.line == line)
                .and_then(|release| release.day.as_deref())
        };
        for (_, line) in releases {
            let _ = write!(text, " release {line} on {};", named(line).map(day).unwrap_or_default());
        }
    }
    text.truncate(text.len() - 1);
    text + "."
}

/// `12.34%`
fn across(x: i64) -> String {
    let x = x.clamp(0, WIDTH);
    format!("{}.{:02}%", x / 100, x % 100)
}

fn percent_down(value: i64, top: i64) -> String {
    across(WIDTH - value.clamp(0, top).saturating_mul(WIDTH) / top)
}
