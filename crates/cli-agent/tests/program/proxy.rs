//! The way to the collector: through the proxy that the environment names, past it, or nowhere.

use std::process::Output;

use aboveboard_cli_agent::Http;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::Transport;
use aboveboard_delivery::proxy::Way;
use aboveboard_testkit::proxies;

use super::collector::{Answer, Collector};
use super::tool::Home;

#[test]
fn every_vector_goes_through_the_proxy_past_it_or_nowhere_as_it_says() {
    let make =
        |endpoint: &Endpoint, way: &Way| -> Box<dyn Transport> { Box::new(Http::new(endpoint, None, way)) };
    proxies::try_all(&make, true);
}

/// A home in which something waits to be sent to this collector, and has been there before.
fn home(collector: &Collector) -> Home {
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    while collector.arrived().is_some() {}
    home.run(&collector.endpoint, &["good"]);
    home
}

fn verb(home: &Home, collector: &Collector, verb: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = home.tool(&collector.endpoint);
    command.arg("telemetry").args(verb).envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn what_no_one_can_use_sends_nothing_and_doctor_and_status_say_why() {
    for (variable, value) in [
        ("ALL_PROXY", "socks6://user:secret@127.0.0.1:9"),
        ("http_proxy", "http://user:secret@127.0.0.1:x"),
        ("HTTP_PROXY", "socks4://user:secret@127.0.0.1:9"),
    ] {
        let collector = Collector::start(Answer::Receipt);
        let home = home(&collector);
        for words in [&["send"][..], &["held"], &["doctor"], &["status"], &["status", "--json"], &["forget"]]
        {
            let output = verb(&home, &collector, words, &[(variable, value)]);
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(collector.arrived().is_none(), "{variable} {words:?}: {said}");
            assert!(!said.contains("secret"), "{said}");
            if matches!(words[0], "doctor" | "status") {
                assert!(said.contains(&format!("the proxy in {variable} cannot be used")), "{said}");
            }
        }
    }
}

#[test]
fn a_proxy_is_asked_and_named_and_one_that_refuses_is_not_passed_by() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let collector = Collector::start(Answer::Receipt);
        let proxy = Collector::start(Answer::Page(403));
        let home = home(&collector);
        let value = proxy.endpoint.replace("http://", "http://CORP\\user:secret@");
        for words in [&["send"][..], &["doctor"], &["held"], &["forget"]] {
            let output = verb(&home, &collector, words, &[(variable, &value)]);
            let target = collector.endpoint.strip_prefix("http://").unwrap();
            assert_eq!(proxy.next().path, target, "{variable} {words:?}: {output:?}");
            assert!(collector.arrived().is_none(), "{variable} {words:?}: {output:?}");
        }
        let status = verb(&home, &collector, &["status"], &[(variable, &value)]);
        let shown = String::from_utf8(status.stdout).unwrap();
        assert!(shown.contains(&format!("proxy: {} ({variable})\n", proxy.endpoint)), "{shown}");
        let variables = [(variable, &*value), ("NO_PROXY", "10.0.0.0/8, 127.0.0.0/8")];
        let output = verb(&home, &collector, &["send"], &variables);
        assert!(proxy.arrived().is_none(), "{output:?}");
        // What waits is an erasure now; it goes straight to the collector.
        collector.next();
    }
}

#[test]
fn a_web_server_that_hands_a_clients_header_on_as_a_variable_names_no_proxy() {
    let collector = Collector::start(Answer::Receipt);
    let proxy = Collector::start(Answer::Receipt);
    let home = home(&collector);
    let variables = [("HTTP_PROXY", &*proxy.endpoint), ("REQUEST_METHOD", "GET")];
    verb(&home, &collector, &["send"], &variables);
    collector.next();
    assert!(proxy.arrived().is_none());
}

#[test]
fn a_servers_token_is_shown_to_no_proxy_and_what_runs_here_is_asked_without_one() {
    let collector = Collector::start(Answer::Page(200));
    let proxy = Collector::start(Answer::Page(200));
    let home = Home::new();
    let variables = [("HTTP_PROXY", &*proxy.endpoint), ("TOOL_TELEMETRY_TOKEN", "secret")];
    let here = verb(&home, &collector, &["status", "--server", &collector.endpoint], &variables);
    assert!(here.status.success(), "{here:?}");
    let there = verb(&home, &collector, &["status", "--server", "http://server.invalid"], &variables);
    let said = String::from_utf8(there.stderr).unwrap();
    assert!(!there.status.success() && said.contains("would read the token"), "{said}");
    assert!(proxy.arrived().is_none());
    let open = verb(&home, &collector, &["status", "--server", "http://server.invalid"], &variables[..1]);
    assert_eq!(proxy.next().path, "server.invalid:80", "{open:?}");
}
