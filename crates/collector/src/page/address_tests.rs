//! Where the page leads: below the folder of a proxy that the collector knows nothing of.

use std::collections::BTreeSet;

use super::panels::PANELS;
use super::tests::TestPage;

/// What an address names, seen from `here`, as RFC 3986 has it; the folder of a proxy stands before both.
fn resolved(here: &str, address: &str) -> String {
    assert!(!address.starts_with('/') && !address.contains(':'), "{address} leaves the folder");
    let path = here.split('?').next().unwrap();
    let mut folder = path.rsplit_once('/').unwrap().0.to_owned();
    let mut rest = address;
    loop {
        if let Some(more) = rest.strip_prefix("./") {
            rest = more;
        } else if let Some(more) = rest.strip_prefix("../") {
            folder.truncate(folder.rfind('/').expect("no way above the page's own folder"));
            rest = more;
        } else {
            return format!("{folder}/{rest}");
        }
    }
}

/// Every address in a page's text, as a browser reads it.
fn addresses(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for before in [" href=\"", " src=\"", " action=\"", " data-live=\""] {
        for text in page.split(before).skip(1) {
            let address = text.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            if !address.starts_with('#') {
                found.insert(address);
            }
        }
    }
    found
}

#[tokio::test]
async fn every_address_on_the_page_stays_below_the_pages_own_folder_and_leads_somewhere() {
    let served = TestPage::new();
    let tables = PANELS.iter().map(|(name, _)| format!("/?product=quarry&show=all&table={name}"));
    let pages = [
        "/",
        "/products",
        "/?product=quarry&show=all&used=command%3Ainit",
        "/?product=other",
        "/?days=3",
        "/?table=none",
    ];
    let mut asked = BTreeSet::new();
    for here in pages.map(str::to_owned).into_iter().chain(tables) {
        let found = addresses(&served.text(&here).await);
        assert!(found.len() >= 3, "{here}: {found:?}");
        asked.extend(found.iter().map(|address| resolved(&here, address)));
    }
    assert!(
        asked.contains("/api/live") && asked.contains("/feed.atom?product=quarry") && asked.len() > 50,
        "{asked:?}"
    );
    for address in asked {
        assert_eq!(served.get(&address).await.status(), 200, "{address}");
    }
}

#[tokio::test]
async fn addresses_in_json_are_seen_from_the_answers_own() {
    let served = TestPage::new();
    for table in served.json("/api/tables.json").await["tables"].as_array().unwrap() {
        for form in ["json", "csv"] {
            let address = resolved("/api/tables.json", table[form].as_str().unwrap());
            assert_eq!(served.get(&address).await.status(), 200, "{address}");
        }
    }
    let here = "/api/tables/active.json?product=quarry&days=7";
    let query = served.json(here).await["query"].as_str().unwrap().to_owned();
    assert_eq!(resolved(here, &query), "/?product=quarry&days=7");
}

#[tokio::test]
async fn live_asks_a_proxy_to_pass_it_on_at_once() {
    let response = TestPage::new().get("/api/live").await;
    assert_eq!(response.headers()["x-accel-buffering"], "no");
}
