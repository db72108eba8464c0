//! What the page says of numbers and their changes, over a real store.

use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::context::ContextFilter;
use aboveboard_store::figures::{Answers, InstallationFilter, Question};
use aboveboard_store::read::{Days, StoreReader};
use aboveboard_store_contract::{FAILURE, NOW, SUCCESS, Sketch};
use aboveboard_store_sqlite::SqliteReader;
use serde_json::{Value, json};

use super::tests::TestPage;

/// The command that [`FAILURE`] runs, when it ends well.
const WELL: &str = r#""name":"command","command":"metadata apply","run":"RUN","error":false"#;

/// A batch that arrives so many days ago, of events recorded just before.
fn days_ago(days: i64, batch: u8, installation: u8, events: &[(&'static str, i64)]) -> Sketch {
    Sketch { received: NOW - days * SECONDS_A_DAY, ..Sketch::new(batch, installation, events) }
}

/// Forty installations, known from before, that run a command once a week, on the weekday of yesterday, for five weeks. It fails for
/// four of them, and in the last week for so many.
fn weeks(failing: u8) -> TestPage {
    let mut sketches: Vec<_> =
        (1..=40).map(|number| days_ago(40, 200 + number, number, &[(SUCCESS, 5)])).collect();
    for week in (0..5_u8).rev() {
        for number in 1..=40 {
            let fails = number <= if week == 0 { failing } else { 4 };
            let event = if fails { FAILURE } else { WELL };
            sketches.push(days_ago(1 + 7 * i64::from(week), week * 40 + number, number, &[(event, 5)]));
        }
    }
    TestPage::with(&sketches)
}

async fn rows(served: &TestPage, table: &str) -> Vec<Value> {
    let json = served.json(&format!("/api/tables/{table}.json?product=quarry")).await;
    json["rows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_command_that_fails_for_more_installations_is_named_with_the_numbers() {
    let served = weeks(32);
    let said = rows(&served, "changes").await;
    let expected = json!({
        "kind": "bad", "since": "yesterday", "until": "2027-03-22", "now": 32, "of": 40, "before": 16, "of_before": 160,
        "what": "“metadata apply” fails for 32 of 40 installations (80.0\u{a0}%); 10.0\u{a0}% on the same weekday of the four weeks \
                 before.",
    });
    assert_eq!(said, [expected]);
    for window in ["&days=1", "&days=90", "&until=2027-03-01", "&compare=before"] {
        let json = served.json(&format!("/api/tables/changes.json?product=quarry{window}")).await;
        assert_eq!(json["rows"].as_array().unwrap(), &said, "{window}");
    }
}

#[tokio::test]
async fn where_nothing_changed_the_page_says_what_was_compared() {
    let served = weeks(5);
    assert_eq!(rows(&served, "changes").await, [] as [Value; 0]);
    let page = served.text("/?product=quarry").await;
    assert!(
        page.contains("Nothing left its usual range: neither Monday, 22 March 2027, beside the same weekday"),
        "{page}"
    );
    let young = TestPage::with(&[days_ago(3, 1, 1, &[(SUCCESS, 5)])]);
    let page = young.text("/?product=quarry").await;
    assert!(
        page.contains("There is not enough history yet: what changed is told from Sunday, 11 April 2027 on"),
        "{page}"
    );
}

#[tokio::test]
async fn one_machine_that_fails_all_day_is_one_installation() {
    let mut sketches: Vec<Sketch> =
        (1..=30).map(|number| days_ago(1, number, number, &[(WELL, 5)])).collect();
    for batch in 31..=60 {
        sketches.push(days_ago(1, batch, 31, &[(FAILURE, 5), (FAILURE, 6), (FAILURE, 7)]));
    }
    let served = TestPage::with(&sketches);
    let [row] = &rows(&served, "commands").await[..] else { panic!("one command") };
    assert_eq!((&row["runs"], &row["errors"]), (&json!(120), &json!(90)));
    assert_eq!((&row["installations"], &row["failed_installations"]), (&json!(31), &json!(1)));
    assert_eq!((&row["error_rate"], &row["error_high"]), (&json!(0.0323), &json!(0.1619)));
}

#[tokio::test]
async fn whole_weeks_stand_beside_whole_weeks_and_the_running_day_apart() {
    // One more installation each day makes the data begin with these four.
    let mut sketches: Vec<_> = (60..64).map(|number| days_ago(90, number, number, &[(SUCCESS, 5)])).collect();
    // One more each day: the first 30 days ago, the last today.
    sketches.extend(
        (0..=30).map(|number| days_ago(30 - i64::from(number), number + 1, number + 1, &[(SUCCESS, 5)])),
    );
    let served = TestPage::with(&sketches);
    let active = rows(&served, "active").await;
    let numbers = |row: &Value| ["active", "before", "new", "gone"].map(|key| row[key].clone());
    assert_eq!(numbers(&active[0]), [json!(1), json!(null), json!(1), json!(null)]);
    assert_eq!(numbers(&active[1]), [json!(7), json!(7), json!(7), json!(7)]);
    assert_eq!(numbers(&active[2]), [json!(28), json!(2), json!(28), json!(2)]);
    let headline = rows(&served, "headline").await;
    let numbers = |row: &Value| ["number", "now", "of", "before"].map(|key| row[key].clone());
    assert_eq!(numbers(&headline[0]), [json!("active-28"), json!(28), json!(null), json!(2)]);
    assert_eq!(numbers(&headline[1]), [json!("active-7"), json!(7), json!(null), json!(7)]);
    assert_eq!(numbers(&headline[2]), [json!("new-28"), json!(28), json!(null), json!(2)]);
    assert_eq!(numbers(&headline[3]), [json!("failing-7"), json!(0), json!(7), json!(0)]);
    assert_eq!(headline[4]["until"], "12:00 UTC");
    let series = async |chart: &str| {
        let json = served.json(&format!("/api/tables/series.json?product=quarry&days=7&chart={chart}")).await;
        let rows = json["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| [row["now"].clone(), row["before"].clone()]).collect::<Vec<_>>()
    };
    assert_eq!(series("").await[..2], [[json!(1), json!(1)], [json!(1), json!(1)]]);
    assert_eq!(series("active-28").await[..2], [[json!(null), json!(24)], [json!(28), json!(23)]]);
    assert_eq!(series("active-7").await[1], [json!(7), json!(7)]);
    let young = TestPage::with(&[days_ago(20, 1, 1, &[(SUCCESS, 5)])]);
    let active = rows(&young, "active").await;
    assert_eq!(
        [&active[1]["before"], &active[2]["before"]],
        [&json!(0), &json!(null)],
        "it does not reach back"
    );
}

#[tokio::test]
async fn nothing_is_set_beside_what_lies_before_the_data_begins_though_a_few_tried_it_early() {
    let mut sketches: Vec<_> =
        (1..=5).map(|number| days_ago(20 * i64::from(number), number, 1, &[(WELL, 5)])).collect();
    sketches.extend((30..80).map(|number| days_ago(40, number, number, &[(WELL, 5)])));
    sketches.extend((30..80).map(|number| days_ago(10, 100 + number, number, &[(WELL, 5)])));
    let served = TestPage::with(&sketches);
    let headline = rows(&served, "headline").await;
    let before = |at: usize| headline[at]["before"].clone();
    assert_eq!(
        [before(0), before(1), before(2)],
        [json!(null), json!(50), json!(null)],
        "the bulk comes forty days ago, within the four weeks before the last four"
    );
    let page = served.text("/?product=quarry").await;
    assert!(page.contains("not compared: the data begins on 11 Feb"), "{page}");
    assert!(page.contains("and everybody was new"), "{page}");
    let release = rows(&served, "releases").await;
    assert_eq!(
        release[1]["newest"],
        json!(null),
        "how fast a version spread that was there then is not known"
    );
}

#[tokio::test]
async fn the_newest_release_stands_beside_the_one_before_it() {
    let newest = |batch: u8, sketch: Sketch| Sketch { version: "1.3.0", batch, ..sketch };
    let mut sketches: Vec<_> =
        (1..=80).map(|number| days_ago(20, 140 + number, number, &[(SUCCESS, 5)])).collect();
    // What is made up in an evening is not the newest.
    sketches.extend(
        (221..=250)
            .map(|number| Sketch { version: "99.0.0", ..days_ago(1, number, number, &[(FAILURE, 5)]) }),
    );
    sketches.extend((1..=40).map(|number| days_ago(3, number, number, &[(WELL, 5)])));
    // A pre-release that many try is not the newest.
    sketches.extend(
        (1..=30).map(|number| Sketch {
            version: "1.4.0-rc",
            ..days_ago(2, 100 + number, number, &[(SUCCESS, 5)])
        }),
    );
    sketches.extend((1..=30).map(|number| {
        let event = if number <= 25 { FAILURE } else { WELL };
        newest(50 + number, days_ago(1, 0, 50 + number, &[(event, 5)]))
    }));
    let served = TestPage::with(&sketches);
    let json = served.json("/api/tables/releases.json?product=quarry").await;
    let titles: Vec<_> = json["columns"].as_array().unwrap().iter().map(|column| &column["title"]).collect();
    assert_eq!((titles[2], titles[6]), (&json!("1.3.0"), &json!("1.2.3")));
    let rows = json["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["newest"], &rows[0]["newest_n"]), (&json!(0.4286), &json!(70)), "{rows:?}");
    assert_eq!(rows[1]["newest"], 0, "on its first day all had it");
    let failing = &rows[2];
    assert_eq!(
        ["what", "newest", "newest_n", "before", "before_n", "verdict"].map(|key| failing[key].clone()),
        [
            json!("Installations with a failed command, last 7 days"),
            json!(0.8333),
            json!(30),
            json!(0.0),
            json!(40),
            json!("worse")
        ]
    );
    assert_eq!(rows[3]["verdict"], "cannot tell");
    let few = TestPage::new().json("/api/tables/releases.json?product=quarry").await;
    assert_eq!(few["rows"], json!([]));
    assert!(few["note"].as_str().unwrap().starts_with("No release was run by 20 verified installations"));
}

#[tokio::test]
async fn what_could_be_said_on_a_day_is_the_same_whenever_it_is_asked() {
    let served = weeks(32);
    let reader: std::sync::Arc<dyn StoreReader> =
        std::sync::Arc::new(SqliteReader::open(&served.path).unwrap());
    let day = day_of(NOW);
    let said = |today: Day, length: Day| {
        let question = Question {
            product: "quarry".to_owned(),
            days: Days { first: today - length, last: today },
            today,
            hour: 3,
            contexts: ContextFilter::default(),
            installations: InstallationFilter::default(),
        };
        reader.ask(|snapshot| Answers::new(snapshot, &question, None).changes_as_of(day)).unwrap()
    };
    let first = said(day, 7);
    assert_eq!(first.found.len(), 1);
    assert_eq!([said(day + 6, 30), said(day + 20, 365)], [first.clone(), first]);
}
