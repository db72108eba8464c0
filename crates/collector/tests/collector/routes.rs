//! The routes one by one.

use std::io::Write as _;
use std::path::Path;

use aboveboard_collector::{Collector, StartError};
use aboveboard_testkit::sender;
use aboveboard_types::possession::Purpose;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::test_collector::{
    Answer, MANIFEST, TOKEN, TestCollector, batch, batch_of, batch_under, config, counted, exchange,
    exchange_as_stranger, hash_of, manifest_of, post_request, until, with_manifest,
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

fn erase(collector: &TestCollector, body: &str) -> Answer {
    let request = request("POST", "/v1/erase", "content-type: application/json\r\n", body.as_bytes());
    exchange(collector.address(), &request)
}

#[test]
fn a_batch_is_acknowledged_counted_once_and_echoed_in_its_receipt() {
    let collector = TestCollector::new();
    let body = batch(1);
    for _ in 0..3 {
        let answer = collector.post(&body);
        assert_eq!(answer.status, 202);
        let receipt: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(receipt["batch"], "4e200001-1111-8111-8111-000000000001");
        assert_eq!(
            (receipt["accepted"].as_u64(), receipt["rejected"].as_array().unwrap().len()),
            (Some(1), 0)
        );
    }
    collector.settled();
    assert_eq!(counted(collector.address()), 1);
    assert_eq!(collector.metric("batches_duplicate_total"), 2);
}

#[test]
fn gzip_is_taken_and_bombs_are_not() {
    let collector = TestCollector::new();
    let post = |body: &[u8], headers: &str| exchange(collector.address(), &post_request(body, headers));
    assert_eq!(post(&gzip(&batch(1)), "content-encoding: gzip\r\n").status, 202);
    assert_eq!(post(&batch(2), "content-encoding: identity\r\n").status, 202);
    let zeros = gzip(&vec![b' '; 16 << 20]);
    let nested = gzip(&gzip(&batch(3)));
    for (body, headers, status, reason) in [
        (&zeros, "content-encoding: gzip\r\n", 413, "too-large"),
        (&nested, "content-encoding: gzip\r\n", 400, "not-a-batch"),
        (&nested, "content-encoding: gzip\r\ncontent-encoding: gzip\r\n", 415, "coding"),
        (&nested, "content-encoding: gzip, gzip\r\n", 415, "coding"),
        (&zeros, "content-encoding: zstd\r\n", 415, "coding"),
        (&zeros[..zeros.len() / 2].to_vec(), "content-encoding: gzip\r\n", 413, "too-dense"),
        (&gzip(&batch(3))[..40].to_vec(), "content-encoding: gzip\r\n", 400, "bad-gzip"),
        (&vec![b' '; (1 << 20) + 1], "", 413, "too-large"),
    ] {
        let answer = post(body, headers);
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{headers}");
    }
    assert_eq!(collector.metric("batches_acknowledged_total"), 2);
    assert_eq!(collector.metric("requests_refused_total{reason=\"coding\"}"), 3);
}

#[test]
fn bombs_of_three_kinds_cost_neither_time_nor_memory() {
    let directory = tempfile::tempdir().unwrap();
    let config =
        crate::program::prepare(directory.path(), &directory.path().join("data"), "[log]\nfree = \"0B\"\n");
    let collector = crate::program::Program::start(&config);
    let most = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", collector.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap()
    };
    let post = |body: &[u8], headers: &str| exchange(collector.address, &post_request(body, headers));
    assert_eq!(post(&gzip(&batch(1)), "content-encoding: gzip\r\n").status, 202);
    assert_eq!(post(&gzip(&vec![b' '; 200 << 10]), "content-encoding: gzip\r\n").status, 400);
    // 100 MiB of zeros; the same behind a batch that looks good; a megabyte that grows a hundredfold and more.
    let zeros = gzip(&vec![0; 100 << 20]);
    let mut hidden = batch(2);
    hidden.resize(100 << 20, b' ');
    let small = gzip(&vec![b'7'; 400 << 10]);
    let before = most();
    let mut slowest = std::time::Duration::ZERO;
    for (bomb, reason) in [(&zeros, "too-large"), (&gzip(&hidden), "too-large"), (&small, "too-dense")] {
        for _ in 0..10 {
            let start = std::time::Instant::now();
            let answer = post(bomb, "content-encoding: gzip\r\n");
            slowest = slowest.max(start.elapsed());
            assert_eq!((answer.status, answer.reason().as_str()), (413, reason));
        }
    }
    let grown = most() - before;
    println!("bombs: refused within {slowest:.2?}, {grown} KiB more resident at most");
    // One bound of a batch, and what an allocator makes of it.
    assert!(grown < 3 << 10, "{grown} KiB");
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() {
        assert!(slowest < std::time::Duration::from_millis(20), "{slowest:?}");
    }
    collector.terminate();
}

