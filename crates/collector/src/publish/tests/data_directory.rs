//! Draws from a data directory: once, and only when it is time and all is there.

use std::fs;
use std::path::Path;

use aboveboard_published::counted::PADDING;
use aboveboard_published::parameters::SMALL;
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use aboveboard_published::publication::Every;
use aboveboard_store::EntryRange;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::LogEntry;
use aboveboard_store::limits::MAX_CLOCK_LEAP;
use aboveboard_store_contract::{SUCCESS, Sketch, end, manifest_text, manifests, placed};

use crate::clock;
use crate::data::DataDirectory;
use crate::import;
use crate::publish::keep::{DrawState, KeptDraw, KeptDraws};
use crate::publish::{DrawOrder, ExactNoise, PublishError, SeededRandomness, audit, draw_once};

const PRODUCT: &str = "quarry";

fn today() -> u32 {
    u32::try_from(clock::now() / SECONDS_A_DAY).unwrap()
}

/// The last month that can be drawn today.
fn period() -> CalendarPeriod {
    let mut last = CalendarPeriod::of_day(Every::Month, today() - 100).unwrap();
    while last.next().earliest_draw() <= today() {
        last = last.next();
    }
    last
}

fn id() -> PublicationId {
    PublicationId::first(period())
}

/// A data directory of which so many installations were active in the period.
fn data(path: &Path, installations: u8) -> DataDirectory {
    let data = DataDirectory::take(path).unwrap();
    fs::create_dir(data.manifests()).unwrap();
    fs::write(data.manifests().join("quarry-1.toml"), manifest_text(PRODUCT)).unwrap();
    let received = |day: u32| i64::from(period().first() + day) * SECONDS_A_DAY + 43_200;
    let of = |number: u8, batch: u8, day: u32| Sketch {
        received: received(day),
        ..Sketch::new(batch, number, &[(SUCCESS, 5)])
    };
    let batches = (1..=installations).flat_map(|number| [of(number, 1, 1), of(number, 2, 11)]);
    let mut entries: Vec<_> = batches.map(|sketch| (sketch.received, sketch.entry())).collect();
    entries.sort_by_key(|(received, _)| *received);
    let entries: Vec<LogEntry> = entries.into_iter().map(|(_, entry)| entry).collect();
    let mut store = data.open_store().unwrap();
    store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests())).unwrap();
    store.set_retention_day(Day::try_from(today()).unwrap()).unwrap();
    data
}

fn order() -> DrawOrder<'static> {
    DrawOrder { id: id(), revision: None, lines: None, releases: &[], reason: None, today: today() }
}

fn draw(path: &Path, order: &DrawOrder<'_>, seed: u64) -> Result<KeptDraw, PublishError> {
    let kept = KeptDraws::open(path, PRODUCT, order.today).unwrap();
    draw_once(path, &kept, order, &mut ExactNoise::new(SeededRandomness::new(seed)))
}

#[test]
fn a_period_is_drawn_once_from_what_the_store_holds_and_an_audit_finds_the_noise_fair() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    drop(data(path, 240));
    let drawn = draw(path, &order(), 1).unwrap();
    assert_eq!(draw(path, &order(), 2).unwrap(), drawn, "the second time nothing is drawn");
    assert!(!drawn.publication.is_small && drawn.publication.groups.len() > 1);
    assert_eq!(drawn.state, DrawState::Ready);
    let active = drawn.raw.as_ref().unwrap().active().unwrap();
    assert!((200..=280).contains(&active), "{active}");
    let kept = KeptDraws::open(path, PRODUCT, today()).unwrap();
    assert_eq!(kept.list(&drawn).unwrap().len() as i64, active + i64::from(PADDING));
    let audit = audit(path, &kept, id()).unwrap();
    assert_eq!((audit.cells[0].exact, &*audit.odd), (240, &[][..]));
}

#[test]
fn of_few_only_that_is_kept_and_there_is_no_list() {
    let directory = tempfile::tempdir().unwrap();
    drop(data(directory.path(), 3));
    let drawn = draw(directory.path(), &order(), 1).unwrap();
    assert!(drawn.publication.is_small && drawn.list.is_none());
    assert!(drawn.raw.unwrap().active().unwrap() < i64::from(SMALL));
}

fn refused(path: &Path, order: &DrawOrder<'_>, word: &str) {
    let why = draw(path, order, 1).unwrap_err().to_string();
    assert!(why.contains(word), "{why}");
    let kept = KeptDraws::open(path, PRODUCT, order.today).unwrap();
    assert_eq!(kept.all().unwrap(), [], "nothing is drawn");
}

#[test]
fn too_early_and_a_clock_that_is_not_believed_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let data = data(path, 3);
    refused(path, &DrawOrder { today: period().earliest_draw() - 1, ..order() }, "can be drawn from");
    let doubted = Day::try_from(today()).unwrap() - MAX_CLOCK_LEAP - 1;
    data.open_store().unwrap().set_retention_day(doubted).unwrap();
    refused(path, &order(), "the clock is further ahead");
    data.open_store().unwrap().set_retention_day(doubted + 1).unwrap();
    draw(path, &order(), 1).unwrap();
}

#[test]
fn a_log_that_is_not_applied_is_refused_until_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let data = data(path, 3);
    let more = Sketch::new(3, 9, &[(SUCCESS, 5)]).entry();
    import::append(&data, std::iter::once(more)).unwrap();
    drop(data);
    refused(path, &order(), "start the collector");
    let data = DataDirectory::take(path).unwrap();
    let log = crate::log::end(&data.log().unwrap()).unwrap();
    data.open_store().unwrap().apply(&EntryRange::new(&[], log, &manifests())).unwrap();
    drop(data);
    draw(path, &order(), 1).unwrap();
}

#[test]
fn days_that_retention_has_deleted_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let data = data(path, 3);
    let mut store = data.open_store().unwrap();
    store.retire(PRODUCT, Day::try_from(period().first()).unwrap() + 5).unwrap();
    drop(store);
    refused(path, &order(), "retention has deleted data of 1 days");
}

#[test]
fn a_correction_needs_a_reason_and_something_to_correct() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    drop(data(path, 3));
    let correction = DrawOrder { id: id().correction(), ..order() };
    refused(path, &correction, "needs a reason");
    let correction = DrawOrder { reason: Some("Counted twice."), ..correction };
    refused(path, &correction, "was not drawn");
    draw(path, &order(), 1).unwrap();
    KeptDraws::open(path, PRODUCT, today()).unwrap().withdraw(id(), "2026-11-29", "Counted twice.").unwrap();
    let corrected = draw(path, &correction, 2).unwrap();
    assert_eq!(corrected.publication.corrects, Some(id().to_string()));
    assert_eq!(corrected.publication.notes[0].text, "Counted twice.");
}
