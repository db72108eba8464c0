//! A paused item: nothing of it reaches the log or the store, senders learn it, and it holds after a restart.

use crate::program::{Program, prepare};
use crate::test_collector::{
    Answer, MANIFEST, batch, batch_of, counted, exchange, is_in_a_file, post_request, settled, until,
};

fn set(program: &Program, item: &str, paused: bool) -> Answer {
    let body = format!("{{\"product\":\"quarry\",\"item\":\"{item}\",\"paused\":{paused}}}");
    let request = format!(
        "POST /api/paused HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(program.address, request.as_bytes())
}

fn get(program: &Program, path: &str) -> String {
    exchange(program.address, format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).text()
}

#[test]
fn an_event_of_a_paused_item_is_neither_logged_nor_stored_and_its_sender_learns_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    let program = Program::start(&config);
    let unknown = set(&program, "command:nothing", true);
    assert!(unknown.status == 400 && unknown.text().contains("command:NAME"), "{}", unknown.text());
    assert_eq!(set(&program, "command:init", true).status, 200);
    // The run stands in the event alone.
    let run = |number: u64| format!("33333333-3333-4333-8333-{number:012x}");
    let answer = exchange(program.address, &post_request(&batch(1), ""));
    assert_eq!(answer.status, 202);
    let receipt: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(receipt["accepted"], 0);
    assert_eq!(receipt["rejected"][0]["position"], 0);
    assert_eq!(receipt["rejected"][0]["reason"], "paused");
    settled(program.address);
    assert_eq!(counted(program.address), 0);
    assert!(!is_in_a_file(&data, &run(1)), "a trace of the event is on the disk");
    assert!(get(&program, "/?product=quarry").contains("command:init of quarry is paused since"));
    program.terminate();
    // It holds after a restart, and other commands go on.
    let program = Program::start(&config);
    let other = String::from_utf8(batch(2)).unwrap().replace("\"init\"", "\"version\"");
    let both = [
        exchange(program.address, &post_request(&batch(3), "")),
        exchange(program.address, &post_request(other.as_bytes(), "")),
    ];
    assert!(both[0].text().contains("\"paused\"") && !both[1].text().contains("paused"), "{both:?}");
    until(|| counted(program.address) == 1);
    let listed: serde_json::Value = serde_json::from_str(&get(&program, "/api/paused")).unwrap();
    assert_eq!(
        (&listed["paused"][0]["item"], &listed["paused"][0]["left-out"]),
        (&"command:init".into(), &1.into())
    );
    assert_eq!(set(&program, "init", false).status, 200);
    assert_eq!(set(&program, "init", false).status, 400, "it is not paused any more");
    assert_eq!(exchange(program.address, &post_request(&batch(4), "")).status, 202);
    until(|| counted(program.address) == 2);
    program.terminate();
}

#[test]
fn a_paused_field_or_count_is_left_out_and_the_rest_of_its_event_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let program = Program::start(&prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n"));
    let report = |number: u64| {
        let body = String::from_utf8(batch_of("quarry", MANIFEST, number, number)).unwrap();
        let (head, tail) = body.split_once("\"events\":[").unwrap();
        let (_, after) = tail.split_once(']').unwrap();
        let time = crate::test_collector::now();
        let head = head.replace("\"component\":\"cli\"", "\"component\":\"server\"");
        format!(
            "{head}\"events\":[{{\"name\":\"report\",\"time\":{time},\"counts\":{{\"tables\":777677767}}}}]{after}"
        )
    };
    assert_eq!(set(&program, "count:tables", true).status, 200);
    let answer = exchange(program.address, &post_request(report(1).as_bytes(), ""));
    let receipt: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &receipt["accepted"]), (202, &1.into()), "{}", answer.text());
    assert!(!is_in_a_file(&data, "777677767"), "the paused count is on the disk");
    settled(program.address);
    assert_eq!(set(&program, "count:tables", false).status, 200);
    assert_eq!(exchange(program.address, &post_request(report(2).as_bytes(), "")).status, 202);
    assert!(is_in_a_file(&data, "777677767"), "this test can fail");
    program.terminate();
}

/// A batch with its proof of possession.
fn proved(number: u64) -> (Vec<u8>, String) {
    let body = batch(number);
    let line = aboveboard_testkit::sender::proof_line(&body);
    let proof = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    (body, proof)
}

#[test]
fn what_is_paused_at_rest_is_paused_in_an_import_too() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let config = prepare(directory.path(), &data, "[log]\nfree = \"0B\"\n");
    Program::start(&config).terminate();
    assert_eq!(
        aboveboard_collector::upkeep::pause(&data, "quarry", "init", true).unwrap().to_string(),
        "command:init"
    );
    let outcomes = aboveboard_collector::upkeep::import(&data, &[], &[proved(1)]).unwrap();
    assert!(format!("{outcomes:?}").contains("paused"), "{outcomes:?}");
    let closed = aboveboard_collector::upkeep::import(&data, &["quarry".to_owned()], &[proved(2)]).unwrap();
    assert!(format!("{closed:?}").contains("no longer collected"), "{closed:?}");
    assert_eq!(aboveboard_collector::upkeep::paused(&data).unwrap().len(), 1);
    let program = Program::start(&config);
    settled(program.address);
    assert_eq!(counted(program.address), 0);
    program.terminate();
}
