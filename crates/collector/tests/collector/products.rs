//! Several products in one collector, each with its manifest, its ingest key and its operator.

use std::io::{Read as _, Write as _};

use aboveboard_collector::config::Digest;
use aboveboard_testkit::sender;

use crate::test_collector::{
    Answer, MANIFEST, TOKEN, TOKEN_HASH, TestCollector, batch_of, connect, exchange, until,
};

/// Tokens and their SHA-256, as `sha256sum` prints it.
const EVERYTHING: (&str, &str) = (TOKEN, TOKEN_HASH);
const QUARRY: (&str, &str) =
    ("quarry-token", "54d03ad00c7606257240e544148cf7663a9b6dd01f60b8656d236e5e509e3c50");
const MASON: (&str, &str) =
    ("mason-token", "1d24dc647b4e0121e4e173e55a190e32ff98c541d6f5844f2ed9496f3ab39b58");

fn mason() -> String {
    MANIFEST
        .replace("id = \"quarry\"", "id = \"mason\"")
        .replace("Quarry", "Mason")
        .replace("qk_pub_quarry", "qk_pub_mason")
}

fn collector() -> TestCollector {
    let collector = TestCollector::with(|config| {
        config.operator.token_hash = Digest::parse(EVERYTHING.1);
        for (product, (_, hash)) in [("quarry", QUARRY), ("mason", MASON)] {
            config.operator.products.insert(product.to_owned(), Digest::parse(hash).unwrap());
        }
    });
    // Laid down beside the running collector.
    let manifests = collector.directory.path().join("manifests");
    std::fs::write(manifests.join("mason.new"), mason()).unwrap();
    std::fs::rename(manifests.join("mason.new"), manifests.join("mason.toml")).unwrap();
    until(|| collector.get("/v1/manifest/mason").status == 200);
    collector
}

fn ask(collector: &TestCollector, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(collector.address(), request.as_bytes())
}

fn post(collector: &TestCollector, product: &str, key: &str, number: u64) -> Answer {
    let manifest = if product == "mason" { mason() } else { MANIFEST.to_owned() };
    let body = String::from_utf8(batch_of(product, &manifest, 0, number)).unwrap();
    let request = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         aboveboard-key: {key}\r\ncontent-length: {}\r\n{}\r\n{body}",
        body.len(),
        sender::proof_line(body.as_bytes()),
    );
    exchange(collector.address(), request.as_bytes())
}

