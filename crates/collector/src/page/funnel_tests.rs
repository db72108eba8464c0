//! Funnels and names that change, asked as a browser asks, over a real store.

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::retention;
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, manifest_text};

use aboveboard_store_sqlite::Expect;

use super::tests::TestPage;

const STARTED: &str = r#""name":"start-finished","fields":{"provider":"podman","extensions":["kind"]}"#;
const TRACKED: &str = r#""name":"console","session":"RUN","action":"table_tracked","route":"/data/:source""#;

/// A batch of so many days ago.
fn at(batch: u8, installation: u8, body: &'static str, days: i64) -> Sketch {
    let received = NOW - days * SECONDS_A_DAY;
    Sketch { received, ..Sketch::new(batch, installation, &[(body, 60)]) }
}

/// The manifest of the contract in its next revision.
fn revised(from: &str, to: &str) -> String {
    let text = manifest_text("quarry");
    assert!(text.contains(from), "{from}");
    text.replace("revision = 1\n", "revision = 2\n").replace(from, to)
}

/// With funnels at its end.
fn with_funnels(funnels: &str) -> String {
    revised("[events.start-finished]\n", &format!("{funnels}[events.start-finished]\n"))
}

fn funnel(steps: &str, within: &str) -> String {
    let why = "why = \"Where do people stop before they apply metadata?\"\n";
    format!("[funnels.first-apply]\nsteps = {steps}\nwithin = \"{within}\"\n{why}")
}

impl TestPage {
    fn revise(&self, manifest: &str) {
        self.known.push("quarry", manifest).unwrap();
    }

    /// What a column of the table says of each step.
    async fn steps(&self, column: &str, filters: &str) -> Vec<serde_json::Value> {
        let json = self.json(&format!("/api/tables/funnels.json?product=quarry{filters}")).await;
        json["rows"].as_array().unwrap().iter().map(|row| row[column].clone()).collect()
    }
}

/// Six command line programs: one did both on a day, one took four days, one six, one never went on, one began
/// yesterday, one went the other way round; and what two of them did in CI.
fn beginners() -> TestPage {
    let ci = |sketch: Sketch| Sketch { marks: "\"ci\"", ..sketch };
    TestPage::with(&[
        at(1, 1, SUCCESS, 20),
        at(2, 1, FAILURE, 20),
        at(3, 2, SUCCESS, 20),
        at(4, 2, SUCCESS, 18),
        at(5, 2, FAILURE, 16),
        at(6, 3, SUCCESS, 20),
        at(7, 3, FAILURE, 14),
        at(8, 4, SUCCESS, 20),
        at(9, 5, SUCCESS, 1),
        at(10, 6, FAILURE, 20),
        at(11, 6, SUCCESS, 19),
        ci(at(12, 7, SUCCESS, 20)),
        ci(at(13, 7, FAILURE, 20)),
    ])
}

