//! The log gives back what was acknowledged, wherever it was cut.

use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aboveboard_store::entry::{Arrival, LogEntry, Position};

use super::limits::MAX_QUEUED;
use super::queue::Queue;
use super::*;
use crate::config;
use crate::disk::Folder;

fn limits(segment: u64, cap: u64) -> config::Log {
    let mut limits = config::Config::defaults().unwrap().log;
    limits.segment = segment;
    limits.cap = cap;
    limits.free = 0;
    limits
}

fn batch(number: u64) -> LogEntry {
    LogEntry::Batch(Arrival {
        received: number as i64,
        skew: 0,
        refused: 0,
        counted_value: None,
        body: number.to_string().into_bytes(),
    })
}

/// Opens a log whose replies are handed out by a thread, which ends with the writer.
fn open(
    directory: &Path,
    limits: &config::Log,
    applied: Position,
) -> Result<(Log, JoinHandle<()>), LogError> {
    let (log, writer, mut replies) = Log::open(&Folder::make(directory).unwrap(), limits, applied)?;
    thread::spawn(move || {
        while let Some((result, waiting)) = replies.groups.blocking_recv() {
            waiting.into_iter().for_each(|sender| sender.send(result).unwrap_or_default());
        }
    });
    Ok((log, writer))
}

fn append(log: &Log, numbers: std::ops::Range<u64>) {
    let waiting: Vec<_> = numbers.map(|number| log.append((&batch(number)).into()).unwrap()).collect();
    for durable in waiting {
        durable.blocking_recv().unwrap().unwrap();
    }
}

fn read_all(log: &Log, from: Position) -> (Vec<LogEntry>, Position, u64) {
    let mut reader = log.reader(from);
    let mut entries = Vec::new();
    let mut upto = from;
    let mut skipped = 0;
    while let Some(chunk) = reader.next(7).unwrap() {
        entries.extend(chunk.entries.into_iter().map(|(_, entry)| entry));
        upto = chunk.upto;
        skipped += chunk.skipped;
    }
    (entries, upto, skipped)
}

fn stop(log: &Log, writer: JoinHandle<()>) {
    log.stop();
    writer.join().unwrap();
    assert!(log.is_stopped());
    assert_eq!(log.append((&batch(0)).into()).err(), Some(AppendError::Stopped));
}

#[test]
fn what_is_acknowledged_is_read_in_order_across_segments_and_restarts() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let (log, writer) = open(directory.path(), &limits(200, 1 << 20), Position(0)).unwrap();
        append(&log, round * 20..(round + 1) * 20);
        let (entries, ..) = read_all(&log, Position(0));
        assert_eq!(entries, (0..(round + 1) * 20).map(batch).collect::<Vec<_>>());
        stop(&log, writer);
    }
}

#[test]
fn segments_go_when_they_are_applied_and_the_cap_opens_again() {
    let directory = tempfile::tempdir().unwrap();
    let (log, writer) = open(directory.path(), &limits(100, 600), Position(0)).unwrap();
    let refused = (0..100).find_map(|number| match log.append((&batch(number)).into()) {
        Ok(durable) => {
            durable.blocking_recv().unwrap().unwrap();
            None
        }
        Err(error) => Some(error),
    });
    assert_eq!(refused, Some(AppendError::Cap));
    let (entries, upto, _) = read_all(&log, Position(0));
    log.release(upto);
    assert!(log.figures().bytes <= 150, "{:?}", log.figures());
    append(&log, 1000..1001);
    let (after, ..) = read_all(&log, upto);
    assert_eq!((entries.len() > 3, after), (true, vec![batch(1000)]));
    stop(&log, writer);
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert!(left <= 2, "{left}");
}

#[test]
fn a_segment_that_never_fills_up_goes_when_it_is_old_or_holds_an_erasure_and_is_applied() {
    let release_until = |log: &Log, upto, bytes| {
        let start = std::time::Instant::now();
        while log.figures().bytes != bytes {
            assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {:?}", log.figures());
            log.release(upto);
            thread::yield_now();
        }
    };
    let directory = tempfile::tempdir().unwrap();
    let (log, writer) = open(directory.path(), &limits(1 << 20, 1 << 20), Position(0)).unwrap();
    append(&log, 0..3);
    let (_, upto, _) = read_all(&log, Position(0));
    let bytes = log.figures().bytes;
    log.release(upto);
    append(&log, 3..4);
    assert!(log.figures().bytes > bytes && log.figures().segments == 1, "neither old nor of an erasure");
    let erasure = aboveboard_store::entry::Erasure {
        product: "quarry".to_owned(),
        installation: aboveboard_types::id::Id::from_bytes([7; 16]),
        received: 0,
        by_operator: false,
    };
    log.append(EntryRef::Erasure(&erasure)).unwrap().blocking_recv().unwrap().unwrap();
    let (_, applied, _) = read_all(&log, upto);
    let bytes = log.figures().bytes;
    log.release(Position(applied.0 - 1));
    append(&log, 4..5);
    assert!(log.figures().bytes > bytes, "not applied yet");
    let (rest, end, _) = read_all(&log, applied);
    assert_eq!(rest, [batch(4)]);
    release_until(&log, applied, end.0 - applied.0);
    stop(&log, writer);
    let mut old = limits(1 << 20, 1 << 20);
    old.age = Duration::ZERO;
    let (log, writer) = open(directory.path(), &old, applied).unwrap();
    append(&log, 5..6);
    let (entries, end, _) = read_all(&log, applied);
    assert_eq!(entries, [batch(4), batch(5)]);
    release_until(&log, end, 0);
    append(&log, 6..7);
    assert_eq!(read_all(&log, end).0, [batch(6)]);
    stop(&log, writer);
}

