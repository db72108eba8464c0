//! Erasures that wait: none is lost, whatever other processes do and whatever lies in the files.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aboveboard_types::possession::{Possession, Purpose};

use super::collector::{Answer, Collector};
use super::delivery::wait_for_end;
use super::tool::{CLOSED, Home};

/// A home whose user said yes to this endpoint, where one command was sent to it, as far as anybody listens.
fn reporting(endpoint: &str) -> Home {
    let home = Home::new();
    home.verb(endpoint, &["on"]);
    home.run(endpoint, &["good"]);
    home.run(endpoint, &["telemetry", "send"]);
    home
}

/// Puts a ticket there, as an erasure leaves it.
fn put_ticket(home: &Home, name: &str, line: &[u8]) {
    let directory = home.state().join("ticket");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(name), line).unwrap();
}

fn tickets(home: &Home) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.state().join("ticket")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn what_is_stored_while_another_process_waits_for_an_answer_stays() {
    let home = reporting(CLOSED);
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", slow.local_addr().unwrap());
    let old = Possession::of(&[1; 32], "tool", "127.0.0.1");
    let line = format!("{endpoint} process {} {}\n", old.id(), old.proof(Purpose::Forget));
    put_ticket(&home, "old", line.as_bytes());
    let mut send = home.tool(&endpoint).args(["telemetry", "send"]).stderr(Stdio::null()).spawn().unwrap();
    let (mut stream, _) = slow.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"{\"product\":\"tool\"}") {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).unwrap();
        assert!(length > 0, "the request ends early");
        request.extend(&part[..length]);
    }
    // Its ticket is being handed in, and a second one comes.
    assert_eq!(home.run(CLOSED, &["telemetry", "forget"]).status.code(), Some(6));
    assert_eq!(tickets(&home).len(), 2);
    let body = format!("{{\"erasure\":\"logged\",\"installation\":\"{}\"}}", old.id());
    let head =
        format!("HTTP/1.1 202 x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    send.wait().unwrap();
    let [left] = &tickets(&home)[..] else { panic!("{:?}", tickets(&home)) };
    assert!(std::fs::read_to_string(left).unwrap().starts_with(CLOSED), "the second is lost");
}

#[test]
fn a_damaged_ticket_is_told_and_takes_no_other_with_it() {
    let collector = Collector::start(Answer::Receipt);
    let home = reporting(&collector.endpoint);
    collector.next();
    put_ticket(&home, "bytes", b"http://127.0.0.1:9 answer \xff\n");
    put_ticket(&home, "cut", b"http://127.0.0.1:9 ans");
    let old = Possession::of(&[1; 32], "tool", "127.0.0.1");
    let line = format!("{} answer {} {}\n", collector.endpoint, old.id(), old.proof(Purpose::Forget));
    put_ticket(&home, "old", line.as_bytes());
    let forget = home.run(&collector.endpoint, &["telemetry", "forget"]);
    assert_eq!(forget.status.code(), Some(6), "{forget:?}");
    let said = String::from_utf8(forget.stderr).unwrap();
    assert!(
        said.contains("ticket/bytes cannot be read") && said.contains("ticket/cut cannot be read"),
        "{said}"
    );
    let erased = [collector.next(), collector.next()].map(|erasure| erasure.proved(Purpose::Forget).unwrap());
    assert!(erased.contains(&old.id()) && erased[0] != erased[1]);
    assert_eq!(tickets(&home).len(), 2, "what cannot be read stays");
}

#[test]
fn nothing_is_deleted_before_the_erasure_is_stored_or_taken() {
    let home = reporting(CLOSED);
    std::fs::write(home.state().join("ticket"), "").unwrap();
    let forget = home.run(CLOSED, &["telemetry", "forget"]);
    assert_eq!(forget.status.code(), Some(1), "{forget:?}");
    assert!(home.state().join("secret").exists(), "nobody can prove any more whose the data are");

    let collector = Collector::start(Answer::Receipt);
    let home = reporting(&collector.endpoint);
    assert_eq!(collector.next().path, "/v1/batch");
    std::fs::write(home.state().join("ticket"), "").unwrap();
    home.run(&collector.endpoint, &["telemetry", "forget"]);
    assert!(collector.next().proved(Purpose::Forget).is_some());
    assert!(!home.state().join("secret").exists());
}

/// What `off --forget` says in a home where the ticket cannot be stored, and how it ends.
fn off_and_forget(home: &Home, endpoint: &str) -> (Option<i32>, String) {
    let off = home.run(endpoint, &["telemetry", "off", "--forget"]);
    (off.status.code(), String::from_utf8(off.stderr).unwrap())
}

