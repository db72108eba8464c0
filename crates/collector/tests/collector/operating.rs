//! What operators are given: the service unit, the proxy, the variables.

use std::path::Path;
use std::process::Command;

use aboveboard_testkit::sender;

use crate::program::{Program, not_run, prepare, program};
use crate::proxy::Proxy;
use crate::test_collector::{batch, exchange, metric};

fn shipped(name: &str) -> String {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    std::fs::read_to_string(config.join(name)).unwrap()
}

#[test]
fn systemd_accepts_the_shipped_units() {
    let directory = tempfile::tempdir().unwrap();
    let unit = shipped("aboveboard-collector.service");
    assert!(unit.contains("ExecStart=/usr/bin/aboveboard collect --config "));
    for name in ["aboveboard-collector.service", "aboveboard-collector-backup.service"] {
        let unit = shipped(name);
        for shared in ["DynamicUser=yes", "User=aboveboard-collector", "StateDirectory=aboveboard-collector"]
        {
            assert!(unit.lines().any(|line| line == shared), "{name}: {shared}");
        }
    }
    let names = [
        "aboveboard-collector.service",
        "aboveboard-collector-backup.service",
        "aboveboard-collector-backup.timer",
    ];
    for name in names {
        let unit = shipped(name).replace("/usr/bin/aboveboard", &program().to_string_lossy());
        std::fs::write(directory.path().join(name), unit).unwrap();
    }
    let files = names.map(|name| directory.path().join(name));
    match Command::new("systemd-analyze").arg("verify").args(&files).output() {
        Ok(checked) => {
            let stderr = String::from_utf8_lossy(&checked.stderr);
            assert!(checked.status.success() && !stderr.contains("aboveboard-collector"), "{stderr}");
        }
        Err(error) => not_run(&format!("systemd-analyze: {error}")),
    }
}

#[test]
fn variables_go_above_the_file_and_a_wrong_one_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(directory.path(), &directory.path().join("data"), "");
    let mut command = Command::new("env");
    command
        .arg("ABOVEBOARD_COLLECTOR_RATE__PREFIX_BURST=1")
        .arg("ABOVEBOARD_COLLECTOR_RATE__PREFIX_PER_SECOND=1");
    let collector = Program::traced(command, &config);
    let request = crate::test_collector::post_request(&batch(1), "");
    assert_eq!(exchange(collector.address, &request).status, 202);
    assert_eq!(exchange(collector.address, &request).status, 429);
    drop(collector);
    for (name, value) in [("LIMITS__HEADER", "soon"), ("LIMITS__HEDDER", "5s"), ("LISTEN", "everywhere")] {
        let output = Command::new(program())
            .arg(&config)
            .env(format!("ABOVEBOARD_COLLECTOR_{name}"), value)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let key = name.to_lowercase().replace("limits__", "");
        assert!(!output.status.success() && stderr.to_lowercase().contains(&key), "{name}: {stderr}");
    }
}

#[test]
fn every_key_can_be_set_by_its_variable() {
    let directory = tempfile::tempdir().unwrap();
    let config = prepare(directory.path(), &directory.path().join("data"), "");
    let mut table = String::new();
    let mut variables = Vec::new();
    for line in aboveboard_collector::config::DEFAULTS.lines() {
        // Keys that have no default collector there as comments.
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ")
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        {
            variables
                .push((format!("{table}{key}").replace('.', "__").replace('-', "_").to_uppercase(), key));
        }
    }
    assert!(variables.len() > 20, "{variables:?}");
    for (variable, key) in variables {
        // A value of no kind is refused by the key's name: the variable reaches it.
        let wrong = if key == "data" { "" } else { "{x=[]}" };
        let variable = format!("ABOVEBOARD_COLLECTOR_{variable}");
        let output = Command::new(program()).arg(&config).env(&variable, wrong).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.to_lowercase().contains(key), "{variable}: {stderr}");
    }
}

