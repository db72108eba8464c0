//! A power cut: what was not synced is gone, or half there. The collector is killed, and what the system had not made
//! durable by then is taken from its files in every way that a disk may.
//!
//! What is durable is known from the order of calls that
//! `faults.rs::the_receipt_is_written_after_the_sync_that_covers_its_batch` proves: the segments of the log, up to the
//! last acknowledgement, and the store as of its last checkpoint. The store's log of writes is not synced by a commit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Program, prepare};
use crate::test_collector::{batch, counted, exchange, metric, post_request, settled, until};

/// What a power cut leaves of a data directory.
type Cut = (&'static str, fn(&Path));

/// The ways of the store's log of writes, which no commit syncs.
const CUTS: [Cut; 7] = [
    ("all is there", |_| {}),
    ("no log of writes", |data| {
        fs::remove_file(wal(data)).unwrap();
    }),
    ("an empty log of writes", |data| shorten(&wal(data), |_| 0)),
    ("half of it", |data| shorten(&wal(data), |length| length / 2)),
    ("all but its last byte", |data| shorten(&wal(data), |length| length - 1)),
    ("its first page is zeros", |data| zero(&wal(data), 0)),
    ("its middle is zeros", |data| zero(&wal(data), fs::metadata(wal(data)).unwrap().len() / 2)),
];

/// The ways of the end of the ingest log behind what was acknowledged: a group that was being written.
const TAILS: [(&str, &[u8]); 4] = [
    ("nothing", b""),
    ("a beginning", &[0xab, 0x6f, 0x76, 0x01, 0xff]),
    ("zeros", &[0; 5_000]),
    ("a frame without its end", &[0xab, 0x6f, 0x76, 0x01, 0x00, 0x01, 0, 0, 1, 2, 3, 4, 1, 7, 7, 7]),
];

fn wal(data: &Path) -> PathBuf {
    data.join("store.sqlite-wal")
}

fn shorten(path: &Path, to: impl Fn(u64) -> u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(to(file.metadata().unwrap().len())).unwrap();
}

fn zero(path: &Path, from: u64) {
    use std::os::unix::fs::FileExt as _;
    fs::File::options().write(true).open(path).unwrap().write_all_at(&[0; 4096], from).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to)
        } else {
            drop(fs::copy(entry.path(), to))
        }
    }
}

#[test]
fn what_was_acknowledged_before_a_power_cut_is_counted_once_after_it() {
    const SENT: u64 = 60;
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nsegment = \"4KiB\"\nfree = \"0B\"\n");
    let program = Program::start(&config);
    for number in 0..SENT {
        assert_eq!(exchange(program.address, &post_request(&batch(number), "")).status, 202);
        // Some of them are applied in commits of their own, and some wait in the log.
        if number % 7 == 0 && number < SENT / 2 {
            settled(program.address);
        }
    }
    until(|| metric(program.address, "batches_applied_total") >= SENT / 2);
    program.kill();
    assert!(fs::metadata(wal(&data)).unwrap().len() > 8_192, "nothing was in the log of writes");
    let mut cases = 0;
    for (cut, apply) in CUTS {
        for (tail, bytes) in TAILS {
            let place = directory.path().join(format!("cut-{cases}"));
            let there = place.join("data");
            copy(&data, &there);
            // The index of the log of writes lives in memory and never outlives a power cut.
            let _ = fs::remove_file(there.join("store.sqlite-shm"));
            apply(&there);
            let mut segments: Vec<_> =
                fs::read_dir(there.join("log")).unwrap().map(|entry| entry.unwrap().path()).collect();
            segments.sort();
            let mut last = fs::File::options().append(true).open(segments.last().unwrap()).unwrap();
            std::io::Write::write_all(&mut last, bytes).unwrap();
            drop(last);
            let config = prepare(&place, &there, "[log]\nsegment = \"4KiB\"\nfree = \"0B\"\n");
            let program = Program::start(&config);
            settled(program.address);
            assert_eq!(counted(program.address), SENT, "{cut}, {tail} behind the log");
            for number in [0, SENT / 2, SENT - 1, SENT] {
                assert_eq!(exchange(program.address, &post_request(&batch(number), "")).status, 202);
            }
            settled(program.address);
            assert_eq!(counted(program.address), SENT + 1, "{cut}, {tail}: what is sent again is known");
            program.kill();
            fs::remove_dir_all(&place).unwrap();
            cases += 1;
        }
    }
    assert_eq!(cases, CUTS.len() * TAILS.len());
}