#[test]
fn an_opt_out_wins_over_an_erasure_that_cannot_be_kept_and_says_what_is_lost() {
    let collector = Collector::start(Answer::Receipt);
    let home = reporting(&collector.endpoint);
    let id = collector.next().proved(Purpose::Send).unwrap();
    let in_the_way = home.state().join("ticket");
    std::fs::write(&in_the_way, "").unwrap();
    let (exit, said) = off_and_forget(&home, &collector.endpoint);
    assert_eq!(collector.next().proved(Purpose::Forget), Some(id), "it is handed in at once");
    assert_eq!(exit, Some(6), "what is in the way may have been a ticket: {said}");
    assert!(!said.contains("neither sent nor stored"), "{said}");

    let home = reporting(CLOSED);
    let secret = std::fs::read_to_string(home.state().join("secret")).unwrap();
    let secret: [u8; 32] = aboveboard_types::hex::decode(secret.trim_end().as_bytes()).unwrap();
    let id = Possession::of(&secret, "tool", "127.0.0.1").id();
    std::fs::write(home.state().join("ticket"), "").unwrap();
    let (exit, said) = off_and_forget(&home, CLOSED);
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains(&format!("{CLOSED} could be neither sent nor stored")), "{said}");
    assert!(said.contains(&id.to_string()) && said.contains("write to"), "{said}");
    assert!(home.answer().unwrap().starts_with("answer=no"));
    assert!(!home.state().join("secret").exists() && !home.state().join("spool").exists());
}

#[test]
fn an_opt_out_elsewhere_gives_nothing_up_of_what_lies_in_the_usual_place() {
    let collector = Collector::start(Answer::Receipt);
    let off = |home: &Home, more: &[&str]| {
        let mut tool = home.tool(&collector.endpoint);
        for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
            tool.env(variable, home.path().join(variable));
        }
        let output = tool.args(["telemetry", "off"]).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let home = reporting(&collector.endpoint);
    let id = collector.next().proved(Purpose::Send).unwrap();
    let (exit, said) = off(&home, &["--forget"]);
    assert_eq!(collector.next().proved(Purpose::Forget), Some(id), "{said}");
    assert_eq!(exit, Some(0), "{said}");
    assert!(!home.state().join("secret").exists());

    let home = reporting(&collector.endpoint);
    let (_, said) = off(&home, &[]);
    let stays = format!("what was sent before is not deleted: {} keeps it", collector.endpoint);
    assert!(said.contains(&stays), "{said}");
}

#[test]
fn an_opt_out_that_cannot_be_stored_keeps_what_an_erasure_needs() {
    let home = reporting(CLOSED);
    // In place of the directory that a ticket needs, and of the file that the answer is.
    std::fs::write(home.state().join("ticket"), "").unwrap();
    let answer = home.path().join(".config/tool/consent");
    std::fs::remove_file(&answer).unwrap();
    std::fs::create_dir(&answer).unwrap();
    let (exit, said) = off_and_forget(&home, CLOSED);
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("the installation id is still here"), "{said}");
    assert!(home.state().join("secret").exists() && home.state().join("spool").exists());

    std::fs::remove_file(home.state().join("ticket")).unwrap();
    std::fs::remove_dir(&answer).unwrap();
    assert_eq!(off_and_forget(&home, CLOSED).0, Some(6));
    assert_eq!(tickets(&home).len(), 1, "what was kept can still be erased");
}