#[test]
fn what_waits_for_a_disk_that_hangs_is_bounded() {
    let mut queue = Queue::default();
    let body = vec![b' '; 1 << 20];
    let entry = EntryRef::Batch { received: 0, skew: 0, refused: 0, counted_value: None, body: &body };
    let refused = (0..100).find_map(|_| queue.push(entry).err());
    assert_eq!(refused, Some(AppendError::Behind));
    assert!(queue.frames.len() as u64 <= MAX_QUEUED && queue.waiting.len() > 60);
}

#[test]
fn a_log_cut_at_any_byte_gives_the_whole_frames_before_and_takes_new_ones() {
    let whole = tempfile::tempdir().unwrap();
    let (log, writer) = open(whole.path(), &limits(1 << 20, 1 << 20), Position(0)).unwrap();
    append(&log, 0..5);
    stop(&log, writer);
    let name = segment::name(0);
    let bytes = std::fs::read(whole.path().join(&name)).unwrap();
    let frame = (bytes.len() - 24) / 5;
    for cut in 0..bytes.len() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(&name), &bytes[..cut]).unwrap();
        let (log, writer) = open(directory.path(), &limits(1 << 20, 1 << 20), Position(0)).unwrap();
        append(&log, 100..101);
        let kept = cut.saturating_sub(24) / frame;
        let (entries, _, skipped) = read_all(&log, Position(0));
        let expected: Vec<_> = (0..kept as u64).chain([100]).map(batch).collect();
        assert_eq!(entries, expected, "cut at {cut}");
        assert_eq!(skipped, if cut < 24 { 0 } else { (cut - 24 - kept * frame) as u64 }, "cut at {cut}");
        stop(&log, writer);
    }
}

#[test]
fn a_new_segment_never_takes_a_position_that_was_applied() {
    let directory = tempfile::tempdir().unwrap();
    let (log, writer) = open(directory.path(), &limits(1 << 20, 1 << 20), Position(5_000)).unwrap();
    append(&log, 0..1);
    let mut reader = log.reader(Position(5_000));
    let chunk = reader.next(1).unwrap().unwrap();
    assert!(chunk.entries[0].0 >= Position(5_000));
    stop(&log, writer);
}

#[test]
fn a_segment_of_a_newer_format_is_left_alone_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut header = frame::SEGMENT_MAGIC.to_vec();
    header[15] = 9;
    header.extend_from_slice(&[0; 8]);
    let path = directory.path().join(segment::name(0));
    std::fs::write(&path, &header).unwrap();
    let error = open(directory.path(), &limits(1, 1), Position(0)).unwrap_err();
    assert!(matches!(error, LogError::Newer { version: 9, .. }), "{error}");
    assert_eq!(std::fs::read(path).unwrap(), header);
}

#[test]
fn what_was_read_before_an_unreadable_segment_is_given_and_the_rest_once_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let (log, writer) = open(directory.path(), &limits(100, 1 << 20), Position(0)).unwrap();
    for number in 0..8 {
        append(&log, number..number + 1);
    }
    let second = segment::find(&Folder::make(directory.path()).unwrap()).unwrap()[1].base;
    let path = directory.path().join(segment::name(second));
    let hidden = directory.path().join("hidden");
    std::fs::rename(&path, &hidden).unwrap();
    let mut reader = log.reader(Position(0));
    let mut entries = reader.next(100).unwrap().unwrap().entries;
    assert!(reader.next(100).is_err());
    std::fs::rename(&hidden, &path).unwrap();
    entries.extend(reader.next(100).unwrap().unwrap().entries);
    assert_eq!(
        entries.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(),
        (0..8).map(batch).collect::<Vec<_>>()
    );
    stop(&log, writer);
}