#[test]
fn each_product_has_its_key_and_its_operator_sees_and_changes_that_product_alone() {
    let collector = collector();
    assert_eq!(post(&collector, "quarry", "qk_pub_quarry", 1).status, 202);
    assert_eq!(post(&collector, "mason", "qk_pub_mason", 2).status, 202);
    assert_eq!(post(&collector, "mason", "qk_pub_mason", 3).status, 202);
    let crossed = post(&collector, "mason", "qk_pub_quarry", 4);
    assert_eq!((crossed.status, crossed.reason().as_str()), (422, "wrong-key"));
    let get = |token: &str, path: &str| ask(&collector, token, "GET", path, "");
    let totals = |token: &str| -> serde_json::Value {
        serde_json::from_slice(&get(token, "/api/totals.json").body).unwrap()
    };
    until(|| totals(EVERYTHING.0)["products"]["mason"]["cli"]["events"] == 2);
    assert_eq!(totals(EVERYTHING.0)["products"]["quarry"]["cli"]["events"], 1);
    for (token, own, other, title) in
        [(QUARRY.0, "quarry", "mason", "Mason"), (MASON.0, "mason", "quarry", "Quarry")]
    {
        assert!(totals(token)["products"][own].is_object());
        assert!(totals(token)["products"][other].is_null(), "{own}");
        let page = get(token, "/").text();
        assert!(!page.contains(&format!("product={other}")) && !page.contains(title), "{own}");
        assert_eq!(get(token, &format!("/?product={other}")).status, 404, "{own}");
        for path in
            ["/api/tables/commands.json", "/api/tables/commands.csv", "/api/rows.csv", "/api/rows.jsonl"]
        {
            assert_eq!(get(token, &format!("{path}?product={own}")).status, 200, "{own} {path}");
            let refused = get(token, &format!("{path}?product={other}"));
            assert_eq!(refused.status, 404, "{own} {path}");
            // As unknown as one that is not there at all.
            assert_eq!(refused.body, get(token, &format!("{path}?product=nothing")).body, "{own} {path}");
        }
        let default: serde_json::Value =
            serde_json::from_slice(&get(token, "/api/tables/commands.json").body).unwrap();
        assert_eq!(default["product"], own);
        let id = "22222222-2222-8222-8222-222222222222";
        let erasure = format!("{{\"product\":\"{other}\",\"installation\":\"{id}\"}}");
        for (method, path, body) in
            [("PUT", format!("/v1/manifest/{other}"), mason()), ("POST", "/v1/erase".to_owned(), erasure)]
        {
            let refused = ask(&collector, token, method, &path, &body);
            assert_eq!((refused.status, refused.reason().as_str()), (403, "other-product"), "{own} {path}");
        }
    }
    for path in ["/", "/api/totals.json", "/api/rows.csv?product=quarry", "/api/live"] {
        assert_eq!(ask(&collector, "", "GET", path, "").status, 401, "{path}");
        assert_eq!(get("mason-toke", path).status, 401, "{path}");
    }
    assert_eq!(ask(&collector, MASON.0, "PUT", "/v1/manifest/mason", &mason()).status, 200);
}

#[test]
fn an_operator_of_one_product_sees_its_arrivals_alone() {
    let collector = collector();
    let mut following = Following::of(&collector, QUARRY.0);
    assert_eq!(post(&collector, "mason", "qk_pub_mason", 1).status, 202);
    assert_eq!(post(&collector, "quarry", "qk_pub_quarry", 2).status, 202);
    let heard = following.hear("data:");
    assert!(heard.contains("\"product\":\"quarry\"") && !heard.contains("mason"), "{heard}");
}

#[test]
fn an_arrival_from_a_new_installation_says_that_it_is_not_yet_verified() {
    let collector = collector();
    let mut following = Following::of(&collector, EVERYTHING.0);
    assert_eq!(post(&collector, "quarry", "qk_pub_quarry", 1).status, 202);
    assert!(following.hear("\"received\"").contains("New and not yet verified"));
    // One that claims to have been here three days ago was not received then.
    let ago = crate::test_collector::now() - 3 * 86_400;
    let early = |number: u64| {
        let batch = batch_of("quarry", MANIFEST, 44, number);
        let mut batch: serde_json::Value = serde_json::from_slice(&batch).unwrap();
        batch["events"][0]["time"] = ago.into();
        batch.to_string()
    };
    assert_eq!(collector.post(early(2).as_bytes()).status, 202);
    collector.settled();
    let mut following = Following::of(&collector, EVERYTHING.0);
    assert_eq!(collector.post(early(3).as_bytes()).status, 202);
    assert!(following.hear("\"received\"").contains("New and not yet verified"));
}

/// The stream of arrivals of an operator.
struct Following {
    stream: std::net::TcpStream,
    heard: Vec<u8>,
}

impl Following {
    fn of(collector: &TestCollector, token: &str) -> Self {
        let mut stream = connect(collector.address());
        let ask =
            format!("GET /api/live HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(ask.as_bytes()).unwrap();
        let mut following = Self { stream, heard: Vec::new() };
        following.hear("following");
        following
    }

    /// Everything up to and with this text and the line it is in.
    fn hear(&mut self, text: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            let heard = String::from_utf8_lossy(&self.heard).into_owned();
            if heard.find(text).is_some_and(|at| heard[at..].contains('\n')) {
                return heard;
            }
            let read = self.stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the stream ended");
            self.heard.extend_from_slice(&buffer[..read]);
        }
    }
}
