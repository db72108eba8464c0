//! The page and its tables, asked as a browser asks, over a real store.

use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, placed};
use aboveboard_store_sqlite::{Expect, SqliteReader};
use axum::Extension;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, header};
use http_body_util::BodyExt as _;
use tokio::sync::broadcast;
use tower_service::Service as _;

use super::panels::PANELS;
use super::*;
use crate::access::{Access, Scope};
use crate::awaited::{Awaited, Voice};
use crate::clock::ClockGuard;
use crate::live::Live;
use crate::manifests::{Manifests, of_the_contract};

/// A page over a small store. Two installations of released builds, one synthetic and of a coding agent.
pub(super) struct TestPage {
    _directory: tempfile::TempDir,
    _manifests: tempfile::TempDir,
    live: broadcast::Sender<Live>,
    pub(super) known: Manifests,
    pub(super) path: std::path::PathBuf,
    waiting: std::sync::Arc<tokio::sync::Semaphore>,
    router: Router,
}

impl TestPage {
    pub(super) fn new() -> Self {
        Self::with(&[
            Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 3600), (SUCCESS, 2 * 86_400)]),
            Sketch::new(2, 2, &[(REPORT, 5)]),
            Sketch { marks: "\"synthetic\",\"agent\":codex", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) },
            Sketch { component: "console", ..Sketch::new(4, 2, &[(VIEW, 5), (ACTION, 6)]) },
            Sketch { outcomes: r#""spool-full":4"#, ..Sketch::new(5, 1, &[(SUCCESS, -9)]) },
        ])
    }

    pub(super) fn with(sketches: &[Sketch]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let (guard, manifests) = of_the_contract();
        let mut store = aboveboard_store_sqlite::open(&path, Expect::New).unwrap();
        let entries: Vec<_> = sketches.iter().map(Sketch::entry).collect();
        let in_force = manifests.in_force();
        store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &in_force)).unwrap();
        let (live, _) = broadcast::channel(4);
        let reader = std::sync::Arc::new(SqliteReader::open(&path).unwrap());
        let known = manifests.clone();
        let folder = crate::disk::Folder::make(directory.path()).unwrap();
        let paused = std::sync::Arc::new(crate::paused::PausedItems::open(&folder).unwrap());
        let waiting = std::sync::Arc::new(tokio::sync::Semaphore::new(2));
        let state = PageState {
            questions: std::sync::Arc::new(tokio::sync::Semaphore::new(1)),
            waiting: waiting.clone(),
            paused,
            gauges: std::sync::Arc::default(),
            reader,
            live: live.downgrade(),
            manifests,
            warning: None,
            is_one_of_several: false,
            refusals: std::sync::Arc::default(),
            closed: std::sync::Arc::default(),
            outages: std::sync::Arc::new(crate::outages::Outages::open(&folder, NOW).unwrap()),
            now: || NOW,
            clock: std::sync::Arc::new(ClockGuard::new(
                || NOW,
                &crate::disk::Folder::make(directory.path()).unwrap(),
                None,
            )),
        };
        Self {
            _directory: directory,
            _manifests: guard,
            live,
            known,
            path,
            waiting,
            router: router(state).layer(Extension(Access::to_all("test", Scope::Read))),
        }
    }

    pub(super) async fn get(&self, address: &str) -> Response<Body> {
        let request = Request::get(address).body(Body::empty()).unwrap();
        self.router.clone().call(request).await.unwrap()
    }

    pub(super) async fn text(&self, address: &str) -> String {
        text(self.get(address).await).await
    }

    pub(super) async fn json(&self, address: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(address).await).unwrap()
    }
}

const VIEW: &str = r#""name":"console","session":"RUN","route":"/""#;
const ACTION: &str = r#""name":"console","session":"RUN","action":"table_tracked","route":"/data/:source""#;

