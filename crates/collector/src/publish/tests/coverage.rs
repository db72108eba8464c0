//! What readers are told of accuracy: the intervals of figures, of shares and of changes hold as often as they say.

use aboveboard_published::figures::{difference, figure};
use aboveboard_published::publication::{CellState, Figure, Form, Publication, Share};
use aboveboard_store::contributions::Layout;

use super::samples::{counts, document, drawn, kiln, layout_of};
use crate::publish::{TrueCounts, settle};

fn publications() -> u64 {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { 2_000 } else { 150 }
}

/// How often something held.
#[derive(Debug, Default)]
struct Held {
    held: u32,
    of: u32,
}

impl Held {
    fn count(&mut self, is_held: bool) {
        self.held += u32::from(is_held);
        self.of += 1;
    }

    fn percent(&self) -> f64 {
        f64::from(self.held) / f64::from(self.of) * 100.0
    }
}

fn holds(figure: &Figure, exact: u64) -> bool {
    (figure.low..=figure.high).contains(&i64::try_from(exact).unwrap())
}

fn share_holds(share: &Share, part: u64, whole: u64) -> bool {
    let exact = part as f64 / whole as f64 * 100.0;
    let number = |text: &str| text.parse::<f64>().unwrap();
    (number(&share.low)..=number(&share.high)).contains(&exact)
}

/// The cells of a publication that are shown by themselves, with their exact counts and those of what their shares are of.
fn shown<'p>(
    layout: &'p Layout,
    exact: &'p TrueCounts,
    publication: &'p Publication,
) -> impl Iterator<Item = (&'p Figure, u64, Option<&'p Share>, u64)> {
    let tables = publication.groups.iter().flat_map(|group| &group.tables);
    tables.zip(layout.tables()).flat_map(move |(table, (_, of, first))| {
        let cells = &exact.cells()[first as usize..first as usize + of.cells.len()];
        let whole = if table.form == Form::Partition { cells.iter().sum() } else { exact.cells()[0] };
        table.cells.iter().filter(|cell| cell.state == CellState::Shown).map(move |cell| {
            let place = of.cells.iter().position(|key| *key == cell.key).unwrap();
            (cell.figure.as_ref().unwrap(), cells[place], cell.share.as_ref(), whole)
        })
    })
}

#[test]
fn torture_intervals_hold_as_often_as_they_say() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let exact = counts(&layout, 3_000);
    let mut all = Held::default();
    let mut counts_shown = Held::default();
    let mut shares = Held::default();
    let mut changes = Held::default();
    let mut before: Option<Publication> = None;
    for seed in 0..publications() {
        let drawn = drawn(&layout, &exact, 1_000 + seed);
        let settled = settle(&layout, &drawn).unwrap();
        // Every cell, also where it is not shown: its interval is that of the noise.
        let places = layout
            .tables()
            .flat_map(|(_, table, first)| (0..table.cells.len()).map(move |at| first as usize + at));
        let cells = settled
            .tables
            .iter()
            .flat_map(|table| table.cells.iter().map(|cell| (table.variance(1).unwrap(), *cell)));
        for (place, (variance, cell)) in places.zip(cells) {
            let half = figure(0, variance).high.unsigned_abs();
            all.count(cell.abs_diff(exact.cells()[place] as i64) <= half);
        }
        let now = document(&manifest, &layout, &drawn);
        for (figure, exact, share, whole) in shown(&layout, &exact, &now) {
            counts_shown.count(holds(figure, exact));
            shares.of += u32::from(share.is_some());
            shares.held += u32::from(share.is_some_and(|share| share_holds(share, exact, whole)));
        }
        if let Some(before) = &before {
            let olds: Vec<_> = shown(&layout, &exact, before).collect();
            let news: Vec<_> = shown(&layout, &exact, &now).collect();
            // The same cells, where the same are shown: nothing changed in truth.
            if olds.len() == news.len() {
                for ((old, was, ..), (new, is, ..)) in olds.iter().zip(&news) {
                    let change = difference(new, old).unwrap();
                    changes.count((change.low..=change.high).contains(&(*is as i64 - *was as i64)));
                }
            }
        }
        before = Some(now);
    }
    let percents = [&all, &counts_shown, &shares, &changes].map(Held::percent);
    println!(
        "{{\"test\":\"coverage\",\"publications\":{},\"all, shown, shares, changes\":\"{percents:.2?}\"}}",
        publications()
    );
    let [all, shown, shares, changes] = percents;
    assert!((94.0..=96.0).contains(&all), "figures: {all}");
    assert!((94.0..=96.0).contains(&shown), "figures that are shown: {shown}");
    assert!(shares >= 95.0, "shares: {shares}");
    assert!(changes >= 95.0, "changes: {changes}");
}
