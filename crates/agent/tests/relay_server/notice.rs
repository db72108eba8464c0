//! The notice, the first delay, and what an opt-out does to a relay that runs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use aboveboard_core::consent::answer::Answer;
use aboveboard_types::event::Cells;

use rustix::fs::{OFlags, fcntl_setfl};

use super::relay::{Relay, Server, WANTS, report_of};

const WAITING: &str = r#"{"link":"waiting"}"#;
const OFF: &str = r#"{"link":"off"}"#;

#[test]
fn the_notice_is_shown_at_each_start_and_the_first_delay_counts_from_the_first() {
    let mut server = Server::reporting_every(3_600);
    server.set("LARDER_TELEMETRY_FIRST_DELAY", "3600");
    let mut relay = server.relay();
    assert_eq!(relay.line(), WAITING);
    relay.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
    let first = relay.close();
    for part in [&server.collector.endpoint(), "the number of tables, rules", "LARDER_ENABLE_TELEMETRY=false"]
    {
        assert!(first.contains(part), "{part} is not in: {first}");
    }
    assert_eq!(server.files(), ["agreed", "consent"], "nothing is recorded, and no id made");

    let relay = server.relay();
    assert_eq!(relay.line(), WAITING);
    assert_eq!(relay.close(), first, "the delay still ends when it was said to end");

    let path = server.path().join("consent");
    let mut shown = Answer::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
    shown.at -= 7_200;
    std::fs::write(&path, shown.line()).unwrap();
    let relay = server.relay();
    assert_ne!(relay.line(), WAITING, "it was over long ago");
    relay.close();
    assert!(server.collector.batches().is_empty());
}

#[test]
fn the_notice_names_the_opt_outs_that_this_server_has_and_no_other() {
    let server = Server::reporting_every(3_600);
    let said = server.relay().close();
    assert!(said.contains("To turn it off: LARDER_ENABLE_TELEMETRY=false."), "{said}");

    let config = server.path().join("larder.toml");
    std::fs::write(&config, "").unwrap();
    let mut command = server.command();
    command.args(["--config-key", "usage.reports", "--program", "larder telemetry", "--config"]).arg(&config);
    let said = Relay::start(&mut command).close();
    let opt_outs = format!(
        "To turn it off: LARDER_ENABLE_TELEMETRY=false, or usage.reports = false in {}, \
         or `larder telemetry off --directory {}`.",
        config.display(),
        server.path().display()
    );
    assert!(said.contains(&opt_outs), "{said}");
}

#[test]
fn a_notice_that_nobody_can_read_is_not_shown_and_nothing_is_recorded() {
    let server = Server::reporting_every(3_600);
    let mut child =
        server.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), OFF);
    assert_eq!(server.files(), Vec::<String>::new());
}

