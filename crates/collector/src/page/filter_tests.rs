//! Filters, comparison and the funnel, asked as a browser asks.

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SMALLER, SUCCESS, Sketch};

use super::tests::TestPage;

const STARTED: &str = r#""name":"start-finished","fields":{"provider":"podman","extensions":[]}"#;
const ACTION: &str = r#""name":"console","session":"RUN","action":"table_tracked","route":"/data/:source""#;

/// Two servers of different size, three CLIs that did different things, a console, an app.
fn few_installations() -> TestPage {
    let newer = Sketch { version: "1.3.0", ..Sketch::new(5, 5, &[(SUCCESS, 5), (FAILURE, 6)]) };
    TestPage::with(&[
        Sketch::new(1, 1, &[(REPORT, 5)]),
        Sketch::new(2, 2, &[(SMALLER, 5)]),
        Sketch::new(3, 3, &[(SUCCESS, 5), (SUCCESS, 9 * SECONDS_A_DAY)]),
        Sketch::new(4, 4, &[(FAILURE, 5)]),
        newer,
        Sketch::new(6, 1, &[(ACTION, 5)]),
        Sketch::new(7, 6, &[(STARTED, 5)]),
    ])
}

async fn active(served: &TestPage, filters: &str) -> u64 {
    let json = served.json(&format!("/api/tables/active.json?product=quarry{filters}")).await;
    json["rows"][0]["active"].as_u64().unwrap()
}

#[tokio::test]
async fn size_and_use_choose_installations_alone_and_together() {
    let served = few_installations();
    for (filters, expected) in [
        ("", 6),
        ("&size=tables:1-9", 2),
        ("&size=tables:5-9", 1),
        ("&size=tables:10-", 0),
        ("&size=permissions.select:1-", 1),
        ("&size=tables:1-9&size=permissions.select:1-", 1),
        ("&size=nothing:0-", 0),
        ("&used=command:init", 2),
        ("&used=command:metadata%20apply", 2),
        ("&used=command:init&used=command:metadata%20apply", 1),
        ("&used=command:init&unused=command:metadata%20apply", 1),
        ("&unused=command:init", 4),
        ("&used=action:table_tracked", 1),
        ("&used=event:start-finished", 1),
        ("&used=event:nothing", 0),
        ("&unused=event:nothing", 6),
        ("&used=action:table_tracked&size=tables:5-9", 1),
        ("&used=command:init&version=1.3.0", 1),
        ("&used=command:init&component=server", 0),
        // Nine days ago only one had used it.
        ("&used=command:init&until=2027-03-14", 1),
        ("&unused=command:init&until=2027-03-14", 0),
    ] {
        assert_eq!(active(&served, filters).await, expected, "{filters}");
    }
}

