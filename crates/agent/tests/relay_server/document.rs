//! `docs/embed/relay-server.md`: every block of it, as it stands there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use aboveboard_types::event::Cells;

use super::relay::{AGENT, Relay, Server, manifest};

/// The one block of a language.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/embed/relay-server.md");
    let page = std::fs::read_to_string(page).unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = page.split(&fence).skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert_eq!(blocks.count(), 0, "{language}");
    block.to_owned()
}

#[test]
fn the_manifest_of_the_page_is_that_of_these_tests() {
    assert!(std::fs::read_to_string(manifest()).unwrap().contains(&block("toml")));
}

#[test]
fn the_lines_of_the_page_are_taken() {
    let server = Server::reporting_every(3_600);
    let mut relay = Relay::start(server.command().arg("--explain").stdin(Stdio::piped()));
    for line in block("json").lines().skip(1) {
        relay.say(line);
    }
    relay.answer(3);
    let (report, batch) = server.await_report();
    assert_eq!(report.timings.unwrap().of[0].cells[0].total, 12);
    assert_eq!(batch.events.len(), 2, "and the event");
    assert!(!relay.close().contains("line "));
}

#[test]
fn the_server_of_the_page_reports_and_names_itself_to_its_clients_and_serves_without_the_agent() {
    for has_agent in [true, false] {
        let server = Server::reporting_every(2);
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("larder.py");
        std::fs::write(&program, block("python")).unwrap();
        if has_agent {
            std::os::unix::fs::symlink(AGENT, folder.path().join("aboveboard-agent")).unwrap();
        }
        let mut command = Command::new("/usr/bin/python3");
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        server.equip(&mut command).arg(&program).arg(manifest()).env("PATH", path);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port = port.trim().parse().unwrap();
        if has_agent {
            let (first, batch) = server.await_report();
            assert_eq!(first.counts[0].cells, Cells::One(3));
            let response = get(port);
            let id = batch.envelope.installation.to_string();
            assert!(response.contains(&format!("aboveboard-server: {id};2.1.0;")), "{response}");
            // It was written after the response; whichever report comes next may have been made before.
            while server.await_report().0.timings.is_none() {}
        } else {
            let response = get(port);
            assert!(
                response.contains("aboveboard-server: off") && response.ends_with("beans\n"),
                "{response}"
            );
        }
        child.kill().unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        assert_eq!(said.starts_with("Larder sends usage data"), has_agent, "{said}");
    }
}

fn get(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}
