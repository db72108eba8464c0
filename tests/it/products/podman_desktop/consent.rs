//! The page of the first start, and the switch in the settings.

use serde_json::json;

use super::app::App;
use crate::products::profile::PODMAN_DESKTOP;
use crate::products::sent::batches;

/// What the first-run page offers.
const PAGE: &str = "[yes] [no] [skip]";

#[test]
fn row_09_a_first_run_page_that_is_skipped_or_closed_decides_nothing_and_comes_again() {
    let Some(app) = App::install() else { return };
    for clicks in ["", "skip\npage images\npodman start true\n", "YES\n", "page images\n"] {
        assert!(app.open(clicks).contains(PAGE), "{clicks:?}");
        assert!(app.is_silent(), "{clicks:?}: {:?}", app.machine.home.files());
        assert_eq!(app.telemetry(&["status", "--check"]).status.code(), Some(5), "{clicks:?}");
    }
}

#[test]
fn row_09_a_first_run_page_that_is_answered_does_not_come_again_and_only_a_yes_records() {
    let Some(app) = App::install() else { return };
    assert!(app.open("no\npodman start true\n").contains(PAGE));
    assert!(!app.open("podman start true\n").contains(PAGE));
    assert!(!app.machine.state(PODMAN_DESKTOP).exists() && app.machine.proxy.connections() == 0);

    let Some(app) = App::install() else { return };
    assert!(app.open("yes\npodman start true\n").contains(PAGE));
    assert!(!app.open("podman start true\n").contains(PAGE));
    assert_eq!(app.sent("started").len(), 2);
    // Each time it was started, an action ended, and it was closed.
    assert_eq!(app.machine.counted(PODMAN_DESKTOP, "app", 6), 6);
    let batch = &batches(&app.machine.state(PODMAN_DESKTOP))[0];
    assert!(!batch["marks"].to_string().contains("dev"), "a sealed release counts as one: {batch}");
    assert_eq!(batch["version"], "1.20.0");
    assert_eq!(batch["outcomes"], json!({}), "an app has no commands to miss");
}

#[test]
fn row_11_a_no_in_the_settings_deletes_all_and_a_later_yes_is_a_new_installation() {
    let Some(app) = App::install() else { return };
    app.open("yes\npodman start true\n");
    assert_eq!(app.sent("started").len(), 1);
    let state = app.machine.state(PODMAN_DESKTOP);
    let id = |place: usize| batches(&state)[place]["installation"].clone();
    let before = id(0);
    let requests = app.machine.proxy.connections();

    // What was recorded before the no, in the same window too, is not sent any more.
    app.open("podman start true\nsettings off\npodman start true\nkind leave checks\n");
    app.open("podman start true\n");
    assert_eq!(app.telemetry(&["send"]).status.code(), Some(3));
    assert_eq!(app.machine.proxy.connections(), requests, "zero requests follow");
    assert!(!state.exists(), "id, counters and spool are gone");

    app.open("settings on\n");
    app.open("podman start true\n");
    assert_eq!(app.sent("action-ended").len(), 1);
    assert_ne!(id(0), before);
}