#[test]
fn a_full_disk_keeps_no_opt_out_and_no_erasure_out() {
    let home = reporting(CLOSED);
    let script = r#"
        cp -a "$HOME" "$HOME.copy" && mount -t tmpfs -o size=128k,mode=700 tmpfs "$HOME" &&
        cp -a "$HOME.copy/." "$HOME" && rm -r "$HOME.copy" || exit 100
        head -c 1000000 /dev/zero > "$HOME/ballast" 2>/dev/null
        touch "$HOME/more" && echo x > "$HOME/more" && exit 101
        "$0" telemetry off --forget
        echo "$?" "$(cat "$HOME/.config/tool/consent")"
        cd "$HOME/.local/state/tool/telemetry" && find . -type f"#;
    let root = rustix::process::geteuid().is_root();
    let options: &[&str] = if root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
    let mut unshare = home.equip(Command::new("unshare"), CLOSED);
    let output =
        unshare.args(options).args(["--", "sh", "-c", script]).arg(super::tool::program()).output().unwrap();
    if output.stderr.starts_with(b"unshare") {
        println!("not run: no mount is allowed here");
        return;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let exit = lines.next().unwrap_or_default();
    assert!(exit.starts_with("6 answer=no"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<_> = lines.collect();
    assert!(left.len() == 1 && left[0].starts_with("./ticket/"), "{left:?}");
}

#[test]
fn an_erasure_that_was_killed_halfway_is_finished_before_anything_is_sent() {
    let collector = Collector::start(Answer::Receipt);
    for by_helper in [false, true] {
        let home = reporting(&collector.endpoint);
        let id = collector.next().proved(Purpose::Send).unwrap();
        home.run(&collector.endpoint, &["bad"]);
        // As it is left by a kill after the tickets: the same secret, and a ticket made of it.
        let digits = std::fs::read_to_string(home.state().join("secret")).unwrap();
        let secret: [u8; 32] = aboveboard_types::hex::decode(digits.trim_end().as_bytes()).unwrap();
        let possession = Possession::of(&secret, "tool", "127.0.0.1");
        assert_eq!(possession.id(), id);
        let line = format!("{} answer {id} {}\n", collector.endpoint, possession.proof(Purpose::Forget));
        put_ticket(&home, "killed", line.as_bytes());
        if by_helper {
            home.tool(&collector.endpoint).arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
            wait_for_end(&home);
        }
        home.run(&collector.endpoint, &["telemetry", "send"]);
        while let Some(erasure) = collector.arrived() {
            assert_eq!(erasure.path, "/v1/erase", "sent under the id that is erased: {erasure:?}");
            assert_eq!(erasure.proved(Purpose::Forget), Some(id));
        }
        assert!(!home.state().join("secret").exists());
        home.run(&collector.endpoint, &["good"]);
        home.verb(&collector.endpoint, &["send"]);
        assert_ne!(collector.next().proved(Purpose::Send), Some(id), "the id is another one");
    }
}

#[test]
fn a_list_of_collectors_that_is_lost_gives_nothing_up_in_silence() {
    let collector = Collector::start(Answer::Receipt);
    let damage: [fn(&Path); 7] = [
        |list| std::fs::write(list, "").unwrap(),
        |list| std::fs::remove_file(list).unwrap(),
        |list| {
            std::fs::remove_file(list).unwrap();
            assert!(Command::new("mkfifo").arg(list).status().unwrap().success());
        },
        |list| std::fs::OpenOptions::new().write(true).open(list).unwrap().set_len(20).unwrap(),
        |list| std::fs::write(list, "x".repeat(70_000)).unwrap(),
        |list| std::fs::write(list, b"http://127.0.0.1:9 answer\n\xff\n").unwrap(),
        |list| {
            std::fs::remove_file(list).unwrap();
            std::fs::create_dir(list).unwrap();
        },
    ];
    for (number, damage) in damage.into_iter().enumerate() {
        let home = reporting(&collector.endpoint);
        let id = collector.next().proved(Purpose::Send).unwrap();
        let list = home.state().join("collectors");
        damage(&list);
        let held = home.verb(&collector.endpoint, &["held"]);
        assert!(held.contains("holds"), "{number}: {held}");
        collector.next();
        collector.next();
        let forget = home.run(&collector.endpoint, &["telemetry", "forget"]);
        let said = String::from_utf8(forget.stderr).unwrap();
        assert!(said.contains("telemetry/collectors"), "{number}: {said}");
        assert_eq!(collector.next().proved(Purpose::Forget), Some(id), "{number}");
        assert!(!home.state().exists(), "{number}");
    }
    // Where nothing else says who has data, it is an error, and nothing goes.
    let home = reporting(CLOSED);
    let spool = std::fs::read_dir(home.state().join("spool")).unwrap().map(|entry| entry.unwrap().path());
    let sequence = spool.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("sequence."));
    for gone in sequence.chain([home.state().join("collectors")]) {
        std::fs::remove_file(gone).unwrap();
    }
    std::fs::write(home.state().join("collectors"), "damaged").unwrap();
    assert_eq!(home.run(CLOSED, &["telemetry", "forget"]).status.code(), Some(1));
    assert!(home.state().join("secret").exists());
    home.run(CLOSED, &["telemetry", "send"]);
    assert_eq!(std::fs::read_to_string(home.state().join("collectors")).unwrap(), "damaged");
}