#[test]
fn behind_the_shipped_proxy_agents_get_in_and_nobody_else_does() {
    let directory = tempfile::tempdir().unwrap();
    let more = "[proxy]\ntrusted-hops = 1\n";
    let config = prepare(directory.path(), &directory.path().join("data"), more);
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("prefix-per-second = 1000000", "prefix-per-second = 1");
    std::fs::write(&config, text.replace("prefix-burst = 1000000", "prefix-burst = 4")).unwrap();
    let collector = Program::start(&config);
    let recipe = shipped("nginx-collector.conf");
    let upstream = [("http://127.0.0.1:8480", format!("http://{}", collector.address))];
    let nginx = Proxy::nginx(directory.path(), "telemetry.example.org", &recipe, &upstream);
    let body = directory.path().join("batch.json");
    std::fs::write(&body, batch(1)).unwrap();
    let data = format!("@{}", body.display());
    let proof = sender::proof_line(&batch(1));
    let headers = ["content-type: application/json", "aboveboard-key: qk_pub_quarry", proof.trim_end()];
    let mut request: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
    request.extend(["--data-binary", &data]);
    let post = |header| [&request[..], &["-H", header]].concat();
    assert_eq!(nginx.status(&post("accept: */*"), "/v1/batch"), "202");
    let chunked = nginx.status(&post("transfer-encoding: chunked"), "/v1/batch");
    assert_eq!(chunked, "202", "the proxy gathers the body");
    for path in ["/", "/api/totals.json", "/metrics", "/readyz"] {
        assert_eq!(nginx.status(&[], path), "404", "{path}");
    }
    assert_eq!(nginx.status(&["-X", "PUT", "-d", "x"], "/v1/manifest/quarry"), "403");
    assert_eq!(nginx.status(&[], "/v1/manifest/quarry"), "200");
    // Whatever a client writes into the header, it counts as the address that the proxy saw.
    let forged: Vec<_> = (1..=40).map(|n| format!("x-forwarded-for: 203.0.{n}.1")).collect();
    let requests: Vec<_> = forged.iter().map(|header| post(header)).collect();
    let requests: Vec<_> = requests.iter().map(Vec::as_slice).collect();
    let statuses = nginx.statuses(&requests, "/v1/batch");
    assert!(statuses.contains(&"429".to_owned()), "{statuses:?}");
    assert!(metric(collector.address, "batches_acknowledged_total") >= 2);
}

/// Every metric in a query, with the reasons that it picks.
fn metrics_in(query: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in query.match_indices("aboveboard_") {
        let rest = &query[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let labels =
            rest[end..].strip_prefix('{').and_then(|rest| rest.split('}').next()).unwrap_or_default();
        let reason = labels.split("reason").nth(1).and_then(|picked| picked.split('"').nth(1));
        let reasons = reason.map(|list| list.split('|').map(str::to_owned).collect()).unwrap_or_default();
        found.push((rest[..end].to_owned(), reasons));
    }
    found
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_alerts_is_one_that_the_collector_exports() {
    let collector = crate::test_collector::TestCollector::new();
    let metrics = collector.get("/metrics").text();
    let dashboard: serde_json::Value = serde_json::from_str(&shipped("grafana-dashboard.json")).unwrap();
    let mut queries: Vec<String> = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty() && panel["title"].is_string(), "{panel}");
        queries.extend(targets.iter().map(|target| target["expr"].as_str().unwrap().to_owned()));
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    queries.extend(variables.iter().filter_map(|variable| variable["query"].as_str()).map(str::to_owned));
    let dashboards = queries.len();
    let alerts = shipped("prometheus-alerts.yml");
    queries.extend(alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned));
    assert!(dashboards > 20 && queries.len() - dashboards == alerts.matches("alert: ").count());
    for (metric, reasons) in queries.iter().flat_map(|query| metrics_in(query)) {
        assert!(metrics.contains(&format!("\n# TYPE {metric} ")), "{metric} is not exported");
        for reason in reasons {
            assert!(metrics.contains(&format!("\n{metric}{{reason=\"{reason}\"}} ")), "{metric} {reason}");
        }
    }
    let drop = |text: &str| text.contains("batches_acknowledged_total") && text.contains("offset 7d");
    assert!(queries[..dashboards].iter().any(|query| drop(query)), "the same weekday");
    assert!(queries[dashboards..].iter().any(|query| drop(query)), "the same weekday");
    for query in &queries {
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            assert_eq!(query.matches(open).count(), query.matches(close).count(), "{query}");
        }
    }
}