#[tokio::test]
async fn every_figure_in_installations_follows_size_and_use_and_the_others_say_that_they_do_not() {
    let served = few_installations();
    let filters = "product=quarry&used=command:init&unused=command:metadata%20apply";
    let rows = async |table: &str| {
        let json = served.json(&format!("/api/tables/{table}.json?{filters}")).await;
        (json["narrowed"].as_bool().unwrap(), json["rows"].as_array().unwrap().clone())
    };
    for (table, key, expected) in [("versions", "installations", 1), ("platforms", "installations", 1)] {
        let (narrowed, rows) = rows(table).await;
        assert!(narrowed);
        assert_eq!((rows.len(), &rows[0][key]), (1, &expected.into()), "{table}");
    }
    assert_eq!(rows("activity").await.1[0]["active"], 1);
    let (narrowed, commands) = rows("commands").await;
    assert!(narrowed);
    let ran: Vec<_> =
        commands.iter().map(|row| (row["runs"].as_u64(), row["installations"].as_u64())).collect();
    assert_eq!(ran.len(), 2, "runs are kept without their installation");
    assert_eq!((ran[0].1, ran[1].1), (Some(1), Some(0)));
    assert!(commands[1]["error_rate"].is_null(), "of none there is no share: {commands:?}");
    let page = served.text(&format!("/?{filters}")).await;
    let notices = page.matches("Size and use do not reach this panel").count();
    assert_eq!(notices, 5, "timings, actions, routes, events, quality");
    assert!(page.contains("Size and use do not reach the numbers of runs"));
    assert!(
        page.contains("Remove filter used init") && page.contains("Remove filter did not use metadata apply")
    );
    let sizes = served.json("/api/tables/counts.json?product=quarry&size=tables:5-9").await;
    let band = sizes["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["count"] == "tables" && row["band"] == "1–9")
        .unwrap();
    assert_eq!((&band["installations"], &band["total"]), (&1.into(), &7.into()));
}

#[tokio::test]
async fn a_click_on_a_row_is_a_filter_and_the_chip_takes_it_away() {
    let served = few_installations();
    let page = served.text("/?product=quarry&table=commands").await;
    assert!(page.contains("href=\"./?product=quarry&#38;used=command%3Ainit\""), "{page}");
    let page = served.text("/?product=quarry&used=command%3Ainit&days=7").await;
    assert!(
        page.contains("href=\"./?product=quarry&#38;days=7\" aria-label=\"Remove filter used init\""),
        "{page}"
    );
    assert!(page.contains("href=\"./?product=quarry&#38;unused=command%3Ainit&#38;days=7\""), "the opposite");
    assert!(
        page.contains("<input type=\"hidden\" name=\"used\" value=\"command:init\">"),
        "the form keeps it"
    );
    let page = served.text("/?product=quarry&unused=command%3Ainit&days=7").await;
    assert!(
        page.contains(
            "href=\"./?product=quarry&#38;size=tables%3A1-9&#38;unused=command%3Ainit&#38;days=7\""
        )
    );
}

#[tokio::test]
async fn the_previous_window_stands_beside_each_figure() {
    let served = few_installations();
    let address = |table: &str| format!("/api/tables/{table}.json?product=quarry&days=7&compare=before");
    let commands = served.json(&address("commands")).await;
    let init =
        &commands["rows"].as_array().unwrap().iter().find(|row| row["command"] == "init").unwrap().clone();
    assert_eq!(
        (&init["runs"], &init["runs_before"], &init["runs_change"]),
        (&2.into(), &1.into(), &1.0.into())
    );
    let apply = &commands["rows"].as_array().unwrap()[1];
    assert_eq!((&apply["runs_before"], &apply["runs_change"]), (&0.into(), &serde_json::Value::Null));
    let versions = served.json(&address("versions")).await;
    assert_eq!(versions["rows"][0]["version"], "1.2.3", "the largest first");
    assert_eq!(versions["rows"][0]["installations_before"], 1);
    let page = served.text("/?product=quarry&days=7&compare=before").await;
    assert!(page.contains("Runs before") || page.contains("Change"));
    assert!(page.contains("Not compared: only the last report"));
    assert!(page.contains("4 runs (1 before, +300"), "{page}");
}

#[tokio::test]
async fn the_funnel_follows_installations_by_day_from_the_first_report_on() {
    let ago = |days: i64| days * SECONDS_A_DAY + 60;
    let at = |batch: u8, installation: u8, body: &'static str, days: i64| Sketch {
        received: NOW - ago(days) + 120,
        ..Sketch::new(batch, installation, &[(body, 120)])
    };
    let served = TestPage::with(&[
        // First seen 20 days ago, successful the next day, there again nine days after the first.
        at(1, 1, FAILURE, 20),
        at(2, 1, SUCCESS, 19),
        at(3, 1, FAILURE, 11),
        // Successful too, not seen again in its second week, but later.
        at(4, 2, SUCCESS, 20),
        at(5, 2, SUCCESS, 3),
        // Never successful.
        at(6, 3, FAILURE, 20),
        at(7, 3, FAILURE, 10),
        // Too young to tell.
        at(8, 4, SUCCESS, 5),
    ]);
    let steps = async |filters: &str| -> Vec<u64> {
        let json = served.json(&format!("/api/tables/funnel.json?product=quarry&show=all{filters}")).await;
        json["rows"].as_array().unwrap().iter().map(|row| row["installations"].as_u64().unwrap()).collect()
    };
    assert_eq!(steps("").await, [3, 2, 1]);
    assert_eq!(steps("&used=command:init").await, [2, 2, 1]);
    assert_eq!(steps("&days=1").await, [3, 2, 1], "a week at least");
    assert_eq!(steps("&days=7&until=2027-03-12").await, [0, 0, 0], "nobody was first seen then");
}

