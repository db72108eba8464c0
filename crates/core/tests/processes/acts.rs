//! What a child does. Each line it prints is a promise.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use aboveboard_core::consent::Host;
use aboveboard_core::environment::Environment;
use aboveboard_core::identity::installation;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::outcome::{DropReason, Unrecorded};

use aboveboard_testkit::sample::{self, NOW};

pub(crate) fn perform(act: &str, directory: &Path, arguments: &[String]) {
    let declaration = sample::declaration();
    let places = sample::places(directory);
    let recorder = || {
        let permit = sample::permit(&declaration, &places);
        Recorder::open(permit, &declaration, &places, sample::header(Component::Cli))
    };
    match act {
        "first" | "record" => {
            for number in [3, 4] {
                recorder().record(&sample::event(number)).unwrap();
                confirm(&format!("recorded {number}"));
            }
        }
        "run" => {
            let run = recorder().begin("init", NOW).unwrap();
            confirm(&format!("begun {}", run.id()));
            let id = run.id();
            run.end(Ending::Error, None, None).unwrap();
            confirm(&format!("ended {id}"));
        }
        "seal" => {
            spool(directory).seal(NOW);
        }
        "deliver" => deliver(directory, NOW),
        // All of it: two events, a command, a batch. The number of the life is its time, in minutes.
        "life" => {
            let life: u64 = arguments.first().map_or(0, |life| life.parse().unwrap());
            recorder().record(&sample::event(2 * life)).unwrap();
            confirm(&format!("recorded {}", 2 * life));
            let run = recorder().begin("init", NOW).unwrap();
            confirm(&format!("begun {}", run.id()));
            recorder().record(&sample::event(2 * life + 1)).unwrap();
            confirm(&format!("recorded {}", 2 * life + 1));
            let id = run.id();
            run.end(Ending::Error, None, None).unwrap();
            confirm(&format!("ended {id}"));
            spool(directory).seal(NOW);
            deliver(directory, NOW + life * 61);
        }
        // From here on for races: all wait for the gate.
        "id" => {
            pass_gate(directory);
            let permit = sample::permit(&declaration, &places);
            confirm(&installation(&permit, &places).unwrap().id.to_string());
        }
        "record-many" => {
            pass_gate(directory);
            let first: u64 = arguments[0].parse().unwrap();
            let count: u64 = arguments[1].parse().unwrap();
            for number in first..first + count {
                match recorder().record(&sample::event(number)) {
                    Ok(_) => confirm(&format!("recorded {number}")),
                    Err(Unrecorded::Dropped(reason)) => confirm(&format!("dropped {}", reason.name())),
                    Err(other) => confirm(&format!("{other:?}")),
                }
            }
        }
        "courier" => {
            recorder();
            pass_gate(directory);
            for _ in 0..20 {
                spool(directory).seal(NOW);
                deliver(directory, NOW);
            }
        }
        // Holds the lock of a file until it is told to go.
        "hold" => {
            let file = File::open(directory.join("telemetry/spool").join(&arguments[0])).unwrap();
            file.lock().unwrap();
            confirm("held");
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        // Records for as long as it may.
        "persist" => {
            pass_gate(directory);
            let host = Host::default().flag(Some("true"));
            while let Some(permit) = sample::decision(&declaration, &places, &host).permit() {
                let _ = installation(&permit, &places);
                let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
                let _ = recorder.record(&sample::event(1));
                let _ = recorder.begin("init", NOW).map(|run| run.end(Ending::Success, None, None));
                recorder.dropped(DropReason::Expired, 1);
            }
        }
        "decide" => {
            let decision = sample::decision(&declaration, &places, &Host::default());
            confirm(&format!("{} {}", decision.mode.name(), decision.purges()));
        }
        "place" => {
            let places = Paths::of_user(&declaration, &Environment::process());
            confirm(if places.is_some() { "some" } else { "none" });
        }
        _ => panic!("{act}"),
    }
}

fn pass_gate(directory: &Path) {
    if let Ok(gate) = File::open(directory.join("gate")) {
        gate.lock_shared().unwrap();
    }
}

fn confirm(line: &str) {
    let mut out = std::io::stdout();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

pub(crate) fn spool(directory: &Path) -> Spool {
    let declaration = sample::declaration();
    let places = sample::places(directory);
    Spool::open(&sample::permit(&declaration, &places), &declaration, &places).unwrap()
}

/// Hands everything to a collector that keeps each arrival in a file of its own.
pub(crate) fn deliver(directory: &Path, now: u64) {
    let spool = spool(directory);
    for batch in spool.pending() {
        let Some(claimed) = spool.claim(batch, now) else { continue };
        let arrivals = directory.join("arrivals");
        let place = format!("{}.{}", std::process::id(), fs::read_dir(&arrivals).unwrap().count());
        fs::write(arrivals.join(format!("{place}-{batch}.passing")), &claimed.body).unwrap();
        let whole = arrivals.join(format!("{place}-{batch}"));
        fs::rename(arrivals.join(format!("{place}-{batch}.passing")), whole).unwrap();
        claimed.acknowledge(b"{}");
    }
}
