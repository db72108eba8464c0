use std::fs;
use std::path::Path;

use aboveboard_files::{Errno, faults};
use aboveboard_published::canonical;
use aboveboard_published::parameters::{RHO, parameters};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{FileHash, ManifestReference, Note, Product, Publication};
use aboveboard_published::ratio::Ratio;
use aboveboard_types::clock::day_stamp;

use super::{DrawState, Head, KeepError, KeptDraw, KeptDraws, counted_files};
use crate::data::DataDirectory;
use crate::publish::{CountedLine, Drawn, DrawnGroup, DrawnTable};

const PRODUCT: &str = "kiln";

fn id(text: &str) -> PublicationId {
    PublicationId::parse(text).unwrap()
}

fn publication(text: &str) -> Publication {
    let id = id(text);
    let group = |name: &str| aboveboard_published::publication::Group {
        name: name.to_owned(),
        components: vec!["cli".to_owned()],
        at_most: 5,
        variance: 50,
        tables: Vec::new(),
    };
    Publication {
        format: 1,
        id: text.to_owned(),
        product: Product {
            id: PRODUCT.to_owned(),
            name: "Kiln".to_owned(),
            controller: "Kiln e.V.".to_owned(),
            contact: "a@kiln.example".to_owned(),
            site: "https://kiln.example/figures".to_owned(),
            licence: "CC0-1.0".to_owned(),
            why: "Potters see it.".to_owned(),
        },
        period: id.period.document(),
        drawn: day_stamp(id.period.earliest_draw()),
        next_due: day_stamp(id.period.next().due()),
        manifest: ManifestReference { revision: 3, sha256: "00".to_owned() },
        parameters: parameters(),
        is_small: false,
        groups: vec![group("headline"), group("commands")],
        releases: Vec::new(),
        notes: Vec::new(),
        corrects: None,
        files: Vec::new(),
        previous_root: None,
        is_made_up: false,
    }
}

fn draw(text: &str, state: DrawState) -> KeptDraw {
    let table = DrawnTable { name: "active".to_owned(), turn: 0, cells: vec![1_234] };
    let group = DrawnGroup { name: "headline".to_owned(), variance: 50, tables: vec![table] };
    KeptDraw {
        publication: publication(text),
        lines: vec!["1.0".to_owned()],
        raw: Some(Drawn { is_small: false, groups: vec![group] }),
        list: None,
        state,
    }
}

const LINES: [CountedLine; 3] = [[1; 16], [2; 16], [0xff; 16]];

fn head(size: u64) -> Head {
    Head { size, root: "ab".repeat(32) }
}

fn today(text: &str) -> u32 {
    id(text).period.earliest_draw()
}

fn open(data: &Path) -> KeptDraws {
    KeptDraws::open(data, PRODUCT, today("2026-q4")).unwrap()
}

fn names(data: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(data.join("publications").join(PRODUCT))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_draw_goes_from_ready_to_published_to_withdrawn_and_is_the_same_after_each_start() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let draws = open(data);
    draws.check(id("2026-q4"), RHO).unwrap();
    let kept = draws.keep(draw("2026-q4", DrawState::Ready), &LINES).unwrap();
    assert_eq!(names(data), ["2026-q4.counted", "2026-q4.draw"]);
    drop(draws);

    let draws = open(data);
    assert_eq!(draws.get(id("2026-q4")).unwrap(), Some(kept.clone()));
    assert_eq!(draws.list(&kept).unwrap(), LINES);
    let again = draws.keep(draw("2026-q4", DrawState::Ready), &[]).unwrap_err();
    assert!(matches!(again, KeepError::Drawn(_)), "{again}");
    assert!(matches!(draws.check(id("2026-q4"), RHO), Err(KeepError::Drawn(_))));
    assert!(matches!(draws.check(id("2026-q4.2"), RHO), Err(KeepError::State { .. })));

    let files = vec![FileHash { name: "active.csv".to_owned(), sha256: "00".to_owned() }];
    let shown = Publication { files, previous_root: Some("cd".repeat(32)), ..kept.publication.clone() };
    let mut other = shown.clone();
    other.groups[0].at_most = 4;
    assert!(matches!(draws.publish(id("2026-q4"), &other, head(1)), Err(KeepError::OtherFigures(_))));
    let published = draws.publish(id("2026-q4"), &shown, head(1)).unwrap();
    assert_eq!(draws.publish(id("2026-q4"), &shown, head(1)).unwrap(), published, "again after a kill");
    assert!(draws.publish(id("2026-q4"), &shown, head(2)).is_err());
    assert_eq!(names(data), ["2026-q4.draw"], "the list is at the site now");
    assert!(draws.accept(id("2026-q4"), "why").is_err());

    draws.withdraw(id("2026-q4"), "2027-02-01", "Counted twice.").unwrap();
    assert!(draws.withdraw(id("2026-q4"), "2027-02-01", "Counted twice.").is_err());
    assert!(matches!(draws.check(id("2026-q4.2"), RHO), Err(KeepError::State { .. })), "not in the log yet");
    let withdrawn = draws.withdrawn(id("2026-q4"), head(2)).unwrap();
    assert_eq!(withdrawn.state.name(), "withdrawn");
    draws.check(id("2026-q4.2"), RHO).unwrap();
    assert!(matches!(draws.check(id("2026-q4.3"), RHO), Err(KeepError::Missing(_))));
    assert!(matches!(draws.check(id("2026-q3.2"), RHO), Err(KeepError::Missing(_))));
    draws.keep(draw("2026-q4.2", DrawState::Ready), &[]).unwrap();
    draws.keep(draw("2026-q3", DrawState::Ready), &[]).unwrap();
    drop(draws);
    let ids: Vec<_> = open(data).all().unwrap().into_iter().map(|draw| draw.publication.id).collect();
    assert_eq!(ids, ["2026-q3", "2026-q4", "2026-q4.2"]);
    let acts: Vec<_> = crate::upkeep::audit(data).unwrap().into_iter().map(|line| line.detail).collect();
    assert_eq!(acts[..3], ["2026-q4: ready", "2026-q4: published", "2026-q4: withdrawn"]);
    // A collector that starts knows the directory.
    drop(DataDirectory::take(data).unwrap());
}

