//! A data directory that is moved, removed or replaced under a running collector: nothing is acknowledged that nobody
//! would find, and what was acknowledged before is there.

use std::fs;
use std::path::Path;

use crate::program::{Program, prepare};
use crate::test_collector::{batch, counted, exchange, metric, post_request, settled, until};

/// What becomes of the directory, given its path.
type Loss = (&'static str, fn(&Path));

const LOSSES: [Loss; 6] = [
    ("moved", |data| fs::rename(data, data.with_file_name("moved")).unwrap()),
    ("removed", |data| fs::remove_dir_all(data).unwrap()),
    ("removed and made again", |data| {
        fs::remove_dir_all(data).unwrap();
        fs::create_dir_all(data.join("log")).unwrap();
    }),
    ("another in its place", |data| {
        fs::rename(data, data.with_file_name("moved")).unwrap();
        fs::create_dir_all(data.join("log")).unwrap();
    }),
    ("without its log", |data| fs::remove_dir_all(data.join("log")).unwrap()),
    ("with an empty log in place of its own", |data| {
        fs::rename(data.join("log"), data.join("log-moved")).unwrap();
        fs::create_dir(data.join("log")).unwrap();
    }),
];

fn status(program: &Program, number: u64) -> u16 {
    exchange(program.address, &post_request(&batch(number), "")).status
}

fn ready(program: &Program) -> u16 {
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    exchange(program.address, request).status
}

#[test]
fn nothing_is_acknowledged_into_a_directory_that_nobody_would_find() {
    for (loss, lose) in LOSSES {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let program = Program::start(&prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n"));
        assert_eq!(status(&program, 0), 202, "{loss}");
        assert_eq!(ready(&program), 200, "{loss}");
        settled(program.address);
        lose(&data);
        for number in 1..20 {
            assert_eq!(status(&program, number), 503, "{loss}: batch {number}");
        }
        until(|| ready(&program) == 503);
        until(|| metric(program.address, "data_directory_in_place") == 0);
        program.kill();
    }
}

#[test]
fn a_directory_that_comes_back_is_used_again_and_everything_acknowledged_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let away = directory.path().join("away");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let program = Program::start(&config);
    assert_eq!(status(&program, 0), 202);
    settled(program.address);
    fs::rename(&data, &away).unwrap();
    until(|| ready(&program) == 503);
    assert_eq!(status(&program, 1), 503);
    fs::rename(&away, &data).unwrap();
    until(|| ready(&program) == 200);
    until(|| metric(program.address, "data_directory_in_place") == 1);
    assert_eq!(status(&program, 1), 202);
    settled(program.address);
    assert_eq!(counted(program.address), 2);
    program.kill();
    let program = Program::start(&config);
    settled(program.address);
    assert_eq!(counted(program.address), 2);
    program.terminate();
}

#[test]
fn a_segment_that_is_removed_takes_no_more_acknowledgements_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let program = Program::start(&config);
    assert_eq!(status(&program, 0), 202);
    settled(program.address);
    for segment in fs::read_dir(data.join("log")).unwrap() {
        fs::remove_file(segment.unwrap().path()).unwrap();
    }
    assert_eq!(status(&program, 1), 503, "it would have been gone");
    assert_eq!(status(&program, 1), 202, "in a segment of its own");
    settled(program.address);
    assert_eq!(counted(program.address), 2);
    program.terminate();
}