#[test]
fn a_compressed_body_reserves_the_memory_it_needs_and_padding_is_not_logged() {
    let padded = [&batch(1)[..], &b" ".repeat(200 << 10)].concat();
    let post = |collector: &TestCollector| {
        exchange(collector.address(), &post_request(&gzip(&padded), "content-encoding: gzip\r\n"))
    };
    let small = TestCollector::with(|config| config.limits.waiting = 64 << 10);
    let answer = post(&small);
    assert_eq!((answer.status, answer.reason().as_str()), (503, "busy"));
    assert_eq!(small.post(&batch(2)).status, 202, "the room is given back");
    let collector = TestCollector::new();
    assert_eq!(post(&collector).status, 202);
    assert!(collector.metric("log_bytes") < 4 << 10);
    collector.settled();
    assert_eq!(counted(collector.address()), 1);
}

#[test]
fn only_json_is_read() {
    let collector = TestCollector::new();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json"]
    {
        let proof = sender::proof_line(&batch(1));
        let headers = format!("content-type: {kind}\r\naboveboard-key: qk_pub_quarry\r\n{proof}");
        let answer = exchange(collector.address(), &request("POST", "/v1/batch", &headers, &batch(1)));
        assert_eq!((answer.status, answer.reason().as_str()), (415, "media-type"), "{kind}");
    }
    let headers = "content-type: Application/JSON; charset=UTF-8\r\naboveboard-key: qk_pub_quarry\r\n";
    let headers = format!("{headers}{}", sender::proof_line(&batch(1)));
    assert_eq!(exchange(collector.address(), &request("POST", "/v1/batch", &headers, &batch(1))).status, 202);
}

#[test]
fn a_newer_revision_waits_until_its_manifest_is_pushed() {
    let collector = TestCollector::new();
    let newer = batch_under(2, 1);
    let answer = collector.post(&newer);
    assert_eq!((answer.status, answer.reason().as_str()), (503, "revision-unknown"));
    assert!(answer.header("retry-after").is_some());
    let manifest = manifest_of(2);
    let push = |text: &str| {
        exchange(collector.address(), &request("PUT", "/v1/manifest/quarry", "", text.as_bytes()))
    };
    assert_eq!(push(&manifest.replace("id = \"quarry\"", "id = \"other\"")).status, 400);
    assert_eq!(push("nonsense").status, 400);
    assert_eq!(
        push(&MANIFEST.replace("tables tracked", "tables kept")).status,
        409,
        "a revision stays what it is"
    );
    assert_eq!(push(&manifest).text(), "{\"product\":\"quarry\",\"revision\":2}");
    let other = manifest_of(2).replace("tables tracked", "tables kept");
    let differs = String::from_utf8(newer.clone()).unwrap().replace(&hash_of(&manifest), &hash_of(&other));
    let answer = collector.post(differs.as_bytes());
    assert_eq!((answer.status, answer.reason().as_str()), (422, "manifest-differs"));
    assert_eq!(collector.post(&newer).status, 202);
    assert_eq!(collector.post(&batch(2)).status, 202, "the older revision goes on");
    assert_eq!(collector.get("/v1/manifest/quarry").text(), manifest);
    assert_eq!(collector.get("/v1/manifest/quarrel").status, 422);
}

#[test]
fn a_manifest_put_into_the_directory_is_read_without_a_restart() {
    let collector = TestCollector::new();
    std::fs::write(collector.directory.path().join("manifests/next.toml"), manifest_of(2)).unwrap();
    let body = batch_under(2, 1);
    until(|| collector.post(&body).status == 202);
}

