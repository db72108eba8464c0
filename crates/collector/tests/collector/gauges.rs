//! The gauges of products, read by Debian's Prometheus.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use aboveboard_collector::Scope;

use crate::history::{INSTALLATIONS, collector_with_a_past};
use crate::operators::make;
use crate::test_collector::{TOKEN, TestCollector, batch, exchange_as_stranger, until};

fn scrape(collector: &TestCollector) -> String {
    let answer = collector.get("/metrics/products");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    answer.text()
}

/// The value of one sample.
fn sample(text: &str, name: &str) -> Option<i64> {
    let line = format!("aboveboard_product_{name} ");
    text.lines().find_map(|text| text.strip_prefix(&line)).map(|value| value.parse().unwrap())
}

/// What `promtool` finds wrong with metrics.
fn lint(text: &str) -> String {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("promtool");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap() + if output.status.success() { "" } else { "(failed)" }
}

#[test]
fn the_gauges_of_a_product_say_what_its_page_says() {
    let collector = collector_with_a_past();
    assert_eq!(collector.post(&batch(1)).status, 202);
    collector.settled();
    let text = scrape(&collector);
    let everybody = i64::try_from(INSTALLATIONS).unwrap();
    let of = |name: &str| sample(&text, name).unwrap_or_else(|| panic!("no {name} in {text}"));
    for days in ["7", "28"] {
        assert_eq!(of(&format!("active_installations{{product=\"quarry\",days=\"{days}\"}}")), everybody);
        assert_eq!(
            of(&format!("active_installations_before{{product=\"quarry\",days=\"{days}\"}}")),
            everybody
        );
    }
    assert_eq!(of("active_installations{product=\"quarry\",days=\"1\"}"), everybody * 2 / 3);
    assert_eq!(of("new_installations{product=\"quarry\",days=\"28\"}"), 0);
    assert_eq!(of("command_installations{product=\"quarry\",days=\"7\"}"), everybody);
    assert_eq!(of("failing_installations{product=\"quarry\",days=\"7\"}"), everybody / 2);
    assert_eq!(of("info{product=\"quarry\",name=\"Quarry\"}"), 1);
    assert_eq!(of("newest_release_installations{product=\"quarry\",version=\"1.2.3\"}"), everybody);
    assert_eq!(of("awaited_revisions{product=\"quarry\"}"), 0);
    assert_eq!(of("dropped_events{product=\"quarry\",reason=\"spool-full\",days=\"7\"}"), 0);
    assert!(text.matches("aboveboard_product_health_severity{product=\"quarry\"}").count() == 1);
    let table = collector.get("/api/tables/headline.json?product=quarry").text();
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    for (number, name, days) in [
        ("active-28", "active_installations", 28),
        ("active-7", "active_installations", 7),
        ("new-28", "new_installations", 28),
        ("failing-7", "failing_installations", 7),
    ] {
        let rows = table["rows"].as_array().unwrap();
        let row =
            rows.iter().find(|row| row["number"] == number).unwrap_or_else(|| panic!("{number}: {table}"));
        assert_eq!(
            of(&format!("{name}{{product=\"quarry\",days=\"{days}\"}}")),
            row["now"].as_i64().unwrap(),
            "{number}"
        );
    }
    assert_eq!(lint(&text), "");
}

#[test]
fn a_token_is_told_of_its_products_alone_and_without_one_of_none() {
    let collector = collector_with_a_past();
    let ask = |headers: &str| {
        let request = format!("GET /metrics/products HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        exchange_as_stranger(collector.address(), request.as_bytes())
    };
    assert_eq!(ask("").status, 401);
    let quarry = ask(&make(&collector, "q", Scope::Read, Some("quarry"))).text();
    assert!(quarry.contains("aboveboard_product_info{product=\"quarry\",name=\"Quarry\"} 1\n"), "{quarry}");
    let mason = ask(&make(&collector, "m", Scope::Read, Some("mason"))).text();
    assert!(!mason.contains("quarry") && mason.contains("# TYPE aboveboard_product_info gauge\n"), "{mason}");
    let open = TestCollector::with(|config| config.operator.metrics_open = true);
    let request = b"GET /metrics/products HTTP/1.1\r\nhost: localhost\r\n\r\n";
    assert_eq!(exchange_as_stranger(open.address(), request).status, 401, "figures are never open");
}

#[test]
fn a_product_is_measured_once_a_minute_however_many_ask() {
    let collector = collector_with_a_past();
    let before = scrape(&collector);
    assert_eq!(collector.post(&batch(1)).status, 202);
    collector.settled();
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| scrape(&collector))).collect();
        for asked in asked {
            assert_eq!(asked.join().unwrap(), before, "a minute is longer than this test");
        }
    });
}

