//! A collector in this process on a free port, and a client that speaks HTTP byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use aboveboard_collector::config::Digest;
use aboveboard_collector::{Collector, Config, Running};
use aboveboard_testkit::sender;
use tokio::runtime::Runtime;

use crate::schema::mismatch;

/// The API document.
pub(crate) static DOCUMENT: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../src/openapi.json")).unwrap());

pub(crate) const MANIFEST: &str = include_str!("../data/telemetry.toml");

/// The operator's token of every collector here, and its SHA-256.
pub(crate) const TOKEN: &str = "token-of-the-operator";
pub(crate) const TOKEN_HASH: &str = "1b82c790392ba8b62ca9cf174191c0ed1182536944c48e7878007dda6e0b80fc";

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct TestCollector {
    runtime: Runtime,
    running: Option<Running>,
    pub(crate) directory: tempfile::TempDir,
}

/// Defaults on a free port in `data`, with enough space on whatever disk the test has.
pub(crate) fn config(data: &Path) -> Config {
    let mut config = Config::defaults().unwrap();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.data = data.to_owned();
    config.log.free = 0;
    config.operator.token_hash = Digest::parse(TOKEN_HASH);
    config.rate.prefix_per_second = 1_000_000;
    config.rate.prefix_burst = 1_000_000;
    config.apply.pace = Duration::ZERO;
    config
}

pub(crate) fn with_manifest(data: &Path) {
    std::fs::create_dir_all(data.join("manifests")).unwrap();
    std::fs::write(data.join("manifests/quarry.toml"), MANIFEST).unwrap();
}

impl TestCollector {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(with_manifest, change)
    }

    /// A collector on a data directory in which something is laid before it starts.
    pub(crate) fn with_data(prepare: impl FnOnce(&Path)) -> Self {
        Self::over(prepare, |_| {})
    }

    pub(crate) fn over(prepare: impl FnOnce(&Path), change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        prepare(directory.path());
        let mut config = config(directory.path());
        change(&mut config);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let running = runtime.block_on(Collector::start(config)).unwrap();
        Self { runtime, running: Some(running), directory }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address()
    }

    pub(crate) fn operator_address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().operator_address()
    }

    /// Stops the collector; whatever was begun goes on meanwhile.
    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.shutdown());
        }
    }

    /// Stops the collector, and starts one on the same directory.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut config = config(self.directory.path());
        config.operator.token_hash = None;
        self.running = Some(self.runtime.block_on(Collector::start(config)).unwrap());
    }

    pub(crate) fn first_link(&self) -> Option<String> {
        self.running.as_ref().unwrap().first_link()
    }

    pub(crate) fn post(&self, body: &[u8]) -> Answer {
        exchange(self.address(), &post_request(body, ""))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        exchange(self.address(), format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())
    }

    /// The value of a counter, without the prefix that all have.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        metric(self.address(), name)
    }

    /// Waits until the store has everything that the log has.
    pub(crate) fn settled(&self) {
        settled(self.address());
    }
}

impl Drop for TestCollector {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn metric(address: SocketAddr, name: &str) -> u64 {
    let answer = exchange(address, b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let line = format!("aboveboard_{name} ");
    let text = answer.text();
    let value = text.lines().find_map(|text| text.strip_prefix(&line));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

pub(crate) fn settled(address: SocketAddr) {
    until(|| metric(address, "log_unapplied_bytes") == 0);
}

/// Waits until something holds. What is waited for here has no other way to be heard of than by asking.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::yield_now();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| -> Option<(usize, usize)> {
            let (key, _) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some((key.len() + 1, line.len()))
        };
        self.head.lines().find_map(|text| line(text).map(|(from, to)| text[from..to].trim()))
    }

    /// The reason in a problem+json body.
    pub(crate) fn reason(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let schema = &DOCUMENT["components"]["schemas"]["Problem"];
        assert_eq!(mismatch(&DOCUMENT, schema, &problem), None, "{self:?}");
        assert_eq!(problem["status"], self.status, "{self:?}");
        problem["reason"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// One request, one answer, on a connection of its own. It is the operator's unless it states another token.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    try_exchange(address, request).expect("no answer")
}

/// The same for a request that is sent as it stands.
pub(crate) fn exchange_as_stranger(address: SocketAddr, request: &[u8]) -> Answer {
    send(address, request).expect("no answer")
}

pub(crate) fn try_exchange(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    send(address, &as_operator(request))
}

/// The request with the operator's token, unless it states one.
pub(crate) fn as_operator(request: &[u8]) -> Vec<u8> {
    let find = |text: &[u8]| request.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text));
    let Some(line) = find(b"\r\n").filter(|_| find(b"\r\nauthorization:").is_none()) else {
        return request.to_vec();
    };
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    [&request[..line + 2], token.as_bytes(), &request[line + 2..]].concat()
}

fn send(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    // A refusal may come, and the connection close, before all of a large request is written.
    let _ = stream.write_all(request);
    read_answer(&mut stream)
}