#[tokio::test]
async fn beside_every_panel_stand_its_reason_its_owner_and_its_end() {
    let page = few_installations().text("/?product=quarry").await;
    let panels = page.matches("<section class=\"box").count();
    assert_eq!(panels, 14, "the numbers and the chart among them");
    let (_, quiet) = page.split_once("<p class=\"quiet\"").unwrap();
    let (quiet, _) = quiet.split_once("</p>").unwrap();
    assert_eq!(quiet.matches("<a href").count(), 2, "and of two there is nothing: {quiet}");
    assert!(quiet.contains("Nothing in these 30 days: "), "{quiet}");
    assert_eq!(
        page.matches("team@quarry.example, collected until 2028-11-01").count(),
        2,
        "the counts together, an event"
    );
    assert_eq!(
        page.matches("team@quarry.example, collected with no end date").count(),
        3,
        "commands, actions, routes"
    );
    assert_eq!(page.matches("The Quarry project, Berlin, kept for 30 days").count(), panels - 5);
    assert_eq!(
        page.matches("Why this is collected").count(),
        panels - 2,
        "counts and events say it beside each"
    );
}

#[tokio::test]
async fn new_installations_are_said_to_be_unverified_and_stay_in_the_figures() {
    let served = few_installations();
    let quality = served.json("/api/tables/quality.json?product=quarry").await;
    let row = quality["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["what"] == "Installations not yet verified");
    assert_eq!(row.unwrap()["times"], 6, "also the one that claims to have been here nine days ago");
    let page = served.text("/?product=quarry").await;
    assert!(page.contains("6 of 6 installations in the window are new and not yet verified"), "{page}");
}

#[tokio::test]
async fn the_largest_version_is_shown_first_and_what_is_folded_in_one_row() {
    let sketch = |at: u8, version: &'static str| Sketch { version, ..Sketch::new(at, at, &[(SUCCESS, 5)]) };
    let mut sketches: Vec<Sketch> = (20..25).map(|at| sketch(at, "2.4.0")).collect();
    let others = ["3.0.0", "3.0.1", "3.0.2", "3.0.3", "3.0.4", "3.0.5", "3.0.6", "3.0.7", "3.0.8"];
    sketches.extend((1..).zip(others).map(|(at, version)| sketch(at, version)));
    let page = TestPage::with(&sketches).text("/?product=quarry").await;
    let panel = &page[page.find("id=\"versions\"").unwrap()..];
    let panel = &panel[..panel.find("</section>").unwrap()];
    let rows: Vec<&str> = panel.split("<th scope=\"row\">").skip(1).collect();
    assert!(rows[0].contains(">2.4.0</a>") && rows[0].contains(">5</td>"), "{panel}");
    assert_eq!(rows.len(), 9, "the eight largest and the others");
    assert!(rows[8].contains("2 others") && rows[8].contains(">2</td>"), "{panel}");
    assert!(panel.contains("</svg>2.4.0</span>"), "the legend has the versions of the table");
}

const MEASURED: &str =
    r#""name":"start-finished","fields":{"status":404,"took":30000,"memory":30,"retries":30}"#;

#[tokio::test]
async fn codes_edges_and_durations_are_shown_as_they_are_and_counts_by_their_step() {
    let served = TestPage::with(&[Sketch::new(1, 1, &[(MEASURED, 5)])]);
    let json = served.json("/api/tables/events.json?product=quarry").await;
    assert_eq!(json["columns"][2], serde_json::json!({"key": "value", "title": "Value"}));
    let value = |field: &str| {
        let rows = json["rows"].as_array().unwrap();
        rows.iter().find(|row| row["field"] == field).unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        ["status", "took", "memory", "retries"].map(value),
        ["404", "30 s to 2 min", "30+", "20–49"],
        "a status is no step, and an edge no other edge"
    );
    let page = served.text("/?product=quarry").await;
    for words in ["How starting went", "Where do starts fail?", "Memory, GiB", "HTTP status", "30 s to 2 min"]
    {
        assert!(page.contains(words), "{words}");
    }
}