#[test]
fn a_link_that_a_full_pipe_did_not_take_is_told_as_soon_as_it_does() {
    let server = Server::reporting_every(3_600);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    let mut filled = 0;
    while let Ok(written) = writer.write(&[b' '; 4_096]) {
        filled += written;
    }
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    let mut command = server.command();
    command.args(["--enable-telemetry=false", "--explain"]).stdin(Stdio::piped()).stdout(writer);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    // It has found the pipe full.
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "telemetry is off, by flag\n");
    reader.read_exact(&mut vec![0; filled]).unwrap();
    // Each line makes it look.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"relay\":1}\n{\"event\":\"migrated\"}\n").unwrap();
    drop(stdin);
    let mut told = String::new();
    reader.read_to_string(&mut told).unwrap();
    assert_eq!(told, format!("{OFF}\n"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_opt_out_that_is_stored_while_it_runs_silences_and_deletes() {
    let server = Server::reporting_every(3_600);
    let mut relay = server.relay();
    relay.answer(3);
    server.await_report();
    assert_eq!(server.files(), ["agreed", "consent", "telemetry"]);
    server.store_answer("answer=no\n");
    relay.await_line(OFF);
    assert!(!server.path().join("telemetry").exists(), "everything was deleted before the host heard of it");
    relay.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
    relay.close();
    assert!(!server.path().join("telemetry").exists());
    assert!(server.collector.batches().is_empty());
}

#[test]
fn a_configuration_that_opts_out_while_it_runs_silences_and_deletes_and_one_that_is_broken_only_silences() {
    let server = Server::reporting_every(3_600);
    let config = server.path().join("larder.toml");
    let mut relay = Relay::start(server.command().arg("--config").arg(&config).stdin(Stdio::piped()));
    let link = relay.line();
    relay.answer(3);
    server.await_report();
    std::fs::write(&config, "enable_telemetry = ").unwrap();
    relay.await_line(OFF);
    assert!(server.path().join("telemetry").exists(), "what cannot be read deletes nothing");
    std::fs::write(&config, "enable_telemetry = true\n").unwrap();
    relay.await_line(&link);
    std::fs::write(&config, "enable_telemetry = false\n").unwrap();
    relay.await_line(OFF);
    assert!(!server.path().join("telemetry").exists());
    relay.close();
}

#[test]
fn consent_after_an_opt_out_is_another_installation_which_reports_at_once() {
    let server = Server::reporting_every(3_600);
    let mut relay = server.relay();
    let link = relay.line();
    relay.answer(3);
    let (_, first) = server.await_report();
    let shown = std::fs::read_to_string(server.path().join("consent")).unwrap();
    server.store_answer("answer=no\n");
    relay.await_line(OFF);
    server.store_answer(&shown);
    let again = relay.line();
    assert!(again.starts_with(r#"{"link":""#) && again != link && again != OFF, "{again}");
    relay.answer(4);
    let (_, second) = server.await_report();
    assert_ne!(first.envelope.installation, second.envelope.installation);
    relay.close();
}

#[test]
fn counts_from_before_consent_or_from_before_an_opt_out_are_in_no_later_report() {
    let server = Server::reporting_every(4);
    let consent = server.path().join("consent");
    server.store_answer("answer=no\n");
    let mut relay = Relay::start(server.command().arg("--explain").stdin(Stdio::piped()));
    relay.await_line(OFF);
    relay.count(3);
    relay.settle();
    std::fs::remove_file(&consent).unwrap();
    // What was counted before is no answer to the first question; a report of it would have arrived before the second.
    let link = await_link(&mut relay);
    relay.await_line(WANTS);
    relay.await_line(WANTS);
    relay.count(4);
    let (report, _) = server.await_report();
    assert_eq!(report.counts[0].cells, Cells::One(4));

    let shown = std::fs::read_to_string(&consent).unwrap();
    relay.count(5);
    server.store_answer("answer=no\n");
    relay.await_line(OFF);
    relay.count(6);
    relay.settle();
    server.store_answer(&shown);
    assert_ne!(await_link(&mut relay), link, "another installation");
    relay.await_line(WANTS);
    relay.await_line(WANTS);
    relay.close();
    let batches = server.collector.batches();
    assert_eq!(batches.iter().flat_map(|batch| &batch.events).find_map(report_of), None);
}

/// Has the relay look until it has an id to tell.
fn await_link(relay: &mut Relay) -> String {
    let told = std::time::Instant::now();
    loop {
        relay.say(r#"{"event":"migrated"}"#);
        if let Some(line) = relay.told().filter(|line| line.contains(';')) {
            return line;
        }
        assert!(told.elapsed() < std::time::Duration::from_secs(60));
        std::thread::yield_now();
    }
}

#[test]
fn consent_that_comes_later_takes_effect_without_a_restart() {
    let server = Server::reporting_every(3_600);
    server.store_answer("answer=no\n");
    let mut relay = Relay::start(server.command().stdin(Stdio::piped()));
    assert_eq!(relay.line(), OFF);
    std::fs::remove_file(server.path().join("consent")).unwrap();
    // Whatever the host says makes it look again, as soon as its last look is a second old.
    let told = std::time::Instant::now();
    while server.files().is_empty() {
        relay.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
        assert!(told.elapsed() < std::time::Duration::from_secs(60));
        std::thread::yield_now();
    }
    relay.answer(4);
    server.await_report();
    assert!(relay.close().contains("Larder sends usage data"));
}
