//! Made-up installations: many at once, and many that are kept alive.

use aboveboard_store::contributions::Layout;

use super::super::samples::kiln;
use super::noises::exact;
use super::stores::{FIRED, Sent, faithful, gathered};
use crate::publish::{TrueCounts, draw, held};

/// Known installations, and ten times as many that somebody makes up.
const KNOWN: u32 = 150;
const MADE_UP: std::ops::Range<u32> = 10_000..10_000 + 10 * KNOWN;

#[test]
fn ten_times_as_many_made_up_installations_of_one_day_move_the_headline_by_nothing() {
    let manifest = kiln();
    let known = faithful(0..KNOWN);
    let before = gathered(&manifest, &known).unwrap();
    assert_eq!(before.cells()[0], u64::from(KNOWN));
    // All in one day, and with events of fourteen days: the day of an event proves nothing.
    let events = [(FIRED, 0), (FIRED, 2), (FIRED, 13)];
    let flood = MADE_UP.map(|installation| Sent { installation, day: 15, component: "cli", events: &events });
    let flooded: Vec<_> = flood.map(|sent| sent.entry()).chain(known).collect();
    let after = gathered(&manifest, &flooded).unwrap();
    assert_eq!(after.cells(), before.cells());
    assert_eq!(after.counted.len(), before.counted.len(), "nor is one of them in the list");
}

#[test]
fn made_up_installations_that_are_kept_alive_have_the_publication_held() {
    let manifest = kiln();
    let layout = Layout::of(&manifest, &manifest.product.releases);
    let known = faithful(0..KNOWN);
    let publication = |counts: &TrueCounts, seed| {
        let drawn = draw(&layout, counts, &mut exact(seed)).unwrap();
        super::super::samples::document(&manifest, &layout, &drawn)
    };
    let before = publication(&gathered(&manifest, &known).unwrap(), 1);
    let quiet = publication(&gathered(&manifest, &known).unwrap(), 2);
    assert_eq!(held(&quiet, Some(&before)), [""; 0]);
    let events = [(FIRED, 0)];
    let kept_alive = MADE_UP.flat_map(|installation| {
        [15, 16, 17].map(|day| Sent { installation, day, component: "cli", events: &events }.entry())
    });
    let flooded: Vec<_> = kept_alive.chain(known).collect();
    let after = gathered(&manifest, &flooded).unwrap();
    assert_eq!(after.cells()[0], u64::from(11 * KNOWN), "who waits is counted");
    let why = held(&publication(&after, 3), Some(&before));
    assert_eq!(why.len(), 2, "so many new ones, and so many more: {why:?}");
}
