//! Several products in one collector, each with its manifest, its ingest key and its operator.

use std::io::{Read as _, Write as _};

use aboveboard_collector::config::Digest;
use aboveboard_testkit::sender;

use crate::schema::mismatch;
use crate::test_collector::{
    Answer, DOCUMENT, MANIFEST, TOKEN, TOKEN_HASH, TestCollector, batch_of, connect, exchange, until,
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

#[test]
fn the_overview_shows_every_product_that_a_token_opens_and_no_other() {
    let collector = collector();
    assert_eq!(post(&collector, "quarry", "qk_pub_quarry", 1).status, 202);
    assert_eq!(post(&collector, "mason", "qk_pub_mason", 2).status, 202);
    assert_eq!(post(&collector, "mason", "wrong", 3).status, 422);
    collector.settled();
    let get = |token: &str, path: &str| ask(&collector, token, "GET", path, "");
    let json = |token: &str, path: &str| -> serde_json::Value {
        serde_json::from_slice(&get(token, path).body).unwrap()
    };
    for path in ["/", "/products", "/?days=7"] {
        let page = get(EVERYTHING.0, path).text();
        assert!(page.contains("<h1>Products</h1>") && page.contains(">Mason</a>"), "{path}: {page}");
        // What needs somebody stands first.
        assert!(page.find(">Mason</a>") < page.find(">Quarry</a>"), "{path}");
        assert!(page.contains("1 batch with a wrong ingest key"), "{path}");
    }
    assert!(get(EVERYTHING.0, "/?days=7").text().contains("./?product=mason&#38;days=7"));
    let all = json(EVERYTHING.0, "/api/products.json");
    let schema = &DOCUMENT["components"]["schemas"]["Products"];
    assert_eq!(mismatch(&DOCUMENT, schema, &all), None);
    let row = &all["rows"][0];
    assert_eq!((&row["product"], &row["severity"]), (&"mason".into(), &"notice".into()));
    assert_eq!(row["days"].as_array().unwrap().len(), 28);
    assert!(row["last_batch"].as_str().unwrap().ends_with('Z'));
    let health = json(EVERYTHING.0, "/api/health.json?product=mason");
    assert_eq!(mismatch(&DOCUMENT, &DOCUMENT["components"]["schemas"]["Health"], &health), None);
    assert_eq!(row["messages"].as_array().unwrap().len(), health["messages"].as_array().unwrap().len() - 1);
    assert!(get(EVERYTHING.0, "/api/products.csv").text().contains("\"mason\",\"Mason\",\"0\""));
    // A whole name or id leads to its page; a part of one is looked for.
    for find in ["Mason", "mason", "%20MASON+"] {
        let found = get(EVERYTHING.0, &format!("/products?find={find}&days=7"));
        assert_eq!(
            (found.status, found.header("location")),
            (303, Some("./?product=mason&days=7")),
            "{find}"
        );
    }
    let found = get(EVERYTHING.0, "/products?find=aso").text();
    assert!(found.contains(">Mason</a>") && !found.contains(">Quarry</a>"));
    assert_eq!(json(EVERYTHING.0, "/api/products.json?find=QUA")["n"], 1);

    for (token, own, other, title) in
        [(QUARRY.0, "quarry", "mason", "Mason"), (MASON.0, "mason", "quarry", "Quarry")]
    {
        assert!(!get(token, "/").text().contains("All products"), "{own} is the only one");
        assert!(!get(token, "/").text().contains(&format!("product={other}")));
        for path in ["/products", "/api/products.json", "/api/products.csv", "/api/health.json"] {
            let seen = get(token, path);
            assert_eq!(seen.status, 200, "{own} {path}");
            assert!(!seen.text().contains(other) && !seen.text().contains(title), "{own} {path}");
        }
        // Looking for the other is like looking for nothing.
        let without = |find: &str| {
            let found = get(token, &format!("/products?find={find}"));
            (found.status, found.text().replace(find, "…"))
        };
        assert_eq!(without(other), without("zzzzz"), "{own}");
        assert_eq!(get(token, &format!("/api/health.json?product={other}")).status, 404);
    }
    for path in ["/products", "/api/products.json", "/api/products.csv", "/api/health.json"] {
        assert_eq!(ask(&collector, "", "GET", path, "").status, 401, "{path}");
    }
}

#[test]
fn thirty_products_are_one_page_of_thirty() {
    let collector = TestCollector::with_data(|data| {
        let manifests = data.join("manifests");
        std::fs::create_dir_all(&manifests).unwrap();
        for number in 0..30 {
            let text = MANIFEST
                .replace("id = \"quarry\"", &format!("id = \"product-{number:02}\""))
                .replace("name = \"Quarry\"", &format!("name = \"Product {number}\""));
            std::fs::write(manifests.join(format!("product-{number:02}-1.toml")), text).unwrap();
        }
    });
    let page = collector.get("/").text();
    assert!(page.contains("30 products;"), "{page}");
    assert_eq!(page.matches("<li>").count(), 30);
    assert_eq!(page.matches("<option value=\"Product ").count(), 30);
    assert!(page.len() < 60 * 1024, "{} bytes", page.len());
    let found = collector.get("/products?find=uct%202").text();
    assert!(found.contains("11 of 30 products"), "{found}");
    let none = collector.get("/products?find=nothing").text();
    assert!(none.contains("No product has “nothing” in its name."), "{none}");
}