/// Debian's Prometheus, which asks the collector by the configuration of the guide.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start(collector: &TestCollector) -> Self {
        let guide = include_str!("../../../../docs/operate/collector.md");
        let jobs = guide.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, TOKEN).unwrap();
        assert!(jobs.contains("127.0.0.1:8480") && jobs.contains("/etc/prometheus/aboveboard.token"));
        let jobs = jobs.replace("127.0.0.1:8480", &collector.address().to_string());
        let jobs = jobs.replace("/etc/prometheus/aboveboard.token", &token.to_string_lossy());
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, format!("global: {{ scrape_interval: 1s }}\n{jobs}")).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut prometheus = Command::new("prometheus");
        prometheus.arg(format!("--config.file={}", file.display()));
        prometheus.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        prometheus.arg(format!("--web.listen-address={address}")).arg("--log.level=error");
        let child = prometheus.current_dir(folder.path()).spawn().expect("prometheus");
        let started = Self { child, address, _folder: folder };
        until(|| TcpStream::connect(address).is_ok());
        until(|| started.ask("up == 1").is_ok_and(|samples| samples.len() == 2));
        started
    }

    /// The samples of an expression, or what is wrong with it.
    fn ask(&self, expression: &str) -> Result<Vec<serde_json::Value>, String> {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let request = format!("GET /api/v1/query?query={encoded} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = exchange_as_stranger(self.address, request.as_bytes()).text();
        let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|_| answer)?;
        match answer["data"]["result"].as_array() {
            Some(samples) => Ok(samples.clone()),
            None => Err(answer.to_string()),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The expressions of a dashboard, each with the title of its panel.
fn expressions(dashboard: &str) -> Vec<(String, String)> {
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let of = |panel: &serde_json::Value| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().unwrap();
        targets
            .iter()
            .map(|target| (title.clone(), target["expr"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    panels.iter().flat_map(of).collect()
}

#[test]
fn every_expression_of_the_dashboard_of_products_tells_something_of_a_real_collector() {
    let collector = collector_with_a_past();
    let prometheus = Prometheus::start(&collector);
    let dashboard = include_str!("../../../../config/grafana-product-dashboard.json");
    let asked = expressions(dashboard);
    assert!(asked.len() >= 19, "{asked:?}");
    for (title, expression) in asked {
        for products in [".*", "quarry"] {
            let expression = expression.replace("$job", "aboveboard-products").replace("$product", products);
            let samples = prometheus.ask(&expression).unwrap();
            assert!(!samples.is_empty(), "{title}: {expression}");
            for sample in samples {
                let value = sample["value"][1].as_str().unwrap();
                assert!(value.parse::<f64>().unwrap().is_finite(), "{title}: {expression}: {sample}");
            }
        }
    }
    // The variables are offered what is there.
    let info = prometheus.ask("aboveboard_product_info").unwrap();
    assert_eq!(info[0]["metric"]["job"], "aboveboard-products");
    assert_eq!(info[0]["metric"]["product"], "quarry");
    // What the collector says of itself is asked in words that Prometheus understands, too.
    for (title, expression) in expressions(include_str!("../../../../config/grafana-dashboard.json")) {
        let answer = prometheus.ask(&expression.replace("$job", "aboveboard"));
        assert!(answer.is_ok(), "{title}: {answer:?}");
    }
}