pub(super) async fn text(response: Response<Body>) -> String {
    let bytes: Bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The manifest of the contract in its next revision, which keeps coding agents apart.
fn agents_apart(product: &str) -> String {
    let text = aboveboard_store_contract::manifest_text(product);
    text.replace("revision = 1\n", "revision = 2\ncoding-agents = \"apart\"\n")
}

#[tokio::test]
async fn headline_figures_count_coding_agents_as_the_manifest_says_and_the_page_says_so() {
    let served = TestPage::with(&[
        Sketch::new(1, 1, &[(SUCCESS, 5)]),
        Sketch { marks: "\"agent\":codex", ..Sketch::new(2, 2, &[(SUCCESS, 5), (FAILURE, 6)]) },
        Sketch { marks: "\"agent\":claude-code", ..Sketch::new(3, 2, &[(SUCCESS, 5)]) },
    ]);
    let runs = async |show: &str| -> u64 {
        let json = served.json(&format!("/api/tables/commands.json?product=quarry{show}")).await;
        json["rows"].as_array().unwrap().iter().map(|row| row["runs"].as_u64().unwrap()).sum()
    };
    let agents = async |show: &str| -> Vec<(String, u64)> {
        let json = served.json(&format!("/api/tables/agents.json?product=quarry{show}")).await;
        let row = |row: &serde_json::Value| {
            (row["agent"].as_str().unwrap().to_owned(), row["installations"].as_u64().unwrap())
        };
        json["rows"].as_array().unwrap().iter().map(row).collect()
    };
    let by_mark = async |show: &str| {
        let json = served.json(&format!("/api/tables/marks.json?product=quarry{show}")).await;
        let rows = json["rows"].as_array().unwrap().iter();
        let row = |row: &serde_json::Value| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("mark"), row["installations"].as_u64().unwrap(), text("headline"))
        };
        (json["n"].as_u64().unwrap(), rows.map(row).collect::<Vec<_>>())
    };
    let told = |headline: &str| {
        let row = |mark: &str, n, headline: &str| (mark.to_owned(), n, headline.to_owned());
        (2, vec![row("Coding agents", 1, headline), row("CI", 0, "no"), row("Container", 0, "yes")])
    };
    let both = [("claude-code".to_owned(), 1), ("codex".to_owned(), 1)];
    assert_eq!((runs("").await, runs("&show=agent").await), (4, 3));
    assert_eq!(agents("").await, both);
    let page = served.text("/?product=quarry").await;
    assert!(page.contains("id=\"agents\"") && page.contains(">Coding agents</a>"), "{page}");
    assert!(!page.contains("left out of these figures"), "{page}");

    assert_eq!((by_mark("").await, by_mark("&show=ci").await), (told("yes"), told("yes")));

    served.known.push("quarry", &agents_apart("quarry")).unwrap();
    assert_eq!(by_mark("").await, told("no"), "what is left out is told all the same");
    assert_eq!((runs("").await, runs("&show=agent").await, runs("&show=all").await), (1, 3, 4));
    assert_eq!(agents("").await, []);
    assert_eq!(agents("&show=agent").await, both);
    let page = served.text("/?product=quarry").await;
    assert!(!page.contains("id=\"agents\""), "{page}");
    assert!(page.contains("3 events from synthetic, test, CI, development or coding agents"), "{page}");
    assert!(page.contains("Released builds in real use, but by coding agents"), "{page}");
}

#[tokio::test]
async fn the_digest_says_what_is_left_out_of_its_figures() {
    let text = TestPage::new().text("/api/digest?format=md&product=quarry").await;
    assert!(
        text.contains("1 event from synthetic, test, CI or development sources is left out of these figures"),
        "{text}"
    );
}

#[tokio::test]
async fn totals_tell_synthetic_events_from_the_others() {
    let totals = TestPage::new().json("/api/totals.json").await;
    assert_eq!(
        totals["products"]["quarry"],
        serde_json::json!({
            "cli": {"events": 3, "synthetic": 1},
            "console": {"events": 2, "synthetic": 0},
            "server": {"events": 1, "synthetic": 0},
        })
    );
    assert_eq!(totals["products"]["other"], serde_json::json!({}), "known and silent");
}

