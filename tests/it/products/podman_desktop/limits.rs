//! Repeats, days and shares.

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::process::Stdio;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use harness::clock::Clock;
use harness::until;
use serde_json::Value;

use super::app::App;
use crate::products::profile::PODMAN_DESKTOP;
use crate::products::sent::events;

#[test]
fn row_13_a_thousand_repeats_within_ten_seconds_are_one_event_with_its_count() {
    let Some(app) = App::install() else { return };
    assert!(app.telemetry(&["on"]).status.success());
    let began = Instant::now();
    let mut open = app.app().stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the app opens");
    let mut person = open.stdin.take().expect("its input");
    let clicks = format!("{}kind leave done\n", "podman restart\n".repeat(1_000));
    person.write_all(clicks.as_bytes()).expect("the app reads");
    // The app stays open: what it has not handed over when it closes is lost.
    until("the last click", || (app.next("onboarding-ended") == 1).then_some(()));
    drop(person);
    assert!(open.wait().expect("the app closes").success());
    app.machine.home.await_end_of_programs();
    let windows = began.elapsed().as_secs() / 10 + 1;
    let ended = app.sent("action-ended");
    let times: Vec<u64> = ended.iter().map(|event| event["times"].as_u64().unwrap_or(1)).collect();
    assert_eq!(times.iter().sum::<u64>(), 1_000, "{times:?}");
    assert!(times.len() as u64 <= windows, "{times:?} in {windows} windows");
    // What a folded event stands for is counted: started, the restarts, the last click, stopped.
    assert_eq!(app.machine.counted(PODMAN_DESKTOP, "app", 1_003), 1_003);
}

#[test]
fn row_13_an_event_that_is_daily_is_recorded_once_a_day() {
    const DAY: i64 = 86_400;
    let Some(app) = App::install() else { return };
    let clock = Clock::new();
    // Noon, so that no midnight comes between.
    let today = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_secs();
    let noon = DAY / 2 - i64::try_from(today).expect("a date") % DAY;
    for (day, clicks) in [(-2, "yes\n"), (-2, ""), (-1, "")] {
        clock.set(noon + day * DAY, 0);
        let clicks =
            format!("{clicks}podman connect 5.2.1 3 4\nkind leave done\npodman connect 5.3.0 70 4\n");
        app.open_as(app.app().envs(clock.variables()), &clicks);
    }
    let connected = app.sent("engine-connected");
    let versions: Vec<&Value> = connected.iter().map(|event| &event["fields"]["version"]).collect();
    assert_eq!(versions, ["5.2.1", "5.2.1"], "the first of each day");
    assert_eq!(connected[0]["fields"]["containers"], 1, "3 lie between 1 and 5");
    assert_eq!(events(&app.machine.state(PODMAN_DESKTOP), "onboarding-ended").len(), 3);
}

#[test]
fn row_13_a_tenth_of_the_installations_record_a_sampled_event_and_stay_the_same() {
    const INSTALLATIONS: u64 = 30;
    let Some(mut app) = App::install() else { return };
    // The share goes by the id at the endpoint: one that is the same in each run of this test.
    app.machine.home.set("PODMAN_DESKTOP_TELEMETRY_ENDPOINT", "http://127.0.0.1:9");
    assert!(app.telemetry(&["on"]).status.success());
    let sampled: Vec<u64> = (0..INSTALLATIONS).filter(|number| pages_shown(&app, *number, 1) == 1).collect();
    assert!((1..=7).contains(&sampled.len()), "{sampled:?} of {INSTALLATIONS}");
    for number in sampled.iter().copied().chain(0..4) {
        let expected = if sampled.contains(&number) { 3 } else { 0 };
        assert_eq!(
            pages_shown(&app, number, 3),
            expected,
            "an installation is in the share or not: {number}"
        );
    }
}

/// Opens so many pages as an installation of its own, and returns how many the next batch tells of.
fn pages_shown(app: &App, installation: u64, pages: usize) -> u64 {
    let state = app.machine.state(PODMAN_DESKTOP);
    let _ = std::fs::remove_dir_all(&state);
    DirBuilder::new().recursive(true).mode(0o700).create(&state).expect("its state");
    // Any secret will do, as long as each run of the test has the same.
    let secret = format!("{:064x}\n", installation.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let file = File::options().write(true).create_new(true).mode(0o600).open(state.join("secret"));
    file.and_then(|mut file| file.write_all(secret.as_bytes())).expect("a secret");
    app.open(&"page images\n".repeat(pages));
    app.next("page-shown")
}