#[tokio::test]
async fn a_funnel_counts_installations_by_the_day_in_order_and_within_its_days() {
    let served = beginners();
    served.revise(&with_funnels(&funnel(r#"["init", "metadata apply"]"#, "7d")));
    assert_eq!(served.steps("installations", "").await, [6, 3]);
    assert_eq!(served.steps("what", "").await, ["command:init", "command:metadata apply"]);
    assert_eq!(served.steps("of_first", "").await, [1.0, 0.5]);
    assert_eq!(served.steps("of_first_low", "").await[1], 0.1876);
    assert_eq!(served.steps("of_first_high", "").await[1], 0.8124);
    // Two stopped; who began yesterday has time.
    assert_eq!(served.steps("stopped", "").await, [2, 0]);
    assert_eq!(served.steps("has_time", "").await, [1, 0]);
    // 0, 4 and 6 days: the second installation is not said to have taken two.
    assert_eq!(served.steps("days_median", "").await, [serde_json::Value::Null, 4.into()]);
    assert_eq!(served.steps("days_p90", "").await[1], 6);
    // Context filters hold, and those of installations.
    assert_eq!(served.steps("installations", "&show=all").await, [7, 4]);
    assert_eq!(served.steps("installations", "&show=ci").await, [1, 1]);
    assert_eq!(served.steps("installations", "&version=9.9.9").await, [0, 0]);
    assert_eq!(served.steps("installations", "&unused=command:metadata%20apply").await, [2, 0]);
    // The window holds the first step; the others may be later.
    let of_one_day = format!("&days=1&until={}", crate::dates::iso(20_880));
    assert_eq!(served.steps("installations", &of_one_day).await, [4, 3]);
    served.revise(
        &with_funnels(&funnel(r#"["init", "metadata apply"]"#, "6d")).replace("revision = 2", "revision = 3"),
    );
    assert_eq!(served.steps("installations", "").await, [6, 2], "day 20 to day 14 are seven days");
    let csv = served.text("/api/tables/funnels.csv?product=quarry").await;
    assert!(csv.contains("first-apply") && csv.lines().count() == 3, "{csv}");
}

#[tokio::test]
async fn the_panel_says_where_people_stop_how_long_it_takes_and_why_it_is_asked() {
    let served = beginners();
    let page = served.text("/?product=quarry").await;
    assert!(!page.contains("id=\"funnels\""), "without a funnel there is no panel");
    let table = served.text("/?product=quarry&table=funnels").await;
    assert!(table.contains("The manifest declares no funnels."), "{table}");
    served.revise(&with_funnels(&funnel(r#"["init", "metadata apply"]"#, "7d")));
    let page = served.text("/?product=quarry").await;
    for words in [
        "First apply <span>within 7 days</span>",
        "Where do people stop before they apply metadata?",
        "50.0\u{a0}% of the first step (18.8\u{a0}% to 81.2\u{a0}%); half within 4 days, nine in ten within 6",
        "2 stopped here; 1 still has time",
        "href=\"./?product=quarry&#38;used=command%3Ainit\"",
        "6 starts",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_said_with_what_to_do_and_is_no_empty_chart() {
    let served = beginners();
    for (revision, steps, filters, words) in [
        (
            2,
            r#"["init", "event:gone"]"#,
            "",
            "`event:gone` is not declared, and nothing was ever recorded of it. Take it out",
        ),
        (3, r#"["init", "gone"]"#, "", "`gone` is the name of nothing that the newest manifest declares"),
        (4, r#"["table_tracked", "init"]"#, "", "Nothing was ever recorded of `table_tracked`."),
        (
            5,
            r#"["init", "metadata apply"]"#,
            "&until=2027-01-05&days=7",
            "Nothing was recorded of `init` in this window",
        ),
        (
            6,
            r#"["metadata apply", "init"]"#,
            "&days=1",
            "Nothing was recorded of `metadata apply` in this window",
        ),
    ] {
        let text =
            with_funnels(&funnel(steps, "7d")).replace("revision = 2", &format!("revision = {revision}"));
        served.revise(&text);
        for view in ["", "&table=funnels"] {
            let page = served.text(&format!("/?product=quarry{filters}{view}")).await;
            // Where nobody was there at all, the page says that instead.
            let nobody = view.is_empty() && page.contains("class=\"empty no-hits\"");
            assert!(nobody || page.contains(words), "{words}: {page}");
        }
    }
    // A command that a newer revision removed: what was recorded of it still counts.
    for (revision, step) in [(7, "command:metadata apply"), (8, "metadata apply")] {
        let text = with_funnels(&funnel(&format!("[\"init\", \"{step}\"]"), "7d"))
            .replace("revision = 2", &format!("revision = {revision}"))
            .replace("commands = [\"init\", \"metadata apply\"]", "commands = [\"init\"]");
        served.revise(&text);
        assert_eq!(served.steps("installations", "").await, [6, 3]);
        assert_eq!(served.steps("recorded", "").await[1], "not declared any more");
        let page = served.text("/?product=quarry").await;
        let words = format!("`{step}` is not declared any more: what is counted");
        assert!(page.contains(&words), "{words}: {page}");
    }
}

/// Everything that has a name under another one.
fn renamed() -> String {
    let mut text = manifest_text("quarry");
    for (from, to) in [
        ("revision = 1\n", "revision = 2\n"),
        ("\"events.start-finished\"", "\"events.ready\""),
        ("[counts.tables]\n", "[counts.relations]\nwas = [\"tables\"]\n"),
        (
            "by = [\"select\", \"insert\"]\n",
            "by = [\"read\", \"insert\"]\nby-was = { read = [\"select\"] }\n",
        ),
        (
            "commands = [\"init\", \"metadata apply\"]\n",
            "commands = [\"begin\", \"metadata push\"]\n\
             commands-was = { begin = [\"init\", \"start\"], \"metadata push\" = [\"metadata apply\"] }\n",
        ),
        (
            "routes = [\"/\", \"/data/:source\"]\n",
            "routes = [\"/\", \"/relations\"]\nroutes-was = { \"/relations\" = [\"/data/:source\"] }\n\
             actions-was = { relation_tracked = [\"table_tracked\"] }\n",
        ),
        ("table_tracked = \"data/trackTable\"", "relation_tracked = \"data/trackTable\""),
        ("[events.start-finished]\n", "[events.ready]\nwas = [\"start-finished\"]\n"),
        ("[events.start-finished.fields]\n", "[events.ready.fields]\n"),
        (
            "provider = { choice = [\"podman\", \"docker\"] }",
            "engine = { choice = [\"libpod\", \"docker\"], was = [\"provider\"], choice-was = { libpod = [\"podman\"] } }",
        ),
        (
            "extensions = { set = [\"compose\", \"kind\"] }",
            "extensions = { set = [\"compose\", \"cluster\"], set-was = { cluster = [\"kind\"] } }",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text + &funnel(r#"["begin", "metadata push"]"#, "7d")
}

#[tokio::test]
async fn what_was_recorded_under_old_names_is_told_by_the_new_ones_in_every_figure_and_filter() {
    let served = TestPage::with(&[
        at(1, 1, SUCCESS, 5),
        at(2, 1, FAILURE, 4),
        at(3, 2, REPORT, 3),
        at(4, 2, TRACKED, 3),
        at(5, 3, STARTED, 3),
    ]);
    served.revise(&renamed());
    let everything =
        async |table: &str| served.text(&format!("/api/tables/{table}.json?product=quarry")).await;
    for (table, new, old) in [
        ("commands", &["\"begin\"", "\"metadata push\""][..], &["\"init\"", "metadata apply"][..]),
        ("actions", &["relation_tracked"], &["table_tracked"]),
        ("routes", &["/relations"], &["/data/:source"]),
        (
            "events",
            &["ready", "engine", "libpod", "cluster"],
            &["start-finished", "provider", "podman", "\"kind\""],
        ),
        ("counts", &["relations", "\"read\""], &["\"tables\"", "\"select\""]),
        ("funnels", &["command:begin"], &["command:init"]),
    ] {
        let json = everything(table).await;
        assert!(new.iter().all(|name| json.contains(name)), "{table}: {json}");
        assert!(!old.iter().any(|name| json.contains(name)), "{table}: {json}");
    }
    assert_eq!(served.steps("installations", "").await, [1, 1]);
    // Filters by either name mean the same, and the page says the new one.
    let active = async |filters: &str| {
        let json = served.json(&format!("/api/tables/active.json?product=quarry{filters}")).await;
        json["rows"][2]["active"].as_u64().unwrap()
    };
    for (filters, expected) in [
        ("&used=command:init", 1),
        ("&used=command:begin", 1),
        ("&used=command:start", 1),
        ("&unused=command:begin", 2),
        ("&used=action:table_tracked", 1),
        ("&used=event:ready", 1),
        ("&size=tables:5-9", 1),
        ("&size=relations:5-9", 1),
        ("&size=permissions.select:1-", 1),
        ("&size=permissions.read:1-", 1),
    ] {
        assert_eq!(active(filters).await, expected, "{filters}");
    }
    let page = served.text("/?product=quarry&used=command:init").await;
    assert!(page.contains("Remove filter used begin"), "{page}");
}

#[tokio::test]
async fn what_retention_deleted_is_said_with_the_day_from_which_on_installations_count() {
    let served = TestPage::with(&[
        at(1, 1, SUCCESS, 40),
        at(2, 1, FAILURE, 39),
        at(3, 2, SUCCESS, 20),
        at(4, 2, FAILURE, 19),
    ]);
    served.revise(&with_funnels(&funnel(r#"["init", "metadata apply"]"#, "7d")));
    assert_eq!(served.steps("installations", "&days=90").await, [2, 2]);
    let mut store = aboveboard_store_sqlite::open(&served.path, Expect::Existing).unwrap();
    retention::run(&mut store, NOW, &aboveboard_store_contract::manifests()).unwrap();
    assert_eq!(served.steps("installations", "&days=90").await, [1, 1]);
    let page = served.text("/?product=quarry&days=90").await;
    let gone = NOW / SECONDS_A_DAY - 39;
    let [last, first] = [gone, gone + 1].map(|day| crate::dates::iso(i32::try_from(day).unwrap()));
    let words = format!(
        "Who did what up to {last} is deleted by now, as the retention says: installations are counted from {first} on."
    );
    assert!(page.contains(&words), "{words}: {page}");
    assert!(!served.text("/?product=quarry&days=30").await.contains("is deleted by now"));
}
