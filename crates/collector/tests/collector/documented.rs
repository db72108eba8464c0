//! Requests made from the API document itself: whatever the document allows, and whatever it does not, is answered as
//! the document says, and the collector is well afterwards.

use aboveboard_testkit::sender;
use aboveboard_types::headers;
use aboveboard_types::possession::Purpose;
use serde_json::{Map, Value, json};

use crate::schema::{mismatch, referred};
use crate::test_collector::{
    Answer, MANIFEST, TestCollector, as_operator, batch, batch_of, connect, counted, hash_of, read_answer,
};

/// Chance that repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}

/// Texts that something may stumble over, and some that are what is asked for.
const TEXTS: [&str; 24] = [
    "",
    "quarry",
    "init",
    "commands.json",
    "activity.csv",
    "2.4.1",
    "0123456789abcdef",
    "2026-11-22",
    "22222222-2222-8222-8222-222222222222",
    "command:init",
    "tables:1-9",
    "other",
    "../../etc/passwd",
    "%00",
    "%ff%fe",
    "'; DROP TABLE row; --",
    "<script>alert(1)</script>",
    "=1+1",
    "\u{202e}\u{0}\u{7f}",
    "99999999999999999999",
    "-1",
    "NaN",
    "ä日本🦀",
    "a very long text a very long text a very long text a very long text a very long text a very long text a very long text",
];

/// A value of a schema, or now and then of none.
fn value(document: &Value, schema: &Value, chance: &mut Chance, depth: usize) -> Value {
    if depth > 6 || chance.happens(4) {
        return junk(chance);
    }
    if schema["$ref"].is_string() {
        return value(document, referred(document, &schema["$ref"]), chance, depth + 1);
    }
    if let Some(list) = schema["enum"].as_array() {
        return chance.pick(list).clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    if let (Some(list), true) = (schema["oneOf"].as_array(), schema["properties"].is_null()) {
        let schema = chance.pick(list).clone();
        return value(document, &schema, chance, depth + 1);
    }
    match schema["type"].as_str() {
        Some("object") => object(document, schema, chance, depth),
        Some("array") => {
            let most = schema["maxItems"].as_u64().unwrap_or(4).min(4) as usize;
            (0..chance.below(most + 1))
                .map(|_| value(document, &schema["items"], chance, depth + 1))
                .collect()
        }
        Some("integer") => {
            let least = schema["minimum"].as_u64().unwrap_or(0);
            let most = schema["maximum"].as_u64();
            let most = most.unwrap_or(u64::MAX);
            json!(*chance.pick(&[
                least,
                least + 1,
                1,
                most,
                most.saturating_add(1),
                crate::test_collector::now()
            ]))
        }
        Some("boolean") => json!(chance.happens(50)),
        Some("string") => match schema["pattern"].as_str() {
            Some("^[0-9a-f]{64}$") => {
                json!(chance.pick(&[hash_of(MANIFEST), "5a".repeat(32)]))
            }
            Some(pattern) if pattern.contains("-8") => json!(sender::installation("quarry", 0).to_string()),
            Some(pattern) if pattern.contains("rc|other") => json!("1.2.3"),
            _ => json!(chance.pick(&TEXTS)),
        },
        _ => junk(chance),
    }
}

/// The proof that a route asks for.
fn proof_for(path: &str) -> String {
    let purpose = match path {
        "/v1/erase" => Purpose::Forget,
        "/v1/held" => Purpose::Read,
        _ => Purpose::Send,
    };
    sender::proof(sender::installation("quarry", 0), purpose).unwrap().to_string()
}

fn object(document: &Value, schema: &Value, chance: &mut Chance, depth: usize) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut made = Map::new();
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        let wanted = if required.contains(&name.as_str()) { 99 } else { 30 };
        if chance.happens(wanted) {
            made.insert(name.clone(), value(document, of, chance, depth + 1));
        }
    }
    if schema["additionalProperties"].is_object() {
        for _ in 0..chance.below(3) {
            let names = schema.pointer("/propertyNames/enum").and_then(Value::as_array);
            let name = match names {
                Some(names) => chance.pick(names).as_str().unwrap_or_default().to_owned(),
                None => (*chance.pick(&TEXTS)).to_owned(),
            };
            made.insert(name, value(document, &schema["additionalProperties"], chance, depth + 1));
        }
    }
    if chance.happens(3) {
        made.insert((*chance.pick(&TEXTS)).to_owned(), junk(chance));
    }
    Value::Object(made)
}

fn junk(chance: &mut Chance) -> Value {
    let text = *chance.pick(&TEXTS);
    chance
        .pick(&[
            json!(null),
            json!(-1),
            json!(0.5),
            json!([]),
            json!({}),
            json!(text),
            json!([[text]]),
            json!(true),
        ])
        .clone()
}

fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A request of an operation.
fn request(document: &Value, path: &str, method: &str, operation: &Value, chance: &mut Chance) -> Vec<u8> {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    let mut lines = String::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let is_referred = parameter["$ref"].is_string();
        let parameter = if is_referred { referred(document, &parameter["$ref"]) } else { parameter };
        let name = parameter["name"].as_str().expect("a name");
        let mut made = value(document, &parameter["schema"], chance, 0);
        if name == headers::PROOF && chance.happens(90) {
            made = json!(proof_for(&path));
        }
        match parameter["in"].as_str() {
            // An empty one would make another path.
            Some("path") => {
                let part =
                    encode(Some(text(&made)).filter(|text| !text.is_empty()).as_deref().unwrap_or("x"));
                path = path.replace(&format!("{{{name}}}"), &part);
            }
            Some("query") if chance.happens(40) => {
                let each = made.as_array().cloned().unwrap_or_else(|| vec![made]);
                query.extend(each.iter().map(|value| format!("{name}={}", encode(&text(value)))));
            }
            Some("header") if chance.happens(60) => {
                let visible = |letter: &char| letter.is_ascii_graphic() || *letter == ' ';
                let value: String = text(&made).chars().filter(visible).collect();
                lines.push_str(&format!("{name}: {value}\r\n"));
            }
            _ => {}
        }
    }
    if chance.happens(5) {
        query.push(format!(
            "{}={}",
            encode(chance.pick::<&str>(&TEXTS)),
            encode(chance.pick::<&str>(&TEXTS))
        ));
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let mut body = Vec::new();
    if let Some(content) = operation.pointer("/requestBody/content").and_then(Value::as_object) {
        let (kind, schema) = content.iter().next().expect("a kind of body");
        let made = value(document, &schema["schema"], chance, 0);
        body = if kind.contains("json") { made.to_string().into_bytes() } else { text(&made).into_bytes() };
        if chance.happens(3) {
            body.truncate(chance.below(body.len() + 1));
        }
        let kind = if chance.happens(3) { "text/plain" } else { kind };
        lines.push_str(&format!("content-type: {kind}\r\n"));
    }
    if !body.is_empty() || chance.happens(50) {
        lines.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    let method = method.to_uppercase();
    [format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n").into_bytes(), body].concat()
}

/// The answer, or of a stream its head.
fn ask(collector: &TestCollector, request: &[u8]) -> Answer {
    use std::io::Write as _;
    let mut stream = connect(collector.address());
    stream.write_all(&as_operator(request)).unwrap();
    let text = String::from_utf8_lossy(request).into_owned();
    read_answer(&mut stream).unwrap_or_else(|| panic!("no answer to {text}"))
}

/// What of an answer is not as the document says, from its content type to the values of its body.
fn undocumented(document: &Value, documented: &Value, answer: &Answer) -> Option<String> {
    // An answer whose content is left open, such as a file.
    let contents = documented["content"].as_object()?;
    let content_type = answer.header("content-type").unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default();
    let Some(content) = contents.get(content_type) else {
        return Some(format!("{content_type:?} is not documented"));
    };
    let check = |value: &Value| mismatch(document, &content["schema"], value);
    let text = answer.text();
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    match content_type {
        "application/json" | "application/problem+json" => check(&read(&text)),
        "application/jsonl" => text.lines().find_map(|line| check(&read(line))),
        _ => check(&Value::String(text)),
    }
}

#[test]
fn torture_what_the_document_describes_is_answered_as_the_document_says() {
    let rounds = if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { 5_000 } else { 60 };
    let collector = TestCollector::with(|config| {
        config.rate.total_per_second = 1_000_000;
        config.rate.total_burst = 1_000_000;
    });
    assert_eq!(collector.post(&batch(1)).status, 202);
    let document: Value = serde_json::from_slice(&collector.get("/openapi.json").body).unwrap();
    let paths = document["paths"].as_object().unwrap();
    // Every route of the page and of the operator is in it.
    for route in [
        "/v1/batch",
        "/v1/erase",
        "/v1/held",
        "/v1/manifest/{product}",
        "/",
        "/api/tables.json",
        "/api/tables/{file}",
        "/api/totals.json",
        "/api/digest",
        "/feed.atom",
        "/api/live",
        "/api/amendments",
        "/api/versions.json",
        "/metrics",
        "/metrics/products",
        "/healthz",
        "/readyz",
    ] {
        assert!(paths.contains_key(route), "{route}");
    }
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut asked = 0;
    let mut well = 0;
    for _ in 0..rounds {
        for (path, operations) in paths {
            for (method, operation) in operations.as_object().unwrap() {
                let request = request(&document, path, method, operation, &mut chance);
                let answer = ask(&collector, &request);
                let request_text = String::from_utf8_lossy(&request);
                let documented = &operation["responses"][answer.status.to_string()];
                assert!(
                    documented.is_object(),
                    "{} is not documented for\n{request_text}\n{answer:?}",
                    answer.status
                );
                if let Some(wrong) = undocumented(&document, documented, &answer) {
                    panic!("{wrong}\n{request_text}\n{answer:?}");
                }
                asked += 1;
                well += u64::from(answer.status < 300);
            }
        }
    }
    assert!(well * 4 > asked, "{well} of {asked} were understood: the requests prove little");
    println!("{asked} requests made from the document, {well} of them understood, each answered as it says");
    assert_eq!(collector.get("/healthz").status, 200);
    collector.settled();
    let before = counted(collector.address());
    let fresh = batch_of("quarry", MANIFEST, 77, 77);
    assert_eq!(collector.post(&fresh).status, 202);
    collector.settled();
    assert_eq!(counted(collector.address()), before + 1);
}