#[test]
fn an_erasure_takes_what_is_there_and_answers_the_same_where_nothing_is() {
    let collector = TestCollector::new();
    let ids = [11, 12].map(|number| sender::installation("quarry", number));
    let [installation, other] = ids.map(|id| id.to_string());
    let own = String::from_utf8(batch(1))
        .unwrap()
        .replace(&sender::installation("quarry", 0).to_string(), &installation);
    assert_eq!(collector.post(own.as_bytes()).status, 202);
    assert_eq!(collector.post(&batch(2)).status, 202);
    let ask = |named: &str, proof: &str, body: &str| {
        let headers =
            format!("content-type: application/json\r\naboveboard-installation: {named}\r\n{proof}");
        exchange(collector.address(), &request("POST", "/v1/erase", &headers, body.as_bytes()))
    };
    let proof = |id, purpose| format!("aboveboard-proof: {}\r\n", sender::proof(id, purpose).unwrap());
    const QUARRY: &str = "{\"product\":\"quarry\"}";
    // Knowing the id, and what a batch or a question shows, lets nobody erase.
    for purpose in [Purpose::Send, Purpose::Read] {
        let answer = ask(&installation, &proof(ids[0], purpose), QUARRY);
        assert_eq!((answer.status, answer.reason().as_str()), (403, "proof-wrong"), "{purpose:?}");
    }
    let forget = proof(ids[0], Purpose::Forget);
    for (named, proof, reason) in [
        (&installation, String::new(), "proof-missing"),
        (&installation, forget.replace('.', "-"), "proof-wrong"),
        (&installation, proof(ids[1], Purpose::Forget), "proof-wrong"),
        (&other, forget.clone(), "proof-wrong"),
    ] {
        let answer = ask(named, &proof, QUARRY);
        assert_eq!((answer.status, answer.reason().as_str()), (403, reason), "{named} {proof}");
    }
    let known = ask(&installation, &forget, QUARRY);
    let unknown = ask(&other, &proof(ids[1], Purpose::Forget), QUARRY);
    assert_eq!((known.status, known.text()), (202, unknown.text().replace(&other, &installation)));
    assert_eq!(known.text(), format!("{{\"erasure\":\"logged\",\"installation\":\"{installation}\"}}"));
    collector.settled();
    assert_eq!(counted(collector.address()), 1);
    // What comes late from the erased installation is not counted again.
    assert_eq!(collector.post(own.replace("4e200001", "4e200009").as_bytes()).status, 202);
    collector.settled();
    assert_eq!((counted(collector.address()), collector.metric("events_erased_total")), (1, 1));
    for wrong in ["{}", "[]", "{\"product\":\"quarry\",\"secret\":\"07\"}", "{\"product\":7}"] {
        assert_eq!(ask(&installation, &forget, wrong).status, 400, "{wrong}");
    }
    assert_eq!(ask("x", &forget, QUARRY).status, 400);
}

#[test]
fn a_damaged_segment_survives_the_erasure_of_a_stranger() {
    let collector = TestCollector::new();
    let damaged = collector.directory.path().join("log/00000000000000000000.damaged");
    std::fs::write(&damaged, "whose is this?").unwrap();
    let id = sender::installation("quarry", 13);
    let proof = sender::proof(id, Purpose::Forget).unwrap();
    let headers = format!(
        "content-type: application/json\r\naboveboard-installation: {id}\r\naboveboard-proof: {proof}\r\n"
    );
    let own = request("POST", "/v1/erase", &headers, b"{\"product\":\"quarry\"}");
    assert_eq!(exchange(collector.address(), &own).status, 202);
    collector.settled();
    assert!(damaged.exists());
    let by_id = format!("{{\"product\":\"quarry\",\"installation\":\"{id}\"}}");
    assert_eq!(erase(&collector, &by_id).status, 202);
    collector.settled();
    until(|| !damaged.exists());
}

