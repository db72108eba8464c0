//! Commands: ended, unfinished, still running, told once.

use super::*;
use crate::event::Ending;

fn commands(bodies: &[Vec<u8>]) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for body in bodies {
        let batch: crate::wire::Batch<'_> = serde_json::from_slice(body).unwrap();
        for event in &batch.events {
            let ending = match (event.error, event.unfinished) {
                (Some(false), None) => "success",
                (Some(true), None) => "error",
                (None, Some(true)) => "unfinished",
                other => panic!("{other:?}"),
            };
            all.push((event.command.as_ref().unwrap().to_string(), ending));
        }
    }
    all.sort();
    all
}

#[test]
fn a_command_is_told_by_its_ending_or_by_its_death_and_not_while_it_runs() {
    let room = Room::new();
    let recorder = room.recorder();
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    recorder.begin("init", NOW).unwrap().end(Ending::Error, None, None).unwrap();
    recorder.begin("metadata apply", NOW).unwrap().discard();
    let running = recorder.begin("metadata apply", NOW).unwrap();
    // As a dead process leaves it: the file is there, its lock is not.
    drop(recorder.begin("init", NOW).unwrap());
    assert_eq!(room.names("run-").len(), 2);

    let permit = sample::permit(&room.declaration, &room.places);
    let header = sample::header(Component::Cli);
    let preview = inspect::preview(Some(&permit), &room.declaration, Some(&room.places), &header, &[], NOW);
    let spool = room.spool();
    assert_eq!(spool.seal(NOW), 1);
    let bodies = deliver(&spool, NOW);
    assert_eq!(String::from_utf8_lossy(&bodies[0]), preview);
    let init = |ending| ("init".to_owned(), ending);
    assert_eq!(commands(&bodies), [init("error"), init("success"), init("unfinished")]);
    assert_eq!(room.names("run-").len(), 1);

    running.end(Ending::Success, None, None).unwrap();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)), [("metadata apply".to_owned(), "success")]);
    assert_eq!(room.names("run-").len(), 0);
}

#[test]
fn a_run_whose_closing_line_stands_is_not_told_again() {
    let room = Room::new();
    let recorder = room.recorder();
    let run = recorder.begin("init", NOW).unwrap();
    let name = room.names("run-")[0].clone();
    let opening = fs::read(room.path().join(&name)).unwrap();
    run.end(Ending::Success, None, None).unwrap();
    // Killed between the closing line and the removal of the file.
    fs::write(room.path().join(&name), &opening).unwrap();
    let spool = room.spool();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)).len(), 1);
    spool.seal(NOW);
    assert_eq!(deliver(&spool, NOW).len(), 0);

    // The same, and the process still lives while the batch is sealed and is killed then.
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    let closing = fs::read_to_string(room.path().join(&room.names("open-")[0])).unwrap();
    let run = closing.split("\"run\":\"").nth(1).unwrap()[..36].to_owned();
    let alive = room.path().join(format!("run-{run}"));
    fs::write(&alive, String::from_utf8(opening).unwrap()).unwrap();
    let lock = fs::File::open(&alive).unwrap();
    lock.lock().unwrap();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)).len(), 1);
    drop(lock);
    spool.seal(NOW);
    assert_eq!(deliver(&spool, NOW).len(), 0, "its file went before the batch was sealed");
}

#[test]
fn an_opening_line_that_was_never_finished_is_swept_away() {
    let room = Room::new();
    let spool = room.spool_after_first();
    let name = format!("run-{}", crate::identity::run_id().unwrap());
    for content in ["", "00000000 {", "garbage\n"] {
        fs::write(room.path().join(&name), content).unwrap();
        spool.seal(NOW);
        assert_eq!(room.names("run-").len(), 0, "{content:?}");
    }
    assert!(deliver(&spool, NOW).is_empty());
}