/// Reads one answer; `None` where the connection ends without a whole one.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut answer = Answer { status: head.get(9..12)?.parse().ok()?, head, body: bytes[end..].to_vec() };
    if answer.header("transfer-encoding") == Some("chunked") {
        // A stream of arrivals has no end to wait for.
        while answer.header("content-type") != Some("text/event-stream") && !answer.body.ends_with(LAST_CHUNK)
        {
            match stream.read(&mut buffer) {
                Ok(read @ 1..) => answer.body.extend_from_slice(&buffer[..read]),
                _ => return None,
            }
        }
        answer.body = without_chunks(&answer.body);
        return Some(answer);
    }
    let length: usize = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
    while answer.body.len() < length {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => answer.body.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    }
    // What follows is the next answer on this connection, which nobody here asks for.
    answer.body.truncate(length);
    Some(answer)
}

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A chunked body without the lengths of its chunks.
fn without_chunks(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunked.windows(2).position(|window| window == b"\r\n") {
        let length = std::str::from_utf8(&chunked[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 || chunked.len() < end + length + 4 {
            break;
        }
        body.extend_from_slice(&chunked[end + 2..end + 2 + length]);
        chunked = &chunked[end + 4 + length..];
    }
    body
}

pub(crate) fn post_request(body: &[u8], more_headers: &str) -> Vec<u8> {
    let mut request = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         aboveboard-key: qk_pub_quarry\r\ncontent-length: {}\r\n{}{more_headers}\r\n",
        body.len(),
        proof_line(body),
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The proof for a batch, also where it is packed.
fn proof_line(body: &[u8]) -> String {
    let mut head = Vec::new();
    if body.starts_with(b"\x1f\x8b") {
        // What is no gzip member after all names nobody.
        let _ = flate2::read::GzDecoder::new(body).take(1_000).read_to_end(&mut head);
    } else {
        head.extend_from_slice(&body[..body.len().min(1_000)]);
    }
    sender::proof_line(&head)
}

/// Batches after which another installation goes on: below the 50,000 events a day that one may contribute.
const BATCHES_EACH: u64 = 40_000;

/// Whether a text stands anywhere in the files of a data directory.
pub(crate) fn is_in_a_file(data: &Path, text: &str) -> bool {
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path)
                .is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
            {
                return true;
            }
        }
    }
    false
}

/// A batch of one command with ids made of a number, recorded when these tests began: made again it is the same.
pub(crate) fn batch(number: u64) -> Vec<u8> {
    batch_of("quarry", MANIFEST, number / BATCHES_EACH, number)
}

/// The same of a product with this manifest, by the installation with this number.
pub(crate) fn batch_of(product: &str, manifest: &str, installation: u64, number: u64) -> Vec<u8> {
    format!(
        "{{\"wire\":1,\"product\":\"{product}\",\"revision\":1,\"manifest\":\"{}\",\
         \"batch\":\"4e20{:04x}-1111-8111-8111-{:012x}\",\"installation\":\"{}\",\
         \"component\":\"cli\",\"version\":\"1.2.3\",\"os\":\"linux\",\"arch\":\"x86_64\",\"marks\":[],\
         \"sequence\":{number},\"events\":[{{\"name\":\"command\",\"time\":{},\"command\":\"init\",\
         \"run\":\"33333333-3333-4333-8333-{:012x}\",\"error\":false}}],\"outcomes\":{{}}}}",
        hash_of(manifest),
        number & 0xffff,
        number,
        sender::installation(product, installation),
        *BEGAN,
        number,
    )
    .into_bytes()
}

/// The batch with this number, of an installation of its own, recorded at another time.
pub(crate) fn batch_at(number: u64, time: u64) -> Vec<u8> {
    let body = String::from_utf8(batch_of("quarry", MANIFEST, number, number)).unwrap();
    let (before, rest) = body.split_once("\"time\":").unwrap();
    let (_, after) = rest.split_once(',').unwrap();
    format!("{before}\"time\":{time},{after}").into_bytes()
}

/// The manifest under another revision.
pub(crate) fn manifest_of(revision: u32) -> String {
    MANIFEST.replace("revision = 1\n", &format!("revision = {revision}\n"))
}

/// The batch with this number, recorded under another revision.
pub(crate) fn batch_under(revision: u32, number: u64) -> Vec<u8> {
    let body = batch_of("quarry", &manifest_of(revision), number / BATCHES_EACH, number);
    let body = String::from_utf8(body).unwrap();
    body.replace("\"revision\":1", &format!("\"revision\":{revision}")).into_bytes()
}

/// The hash of a manifest.
pub(crate) fn hash_of(manifest: &str) -> String {
    aboveboard_types::hex::encode(&hmac_sha256::Hash::hash(manifest.as_bytes()))
}

/// When the first of these tests made a batch, in seconds since 1970.
static BEGAN: LazyLock<u64> = LazyLock::new(now);

pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// How many events of quarry's CLI are counted. It is asked for again while the rate lets nobody in.
pub(crate) fn counted(address: SocketAddr) -> u64 {
    let ask = || exchange(address, b"GET /api/totals.json HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut answer = ask();
    until(|| {
        let is_let_in = answer.status != 429;
        if !is_let_in {
            answer = ask();
        }
        is_let_in
    });
    assert_eq!(answer.status, 200, "{answer:?}");
    let totals: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    totals["products"]["quarry"]["cli"]["events"].as_u64().unwrap_or(0)
}
