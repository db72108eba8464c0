//! Addresses that nobody means well with: never a failure of the collector, never their text as part of a page.

use proptest::prelude::*;

use super::query::{KEYS, encode};
use super::tests::TestPage;

/// Texts that would be more than text if they were taken as they are; each holds [`MARK`].
const PAYLOADS: [&str; 8] = [
    "<script>mark(1)</script>",
    "\"><img src=mark onerror=mark()>",
    "'><svg/onload=mark()>",
    "</title><script>mark</script>",
    "<!--mark-->",
    "\r\nset-cookie: mark=1\r\n\r\n<b>mark</b>",
    "javascript:mark()<mark>",
    "\u{202e}<mark>\0",
];

/// Parts of [`PAYLOADS`] that no page has of itself.
const MARKS: [&str; 7] =
    ["<script>mark", "<img src=mark", "<svg/onload", "</title><script", "<!--mark", "<b>mark", "<mark>"];

/// Values that may be meant, at the edges of what is.
const VALUES: [&str; 24] = [
    "quarry",
    "other",
    "cli",
    "1.2.3",
    "linux",
    "aarch64",
    "all",
    "agent",
    "7",
    "365",
    "before",
    "commands",
    "health",
    "2026-11-22",
    "0001-01-01",
    "9999-12-31",
    "-001-01-01",
    "2027-03-23",
    "tables:10-99",
    "permissions.select:1-",
    "tables:0-18446744073709551615",
    "command:init",
    "event:gone",
    "new",
];

const PLACES: [&str; 10] = [
    "/",
    "/products",
    "/api/health.json",
    "/api/products.json",
    "/api/products.csv",
    "/api/tables/health.json",
    "/api/tables/commands.csv",
    "/api/tables/series.json",
    "/api/tables/quality.csv",
    "/api/tables/nothing.json",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(&VALUES[..]).prop_map(str::to_owned),
        2 => prop::sample::select(&PAYLOADS[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[0-9:.-]{0,24}",
        1 => "(command|action|event|tables):[a-z<>&\"]{0,8}-?",
    ]
}

fn pair() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        8 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned),
        1 => Just("find".to_owned()),
        1 => prop::sample::select(&PAYLOADS[..]).prop_map(str::to_owned),
    ];
    prop_oneof![
        8 => (key, value()).prop_map(|(key, value)| format!("{}={}", encode(&key), encode(&value))),
        1 => "[a-z%=&+]{0,12}",
    ]
}

fn address() -> impl Strategy<Value = String> {
    let pairs = prop::collection::vec(pair(), 0..5);
    (prop::sample::select(&PLACES[..]), pairs)
        .prop_map(|(place, pairs)| format!("{place}?{}", pairs.join("&")))
}

#[test]
fn no_address_makes_the_collector_fail_or_is_shown_as_anything_but_text() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let served = TestPage::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
    let checked = runner.run(&address(), |address| {
        runtime.block_on(async {
            let response = served.get(&address).await;
            let status = response.status().as_u16();
            prop_assert!([200, 303, 400, 404].contains(&status), "{status} for {address}");
            if let Some(place) = response.headers().get("location") {
                prop_assert!(place.to_str().unwrap().starts_with("./?product="), "{address}: {place:?}");
            }
            let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            let text = super::tests::text(response).await;
            if kind.is_some_and(|kind| kind.starts_with("text/html")) {
                for mark in MARKS {
                    prop_assert!(!text.contains(mark), "{mark} of {address}");
                }
            }
            Ok(())
        })
    });
    checked.unwrap();
}

#[tokio::test]
async fn each_payload_in_each_key_is_text_or_nothing() {
    let served = TestPage::new();
    for place in ["/", "/products"] {
        for key in KEYS.into_iter().chain(["find", "strange"]) {
            for payload in PAYLOADS {
                let address = format!("{place}?{key}={}", encode(payload));
                let response = served.get(&address).await;
                let status = response.status().as_u16();
                assert!([200, 400, 404].contains(&status), "{status} for {address}");
                let text = super::tests::text(response).await;
                assert!(MARKS.iter().all(|mark| !text.contains(mark)), "{address}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_window_beside_the_data_and_filters_by_what_is_not_there_say_so_and_what_to_do() {
    let served = TestPage::new();
    for (address, words, way) in [
        (
            "/?product=quarry&until=2020-01-01",
            "The window ends on Wednesday, 1 January 2020, and the first day with data is",
            "Look at the first days with data",
        ),
        (
            "/?product=quarry&until=2027-03-22&days=1",
            "Nothing was recorded on Monday, 22 March 2027; the last day with data before is Sunday, 21 March 2027.",
            "Look at the last days with data",
        ),
        (
            "/?product=quarry&until=9999-12-31",
            "Friday, 31 December 9999 is still to come; the window ends today.",
            "Leave the day out",
        ),
        (
            "/?product=quarry&version=9.9.9",
            "Nothing was ever recorded by version 9.9.9.",
            "Remove this filter",
        ),
        (
            "/?product=quarry&os=windows",
            "Nothing was ever recorded by a program on windows.",
            "Remove this filter",
        ),
        ("/?product=quarry&used=command:gone", "declares no command “gone”", "Remove this filter"),
        ("/?product=quarry&unused=event:gone", "declares no event “gone (event)”", "Remove this filter"),
        ("/?product=quarry&size=gone:1-", "declares no count “gone 1+”", "Remove this filter"),
        (
            "/?product=quarry&table=commands&until=2020-01-01",
            "The window ends on Wednesday, 1 January 2020",
            "Look at the first days",
        ),
        (
            "/?product=quarry&days=8",
            "days must be 1, 7, 30, 90 or 365",
            "Show the page without what cannot be meant",
        ),
        ("/?product=nobody", "no product of this name is known here", "Show all products"),
    ] {
        let page = served.text(address).await;
        assert!(page.contains(words), "{address}: {words}");
        let link = page.split(way).next().unwrap().rsplit("href=\"").next().unwrap();
        assert!(page.contains(way), "{address}: {way}");
        let link = link.split('"').next().unwrap().replace("&#38;", "&");
        let place = format!("/{}", link.strip_prefix("./").unwrap_or(&link));
        assert_eq!(served.get(&place).await.status(), 200, "{address}: {way} leads to {place}");
        let there = served.text(&place).await;
        assert!(!there.contains(words), "{address}: {way} leads to the same");
    }
}

#[tokio::test]
async fn data_that_marks_keep_out_is_said_to_be_there() {
    use aboveboard_store_contract::{SUCCESS, Sketch};
    let served = TestPage::with(&[Sketch { marks: "\"synthetic\"", ..Sketch::new(1, 1, &[(SUCCESS, 5)]) }]);
    let page = served.text("/?product=quarry").await;
    assert!(page.contains("is marked as synthetic, test, CI, development or the like"), "{page}");
    assert!(page.contains(">Show everything</a>"));
    assert!(!served.text("/?product=quarry&show=all").await.contains("is marked as synthetic"));
}