#[test]
fn what_is_held_is_shown_only_with_a_reason_and_what_is_thrown_away_leaves_no_list() {
    let directory = tempfile::tempdir().unwrap();
    let draws = open(directory.path());
    let held = || DrawState::Held { why: vec!["400 new installations".to_owned()] };
    let kept = draws.keep(draw("2026-q3", held()), &LINES).unwrap();
    assert!(matches!(draws.publish(id("2026-q3"), &kept.publication, head(1)), Err(KeepError::State { .. })));
    let accepted = draws.accept(id("2026-q3"), "A conference.").unwrap();
    let note = Note { about: "held".to_owned(), text: "A conference.".to_owned() };
    assert_eq!((accepted.state.clone(), &*accepted.publication.notes), (DrawState::Ready, &[note][..]));
    assert_eq!(draws.list(&accepted).unwrap(), LINES);
    draws.keep(draw("2026-q4", held()), &LINES).unwrap();
    let before = |text: &str| draws.before(id(text)).unwrap().map(|draw| draw.publication.id);
    assert_eq!(before("2027-q1").as_deref(), Some("2026-q3"), "not what is held itself");
    assert_eq!(before("2026-q3"), None);
    draws.withdraw(id("2026-q4"), "2027-02-01", "Fakes.").unwrap();
    assert_eq!(names(directory.path()), ["2026-q3.counted", "2026-q3.draw", "2026-q4.draw"]);
    assert!(draws.withdrawn(id("2026-q4"), head(2)).is_err(), "it was never shown");
    draws.check(id("2026-q4.2"), RHO).unwrap();
    assert_eq!(draws.before(id("2027-q1")).unwrap().unwrap().publication.id, "2026-q3");
}

#[test]
fn two_do_not_publish_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let draws = open(directory.path());
    let busy = KeptDraws::open(directory.path(), "other", 0).unwrap_err();
    assert!(matches!(busy, KeepError::InUse(_)), "{busy}");
    drop(draws);
    drop(KeptDraws::open(directory.path(), "other", 0).unwrap());
    for product in ["../log", "", "Kiln", "a/b"] {
        assert!(
            matches!(KeptDraws::open(directory.path(), product, 0), Err(KeepError::Product(_))),
            "{product}"
        );
    }
}

#[test]
fn a_file_that_is_damaged_edited_or_newer_is_refused_with_its_remedy_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    open(data).keep(draw("2026-q4", DrawState::Ready), &LINES).unwrap();
    let path = data.join("publications").join(PRODUCT).join("2026-q4.draw");
    let good = fs::read(&path).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let edits = [
        text.replace("1234", "1235"),
        text.replace("aboveboard draw 1", "aboveboard draw 2"),
        text.replace("aboveboard draw 1", "aboveboard draw x"),
        text[..text.len() / 2].to_owned(),
        text.lines().skip(1).collect(),
        String::new(),
        format!("{text} "),
    ];
    for edit in edits {
        fs::write(&path, &edit).unwrap();
        let why = KeptDraws::open(data, PRODUCT, 0).unwrap_err().to_string();
        assert!(why.contains("2026-q4.draw"), "{why}");
        assert!(why.contains("backup") && why.contains("adopt") || why.contains("newer program"), "{why}");
        assert_eq!(fs::read_to_string(&path).unwrap(), edit);
    }
    fs::write(&path, &good).unwrap();
    let other = path.with_file_name("2026-q3.draw");
    fs::rename(&path, &other).unwrap();
    let why = KeptDraws::open(data, PRODUCT, 0).unwrap_err().to_string();
    assert!(why.contains("it is the draw 2026-q4 of kiln"), "{why}");
    fs::rename(&other, &path).unwrap();
    let list = path.with_file_name("2026-q4.counted");
    for bytes in [&[0; 48][..], &[1; 47], &[]] {
        fs::write(&list, bytes).unwrap();
        let draws = KeptDraws::open(data, PRODUCT, 0).unwrap();
        let kept = draws.get(id("2026-q4")).unwrap().unwrap();
        assert!(matches!(draws.list(&kept), Err(KeepError::Damaged { .. })));
    }
}