#[tokio::test]
async fn every_panel_has_its_table_and_every_table_its_csv_and_json() {
    let served = TestPage::new();
    let list = served.json("/api/tables.json").await;
    let page = served.text("/?product=quarry&show=all").await;
    for table in list["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        let json = served.json(&format!("/api/tables/{name}.json?product=quarry&show=all")).await;
        assert_eq!(json["table"], name);
        assert_eq!(
            json["complete_before"], "2027-03-09",
            "late arrivals count for their day for fourteen days"
        );
        let csv = served.text(&format!("/api/tables/{name}.csv?product=quarry&show=all")).await;
        assert_eq!(csv.starts_with('\u{feff}'), !csv.is_ascii(), "{name}: as a spreadsheet opens it");
        let csv = super::table::tests::read_csv(&csv);
        let columns = json["columns"].as_array().unwrap();
        let keys: Vec<_> = columns.iter().map(|column| column["key"].as_str().unwrap()).collect();
        for title in columns.iter().map(|column| column["title"].as_str().unwrap()) {
            let mut rest = title.chars().skip(1);
            assert!(!rest.any(char::is_uppercase), "{name}: {title} reads like an identifier");
        }
        assert_eq!(csv[0], keys, "{name}");
        assert_eq!(csv.len() - 1, json["rows"].as_array().unwrap().len(), "{name}");
        let whole = served.text(&format!("/?product=quarry&show=all&table={name}")).await;
        assert!(whole.contains(&format!("id=\"{name}\"")), "{name}");
        if ["headline", "series", "active", "activity", "funnels"].contains(&name) {
            // They stand above the panels; the manifest declares no funnel.
            continue;
        }
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
        let csv = page.contains(&format!("\"api/tables/{name}.csv?product=quarry&#38;show=all"));
        assert!(csv || page.contains(&format!("table={name}\" id=\"{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn figures_come_with_their_n_and_leave_synthetic_data_out() {
    let served = TestPage::new();
    let rows = |json: serde_json::Value| json["rows"].as_array().unwrap().clone();
    let active = rows(served.json("/api/tables/active.json?product=quarry").await);
    assert_eq!((&active[0]["active"], &active[0]["incomplete"]), (&2.into(), &true.into()));
    let all = rows(served.json("/api/tables/active.json?product=quarry&show=all").await);
    assert_eq!(all[0]["active"], 3);
    let only = rows(served.json("/api/tables/active.json?product=quarry&show=synthetic").await);
    assert_eq!(only[0]["active"], 1);
    let cli = rows(served.json("/api/tables/active.json?product=quarry&component=cli").await);
    assert_eq!(cli[0]["active"], 1);

    let commands = served.json("/api/tables/commands.json?product=quarry").await;
    assert_eq!((&commands["n"], &commands["of"]), (&3.into(), &"runs".into()));
    assert_eq!(commands["rows"][1]["command"], "metadata apply");
    assert_eq!(commands["rows"][1]["error_rate"], 1.0);
    assert_eq!(commands["rows"][1]["error_low"], 0.2065, "one failure of one run proves little");

    let sizes = rows(served.json("/api/tables/counts.json?product=quarry").await);
    let band = sizes.iter().find(|row| row["count"] == "tables" && row["band"] == "1–9").unwrap();
    assert_eq!(
        (&band["installations"], &band["share"], &band["median"]),
        (&1.into(), &1.0.into(), &7.into())
    );

    let good = rows(served.json("/api/tables/quality.json?product=quarry").await);
    let times = |what: &str| good.iter().find(|row| row["what"] == what).unwrap()["times"].clone();
    assert_eq!(times("Events without a believable time"), 1);
    assert_eq!(times("Dropped by agents: spool-full"), 4);

    let before = served.json("/api/tables/active.json?product=quarry&until=2027-03-21").await;
    assert_eq!(before["rows"][1]["active"], 1, "two days ago only one had been seen");
    assert!(before["rows"][0].get("incomplete").is_none());
}

#[tokio::test]
async fn the_page_says_who_is_not_seen_why_things_are_collected_and_what_is_left_out() {
    let served = TestPage::new();
    let page = served.text("/?product=quarry").await;
    for words in [
        "Who is not seen here",
        "1 event from synthetic, test, CI or development sources is left out",
        "Which commands fail too often?",
        "collected until 2028-11-01",
        "The Quarry project, Berlin answers for this data",
        "not over",
        "Remove",
    ] {
        assert_eq!(page.contains(words), words != "Remove", "{words}");
    }
    assert!(served.text("/?product=quarry&version=1.2.3").await.contains("Remove filter version 1.2.3"));
    let empty = served.text("/?product=other").await;
    assert!(empty.contains("Nothing from Quarry yet") && empty.contains("aboveboard demo"));
    assert!(!page.contains(&Sketch::id(1).to_string()), "no id of an installation");
}

#[tokio::test]
async fn what_cannot_be_answered_is_said_with_its_status() {
    let served = TestPage::new();
    for (address, status, words) in [
        ("/?days=3", 400, "days must be 1, 7, 30, 90 or 365"),
        ("/?x=%3Cscript%3E", 400, "an unknown filter is in the address"),
        ("/?product=nobody", 404, "no product of this name is known here"),
        ("/?table=nothing", 404, "no table of this name"),
        ("/api/tables/nothing.json", 404, "no such table"),
        ("/api/tables/commands.xml", 404, "no such table"),
        ("/api/tables/commands.json?component=x", 400, "component must be one of"),
    ] {
        let response = served.get(address).await;
        assert_eq!(response.status().as_u16(), status, "{address}");
        let text = text(response).await;
        assert!(text.contains(words), "{address}: {text}");
    }
    let connection = rusqlite::Connection::open(&served.path).unwrap();
    connection.execute_batch("DROP TABLE cube").unwrap();
    let response = served.get("/?product=quarry").await;
    assert_eq!(response.status().as_u16(), 503);
    assert!(text(response).await.contains("log says why"));
}

#[tokio::test]
async fn nothing_from_elsewhere_and_nothing_inline_is_allowed() {
    let served = TestPage::new();
    for address in ["/", "/?days=3", "/api/totals.json", "/api/tables/commands.csv"] {
        let response = served.get(address).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    let page = served.text("/?product=quarry&show=all").await;
    assert!(!page.contains("style=\"") && !page.contains("<style") && !page.contains("http://"));
    assert!(!page.contains("https://") && !page.contains(" onclick"));
    for asset in ["page.css", "live.js", "icon.svg"] {
        assert!(page.contains(&format!("\"assets/{asset}?v=")));
        assert_eq!(served.get(&format!("/assets/{asset}")).await.status().as_u16(), 200);
    }
}

#[tokio::test]
async fn the_page_is_light() {
    let served = TestPage::new();
    let request = Request::get("/?product=quarry&show=all").header("accept-encoding", "br, gzip");
    let response = served.router.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let page = response.into_body().collect().await.unwrap().to_bytes().len();
    let assets = assets::FILES.iter().map(|(.., contents)| contents.len()).sum::<usize>();
    assert!(page + assets < 60 * 1024, "{page} + {assets}");
}

#[tokio::test]
async fn names_planted_in_the_database_stay_text() {
    let served = TestPage::new();
    let payloads = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>",
        "</title><script>alert(1)</script>",
        "javascript:alert(1)",
        "<!--<script>-->",
        "&lt;b&gt;",
        "\u{202e}=1+1",
    ];
    let connection = rusqlite::Connection::open(&served.path).unwrap();
    for (id, payload) in (1_u32..).zip(payloads) {
        let planted = format!("{payload}{id}");
        connection.execute("UPDATE name SET text = ?1 WHERE id = ?2", (&planted, id)).unwrap();
    }
    connection.execute("UPDATE context SET os = '<i onclick=x>', arch = '\"onfocus=x '", []).unwrap();
    connection.execute("UPDATE product SET name = '<b>\"''&' WHERE name = 'quarry'", []).unwrap();
    let product = "%3Cb%3E%22%27%26";
    let tables = [""].into_iter().chain(PANELS.iter().map(|(name, _)| *name));
    let pages = tables.map(|table| format!("/?product={product}&show=all&table={table}"));
    let others =
        ["/feed.atom?product=", "/api/digest?format=html&product=", "/api/digest?format=md&product="];
    for address in pages.chain(others.map(|other| format!("{other}{product}"))) {
        let page = served.text(&address).await;
        assert!(page.len() > 100, "{address}: {page}");
        for tag in ["<script>", "<img src=x", "<svg/", "<i onclick", "<b>", "\"onfocus", "\"javascript:"] {
            assert!(!page.contains(tag), "{tag} in {address}");
        }
    }
    let page = served.text(&format!("/?product={product}&show=all")).await;
    assert!(
        page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"),
        "shown as text"
    );
}

#[tokio::test]
async fn arrivals_stream_until_the_collector_stops() {
    let TestPage { live, router, _directory, _manifests, .. } = TestPage::new();
    let request = Request::get("/api/live").body(Body::empty()).unwrap();
    let mut body = router.clone().call(request).await.unwrap().into_body();
    let mut next = async || body.frame().await.map(|frame| frame.unwrap().into_data().unwrap());
    assert_eq!(next().await.unwrap(), ": following\n\n");
    let arrival = Live {
        product: "quarry".to_owned(),
        component: aboveboard_types::declaration::Component::Cli,
        version: aboveboard_types::value::Version::default(),
        marks: aboveboard_types::envelope::Marks::default(),
        events: Vec::new(),
        accepted: 1,
        received: NOW,
        missed: 0,
        unverified: false,
    };
    live.send(arrival.clone()).unwrap();
    assert!(next().await.unwrap().starts_with(b"data: {"));
    live.send(Live { missed: 12, ..arrival }).unwrap();
    assert!(next().await.unwrap().starts_with(b"event: missed\ndata: 12\n\ndata: {"));
    drop(live);
    assert!(next().await.is_none(), "the last sender is gone");
}

#[tokio::test]
async fn days_that_retention_passed_keep_their_counts() {
    let served = TestPage::new();
    let mut store = aboveboard_store_sqlite::open(&served.path, Expect::Existing).unwrap();
    let address = "/api/tables/activity.json?product=quarry&show=all";
    let active = async |served: &TestPage| -> Vec<u64> {
        let json = served.json(address).await;
        json["rows"].as_array().unwrap().iter().map(|row| row["active"].as_u64().unwrap()).collect()
    };
    let before = active(&served).await;
    assert_eq!(before[..3], [3, 0, 1]);
    store.retire("quarry", aboveboard_store::calendar::day_of(NOW)).unwrap();
    assert_eq!(active(&served).await, before);
}

#[tokio::test]
async fn the_page_names_the_newer_revisions_that_arrive_until_they_are_here() {
    let served = TestPage::new();
    let newest = served.known.manifest("quarry").unwrap();
    assert!(!served.text("/?product=quarry").await.contains("manifest push"));
    served.known.sent_back("quarry", 20_270_101, Voice([0; 16]));
    let words = "Agents send 1 newer revision of the manifest; the newest here is 1.";
    assert!(served.text("/?product=quarry").await.contains(words), "too far off to be named");
    let networks = (0..).map(|number| Voice([number; 16]));
    for (revision, network) in [3, 2, 3, newest.product.revision, 4, 5, 6, 7].into_iter().zip(networks) {
        served.known.sent_back("quarry", revision, network);
    }
    served.known.sent_back("stranger", 9, Voice([0; 16]));
    let awaited = served.known.awaited("quarry");
    assert_eq!((&*awaited.named, awaited.more), (&[(3, 2), (5, 1), (6, 1), (7, 1)][..], 2), "bounded");
    assert_eq!(served.known.awaited("stranger"), Awaited::default());
    let words = "Agents send revision 3 (2 networks), revision 5 (1 network), revision 6 (1 network), \
                 revision 7 (1 network), and 2 more of the manifest; the newest here is 1.";
    assert!(served.text("/?product=quarry").await.contains(words));
    assert!(!served.text("/?product=other").await.contains("Agents send"));

    let text = newest.text().replace("revision = 1", "revision = 6");
    served.known.push("quarry", &text).unwrap();
    assert!(
        served.text("/?product=quarry").await.contains("Agents send revision 7 (1 network) of the manifest")
    );
    served.known.push("quarry", &text.replace("revision = 6", "revision = 7")).unwrap();
    assert!(!served.text("/?product=quarry").await.contains("Agents send"));
}

#[tokio::test]
async fn with_as_many_questions_as_may_be_the_next_is_told_to_come_again() {
    let served = TestPage::new();
    let all = served.waiting.acquire_many(2).await.unwrap();
    for address in ["/?product=quarry", "/api/tables/commands.json?product=quarry", "/api/totals.json"] {
        let answer = served.get(address).await;
        assert_eq!(answer.status(), 503, "{address}");
        assert!(answer.headers().contains_key("retry-after"), "{address}");
    }
    drop(all);
    assert_eq!(served.get("/?product=quarry").await.status(), 200);
}