#[test]
fn the_operators_routes_are_guarded_and_can_be_bound_apart() {
    let collector = TestCollector::with(|config| {
        config.operator_listen = Some("127.0.0.1:0".parse().unwrap());
    });
    let at = collector.operator_address();
    let ask = |method: &str, path: &str, headers: &str| {
        exchange_as_stranger(at, &request(method, path, headers, b""))
    };
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    for path in ["/", "/api/totals.json", "/api/tables.json", "/assets/page.css", "/api/live", "/metrics"] {
        let answer = ask("GET", path, "");
        assert_eq!((answer.status, answer.reason().as_str()), (401, "no-token"), "{path}");
        assert!(answer.header("www-authenticate").is_some());
        assert_eq!(collector.get(path).status, 404, "not on the agents' address: {path}");
    }
    assert_eq!(ask("PUT", "/v1/manifest/quarry", "").status, 401);
    assert_eq!(ask("GET", "/api/totals.json", &token).status, 200);
    assert_eq!(ask("GET", "/api/totals.json", "authorization: Bearer secreT\r\n").status, 401);
    assert_eq!(ask("GET", "/healthz", "").status, 200);
    assert_eq!(ask("POST", "/v1/batch", "").status, 404);
    let by_id = "{\"product\":\"quarry\",\"installation\":\"22222222-2222-8222-8222-222222222222\"}";
    let json = "content-type: application/json\r\n";
    let own = request("POST", "/v1/erase", &format!("{json}{token}"), by_id.as_bytes());
    assert_eq!(
        exchange_as_stranger(at, &own).text(),
        "{\"erasure\":\"logged\",\"first\":null,\"last\":null}"
    );
    let elsewhere = exchange_as_stranger(collector.address(), &own);
    assert_eq!(
        (elsewhere.status, elsewhere.reason().as_str()),
        (404, "not-found"),
        "nor on the agents' address"
    );
    let strange = exchange_as_stranger(at, &request("POST", "/v1/erase", json, by_id.as_bytes()));
    assert_eq!((strange.status, strange.reason().as_str()), (401, "no-token"));
    for wrong in [
        "\"synthetic\":false",
        "\"synthetic\":true,\"installation\":\"22222222-2222-8222-8222-222222222222\"",
        "\"installation\":\"x\"",
    ] {
        let body = format!("{{\"product\":\"quarry\",{wrong}}}");
        assert_eq!(exchange(at, &request("POST", "/v1/erase", json, body.as_bytes())).status, 400);
    }
}

#[test]
fn an_operator_clears_away_what_is_synthetic_and_nothing_else() {
    let collector = TestCollector::new();
    let made_up = |number| {
        let text = String::from_utf8(batch_of("quarry", MANIFEST, 44, number)).unwrap();
        text.replace("\"marks\":[]", "\"marks\":[\"synthetic\"]")
    };
    assert_eq!(collector.post(&batch(1)).status, 202);
    for number in 2..5 {
        assert_eq!(collector.post(made_up(number).as_bytes()).status, 202);
    }
    let cli = || -> serde_json::Value {
        let totals: serde_json::Value =
            serde_json::from_slice(&collector.get("/api/totals.json").body).unwrap();
        totals["products"]["quarry"]["cli"].clone()
    };
    until(|| cli() == serde_json::json!({"events": 1, "synthetic": 3}));
    let answer = erase(&collector, "{\"product\":\"quarry\",\"synthetic\":true}");
    assert_eq!((answer.status, answer.text().as_str()), (202, "{\"erasure\":\"logged\",\"synthetic\":true}"));
    until(|| cli() == serde_json::json!({"events": 1, "synthetic": 0}));
    assert_eq!(collector.post(made_up(9).as_bytes()).status, 202);
    until(|| cli() == serde_json::json!({"events": 1, "synthetic": 1}));
}

#[test]
fn no_address_of_a_client_reaches_disk_or_metrics() {
    let collector = TestCollector::with(|config| config.proxy.trusted_hops = 1);
    let forwarded = "x-forwarded-for: 203.0.113.77\r\nx-real-ip: 203.0.113.77\r\nuser-agent: canary-7f3a\r\n";
    assert_eq!(exchange(collector.address(), &post_request(&batch(1), forwarded)).status, 202);
    assert_eq!(exchange(collector.address(), &post_request(b"{\"canary-7f3a\":1}", forwarded)).status, 400);
    collector.settled();
    let metrics = collector.get("/metrics").text();
    let mut collector = collector;
    collector.stop();
    let mut files = Vec::new();
    gather(collector.directory.path(), &mut files);
    assert!(files.len() > 3, "{files:?}");
    let texts = files.iter().map(|path| std::fs::read(path).unwrap()).chain([metrics.into_bytes()]);
    for text in texts {
        for canary in [&b"203.0.113.77"[..], &[203, 0, 113, 77], &[203, 0, 113], b"127.0.0.1", b"canary-7f3a"]
        {
            assert!(!text.windows(canary.len()).any(|window| window == canary), "{canary:?}");
        }
    }
}

fn gather(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), files)
        } else {
            files.push(entry.path())
        }
    }
}