#[test]
fn what_a_kill_leaves_between_two_steps_is_no_draw_and_does_not_stay() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    drop(open(data));
    let folder = data.join("publications").join(PRODUCT);
    for left in ["2026-q4.draw.tmp", "2026-q4.counted.tmp", "2026-q4.counted", "2026-q3.counted"] {
        fs::write(folder.join(left), "half").unwrap();
    }
    let draws = open(data);
    assert_eq!(draws.all().unwrap(), []);
    draws.check(id("2026-q4"), RHO).unwrap();
    let kept = draws.keep(draw("2026-q4", DrawState::Ready), &LINES).unwrap();
    assert_eq!(draws.list(&kept).unwrap(), LINES);
    assert_eq!(names(data), ["2026-q4.counted", "2026-q4.draw"]);
}

#[test]
fn raw_figures_are_deleted_after_thirteen_months_and_the_draw_stays() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let draws = open(data);
    draws.keep(draw("2026-q4", DrawState::Ready), &[]).unwrap();
    drop(draws);
    let raw =
        |day: u32| KeptDraws::open(data, PRODUCT, day).unwrap().get(id("2026-q4")).unwrap().unwrap().raw;
    assert!(raw(today("2026-q4") + 396).is_some());
    assert!(raw(today("2026-q4") + 397).is_none());
    assert!(raw(0).is_none());
    let text = fs::read_to_string(data.join("publications").join(PRODUCT).join("2026-q4.draw")).unwrap();
    assert!(!text.contains("1234"));
}

#[test]
fn no_twelve_months_cost_more_than_a_year_of_publications_and_one() {
    let directory = tempfile::tempdir().unwrap();
    let draws = open(directory.path());
    for text in ["2026-q1", "2026-q2", "2026-q4", "2027-q1"] {
        draws.check(id(text), RHO).unwrap();
        draws.keep(draw(text, DrawState::Published { head: head(1) }), &[]).unwrap();
    }
    draws.check(id("2026-q4.2"), RHO).unwrap();
    draws.keep(draw("2026-q4.2", DrawState::Published { head: head(1) }), &[]).unwrap();
    draws.check(id("2026-q3"), RHO).unwrap();
    draws.keep(draw("2026-q3", DrawState::Published { head: head(1) }), &[]).unwrap();
    // Four quarters and a correction. Another one would be too much for the year up to its own period, and one of a period
    // before it for the year up to a later one.
    for text in ["2026-q4.3", "2027-q1.2", "2026-q3.2", "2026-q1.2"] {
        let why = draws.check(id(text), RHO).unwrap_err();
        assert!(matches!(why, KeepError::Cap { .. }), "{text}: {why}");
        assert!(why.to_string().contains("1/2"), "{why}");
    }
    draws.check(id("2025-q4"), Ratio::new(1, 10).unwrap()).unwrap();
    draws.check(id("2027-q2"), RHO).unwrap();
}

#[test]
fn a_draw_that_was_never_shown_counts_as_much_as_one_may_cost() {
    let directory = tempfile::tempdir().unwrap();
    let draws = open(directory.path());
    let held = |text: &str| {
        let mut held = draw(text, DrawState::Held { why: Vec::new() });
        held.publication.is_small = true;
        held.publication.groups.clear();
        draws.keep(held, &[]).unwrap();
        draws.withdraw(id(text), "2027-02-01", "Reporting failed.").unwrap();
    };
    for text in ["2026-q4", "2026-q4.2", "2026-q4.3", "2026-q4.4", "2026-q4.5"] {
        draws.check(id(text), RHO).unwrap();
        held(text);
    }
    let why = draws.check(id("2026-q4.6"), RHO).unwrap_err();
    assert!(matches!(why, KeepError::Cap { .. }), "{why}");
}

#[test]
fn a_publication_of_the_site_is_taken_over_as_it_is_and_counts() {
    let directory = tempfile::tempdir().unwrap();
    let draws = open(directory.path());
    let shown = publication("2026-q4");
    draws.adopt(&shown, DrawState::Published { head: head(3) }).unwrap();
    assert!(matches!(draws.check(id("2026-q4"), RHO), Err(KeepError::Drawn(_))));
    let kept = draws.get(id("2026-q4")).unwrap().unwrap();
    assert_eq!(canonical::write(&kept.publication).unwrap(), canonical::write(&shown).unwrap());
    let held = DrawState::Held { why: vec!["400 new installations".to_owned()] };
    draws.keep(draw("2027-q1", held), &LINES).unwrap();
    let shown = publication("2027-q1");
    let kept = draws.adopt(&shown, DrawState::Published { head: head(4) }).unwrap();
    assert_eq!(draws.get(id("2027-q1")).unwrap(), Some(kept), "what was held and never shown gives way");
    assert_eq!(names(directory.path()), ["2026-q4.draw", "2027-q1.draw"]);
    let again = draws.adopt(&shown, DrawState::Published { head: head(4) });
    assert!(matches!(again, Err(KeepError::Drawn(_))), "but not what was shown");
    let mut foreign = publication("2026-q3");
    foreign.product.id = "other".to_owned();
    assert!(draws.adopt(&foreign, DrawState::Published { head: head(3) }).is_err());
}

#[test]
fn a_long_list_is_in_a_file_for_each_first_byte() {
    let lines: Vec<CountedLine> = (0..50_001_u32)
        .map(|number| {
            let mut line = [0; 16];
            line[0] = (number % 251) as u8;
            line[1..5].copy_from_slice(&number.to_be_bytes());
            line
        })
        .collect();
    let sorted = |mut lines: Vec<CountedLine>| {
        lines.sort_unstable();
        lines
    };
    assert_eq!(counted_files(&[]), []);
    let short = counted_files(&sorted(lines[..50_000].to_vec()));
    assert_eq!(short.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["counted.txt"]);
    assert_eq!(short[0].1.len(), 50_000 * 33);
    let long = counted_files(&sorted(lines));
    assert_eq!((long.len(), &*long[0].0, &*long[255].0), (256, "counted/00.txt", "counted/ff.txt"));
    assert!(long[255].1.is_empty(), "a file that is empty hides that it is");
    let all: Vec<u8> = long.into_iter().flat_map(|(_, file)| file).collect();
    assert_eq!(all.len(), 50_001 * 33);
    assert!(all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).is_sorted());
}

/// Lets each operation on files fail in turn until the act succeeds all the same, and looks after each at what is kept.
fn with_each_failing(act: &dyn Fn() -> Result<KeptDraw, KeepError>, look: &dyn Fn()) -> u32 {
    for after in 0..500 {
        faults::fail(after, Errno::NOSPC);
        let done = act();
        faults::heal();
        look();
        if done.is_ok() {
            return after;
        }
    }
    panic!("it never succeeds")
}

#[test]
fn whatever_fails_a_draw_is_there_whole_or_not_at_all_and_the_next_attempt_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    drop(open(data));
    let id = id("2026-q4");
    let take = || KeptDraws::open(data, PRODUCT, today("2026-q4"));
    let kept = || open(data).get(id).unwrap();
    let keep = || {
        let draws = take()?;
        let kept = draws.get(id)?;
        kept.map_or_else(|| draws.keep(draw("2026-q4", DrawState::Ready), &LINES), Ok)
    };
    let is_whole = || {
        let draws = open(data);
        let whole = draws.get(id).unwrap().map(|draw| draws.list(&draw).unwrap());
        assert!(whole.is_none_or(|lines| lines == LINES));
    };
    assert!(with_each_failing(&keep, &is_whole) > 10);
    let shown = Publication { previous_root: Some("cd".repeat(32)), ..kept().unwrap().publication };
    let publish = || take()?.publish(id, &shown, head(1));
    let is_kept = || {
        let state = kept().unwrap().state;
        assert!(state == DrawState::Ready || state == DrawState::Published { head: head(1) }, "{state:?}");
    };
    assert!(with_each_failing(&publish, &is_kept) > 10);
    assert_eq!(names(data), ["2026-q4.draw"]);
    let withdraw = || {
        let draws = take()?;
        let kept = draws.get(id)?.filter(|draw| draw.state.name() == "withdrawn");
        kept.map_or_else(|| draws.withdraw(id, "2027-02-01", "Counted twice."), Ok)
    };
    let is_known = || assert!(["published", "withdrawn"].contains(&kept().unwrap().state.name()));
    assert!(with_each_failing(&withdraw, &is_known) > 10);
}