#[test]
fn one_collector_has_a_directory_and_a_lost_database_is_never_replaced() {
    let mut collector = TestCollector::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = |data: &Path| runtime.block_on(Collector::start(config(data)));
    let second = start(collector.directory.path()).unwrap_err();
    assert!(matches!(second, StartError::InUse(_)), "{second}");
    collector.stop();
    std::fs::remove_file(collector.directory.path().join("store.sqlite")).unwrap();
    let lost = start(collector.directory.path()).unwrap_err();
    assert!(matches!(lost, StartError::Store(_)), "{lost}");
    assert!(lost.to_string().contains("restore"), "{lost}");
}

#[test]
fn imported_arrivals_are_counted_once_the_collector_starts() {
    let directory = tempfile::tempdir().unwrap();
    with_manifest(directory.path());
    let arrivals = (0..500).map(|number| {
        // What is received is no older than its receipt.
        let body = batch(number);
        aboveboard_store::entry::Arrival {
            received: i64::try_from(crate::test_collector::now()).unwrap(),
            skew: 0,
            refused: 0,
            counted_value: None,
            body,
        }
    });
    assert_eq!(aboveboard_collector::import(directory.path(), arrivals).unwrap(), 500);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let running = runtime.block_on(Collector::start(config(directory.path()))).unwrap();
    crate::test_collector::settled(running.address());
    assert_eq!(counted(running.address()), 500);
    runtime.block_on(running.shutdown());
}

/// The methods that the description gives a path, in the order of the alphabet; HEAD goes with GET.
fn allowed_methods(described: &serde_json::Value) -> Vec<String> {
    let mut methods: Vec<_> = described.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
    if described.get("get").is_some() {
        methods.push("HEAD".to_owned());
    }
    methods.sort_unstable();
    methods
}

#[test]
fn the_api_document_names_every_route_and_every_route_answers_as_described() {
    let collector = TestCollector::new();
    let document: serde_json::Value = serde_json::from_slice(&collector.get("/openapi.json").body).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 15);
    for (path, methods) in paths {
        let concrete =
            path.replace("{product}", "quarry").replace("{name}", "none").replace("{file}", "none.json");
        for method in ["get", "put", "post", "delete", "patch"] {
            if path == "/api/live" && method == "get" {
                continue;
            }
            let headers = "content-type: application/json\r\naboveboard-key: qk_pub_quarry\r\n";
            for body in [&b"{}"[..], &batch(1), b"\xff"] {
                // A body where none can be is refused before a route is chosen.
                let body = if method == "get" { b"" } else { body };
                let request = request(&method.to_uppercase(), &concrete, headers, body);
                let answer = exchange(collector.address(), &request);
                match methods.get(method) {
                    None => {
                        assert_eq!(answer.status, 405, "{method} {path} is not described: {answer:?}");
                        assert_eq!(answer.reason(), "method");
                        let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(',').collect();
                        allowed.sort_unstable();
                        assert_eq!(allowed, allowed_methods(methods), "{method} {path}");
                    }
                    Some(described) => {
                        let described = described["responses"].as_object().unwrap();
                        let status = answer.status.to_string();
                        assert!(described.contains_key(&status), "{method} {path}: {answer:?}");
                    }
                }
            }
        }
    }
    for path in [
        "/v1",
        "/v2/batch",
        "/v1/batch/",
        "/v1//batch",
        "/V1/batch",
        "/api",
        "/../etc/passwd",
        "/v1/batch%00",
        "/v1/manifest/%ff",
        "/assets/%ff",
        "/api/tables/%ff",
    ] {
        let answer = collector.get(path);
        assert_eq!((answer.status, answer.reason().as_str()), (404, "not-found"), "{path}");
    }
}

#[test]
fn the_page_answers_while_the_store_catches_up() {
    let directory = tempfile::tempdir().unwrap();
    with_manifest(directory.path());
    let arrivals = (0..20_000).map(|number| aboveboard_store::entry::Arrival {
        received: i64::try_from(crate::test_collector::now() - number * 100).unwrap(),
        skew: 0,
        refused: 0,
        counted_value: None,
        body: batch(number),
    });
    aboveboard_collector::import(directory.path(), arrivals).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let running = runtime.block_on(Collector::start(config(directory.path()))).unwrap();
    let address = running.address();
    std::thread::scope(|scope| {
        for path in ["/api/totals.json", "/", "/api/tables.json"] {
            scope.spawn(move || {
                let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
                until(|| {
                    let answer = exchange(address, request.as_bytes());
                    assert_eq!(answer.status, 200, "{path}: {answer:?}");
                    crate::test_collector::metric(address, "log_unapplied_bytes") == 0
                });
            });
        }
    });
    runtime.block_on(running.shutdown());
}
