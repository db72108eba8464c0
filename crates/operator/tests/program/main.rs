//! The program from outside: usage, exit codes, and which stream says what.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod amend;
#[cfg(target_os = "linux")]
mod cluster;
mod collector;
mod digest;
mod document;
mod exchange;
mod figures;
#[cfg(target_os = "linux")]
mod migrate;
mod publish;
mod renamed;
#[cfg(target_os = "linux")]
mod silent;
mod streams;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "nothing is typed or resized here")]
mod upkeep;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use self::collector::Collector;

fn aboveboard(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aboveboard"));
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    aboveboard(home.path()).args(arguments).output().unwrap()
}

#[test]
fn wrong_usage_is_2_and_says_so_on_stderr() {
    for arguments in [
        &[][..],
        &["colect"],
        &["collect", "--onse"],
        &["collector", "erase", "--product", "p", "no-id"],
        &["collector", "healthcheck", "--address", "nonsense"],
        &["collector", "erase", "--product", "p"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_manifest_that_is_a_pipe_a_device_or_without_end_holds_up_no_verb() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", at("device")).unwrap();
    std::fs::create_dir(at("directory")).unwrap();
    std::fs::File::create(at("long")).unwrap().set_len(1 << 40).unwrap();
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml");
    let good = good.to_str().unwrap();
    for kind in ["pipe", "device", "directory", "long"].map(at) {
        for verb in [
            &["--manifest", &kind, "status"][..],
            &["exec", "--manifest", &kind, "--command", "init", "--", "/bin/echo"],
            &["record", "--manifest", &kind, "x"],
            &["manifest", "check", &kind],
            &["manifest", "diff", good, &kind],
            &["manifest", "types", &kind],
            &["manifest", "commands", &kind],
        ] {
            let mut command = Command::new("timeout");
            command.arg("60").arg(env!("CARGO_BIN_EXE_aboveboard")).args(verb);
            command.env_clear().env("HOME", home.path()).stdin(Stdio::null());
            let output = command.output().unwrap();
            assert!(output.status.code().is_some_and(|code| code < 100), "{verb:?}: {output:?}");
            assert!(!output.stderr.is_empty(), "{verb:?}: {output:?}");
        }
    }
}

#[test]
fn no_verb_waits_for_a_pipe_that_an_argument_names() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let pipe = at("pipe");
    let kept = at("kept.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(at("c.toml"), "data = \"data\"\n").unwrap();
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml");
    std::fs::copy(&good, &kept).unwrap();
    let verbs: &[&[&str]] = &[
        &["collector", "import", "--config", "c.toml", &pipe],
        &["collector", "restore", "--config", "c.toml", &pipe],
        &["collector", "export", "--config", "c.toml", "--product", "quarry", &pipe],
        &["collector", "backup", "--config", "c.toml", &pipe],
        &["collector", "doctor", "--config", &pipe],
        &["collector", "healthcheck", "--config", &pipe],
        &["collector", "audit", "--config", &pipe],
        &["collector", "token", "list", "--config", &pipe],
        &["collect", "--config", &pipe],
        &["manifest", "push", &pipe],
        &["manifest", "commands", &kept, "--from", &pipe],
        &["manifest", "disclose", &kept, "--output", &pipe],
        &["manifest", "schema", "--output", &pipe],
        &["manifest", "types", &kept, "--output", &pipe],
        &["inspect", &pipe],
    ];
    for verb in verbs {
        let mut command = Command::new("timeout");
        command.arg("60").arg(env!("CARGO_BIN_EXE_aboveboard")).args(*verb);
        command.env_clear().env("HOME", home.path()).current_dir(home.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.code().is_some_and(|code| (1..100).contains(&code)), "{verb:?}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let names_it = ["no regular file", "no file", "has to be a file", "exists"];
        assert!(names_it.iter().any(|words| said.contains(words)), "{verb:?}: {said}");
    }
    assert!(std::fs::read(&kept).unwrap() == std::fs::read(&good).unwrap());
}

#[test]
fn help_tells_the_exit_codes_and_every_verb_has_one() {
    let help = run(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Exit codes:"), "{help}");
    for verb in ["collect", "collector", "manifest", "inspect", "silent", "exec", "record", "status", "man"] {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} is missing: {help}");
        assert!(run(&[verb, "--help"]).status.success(), "{verb}");
    }
    for verb in
        ["erase", "export", "import", "healthcheck", "doctor", "backup", "restore", "rebuild", "repair"]
    {
        let help = run(&["collector", verb, "--help"]);
        assert!(String::from_utf8(help.stdout).unwrap().contains("--config"), "{verb}");
    }
}

#[test]
fn what_cannot_be_done_is_1_with_place_and_remedy() {
    for (arguments, words) in [
        (
            &["collector", "healthcheck", "--address", "http://127.0.0.1:9"][..],
            &["127.0.0.1:9", "--address"][..],
        ),
        (&["collect", "--config", "nowhere.toml"], &["nowhere.toml"]),
        (&["status"], &["--manifest"]),
        (&["collector", "export", "--product", "p", "no/such/place"], &["no/such/place"]),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_are_data() {
    let script = run(&["completions", "bash"]);
    assert!(script.status.success() && String::from_utf8(script.stdout).unwrap().contains("aboveboard"));
    let page = run(&["man", "collector", "erase"]);
    assert!(page.status.success() && page.stdout.starts_with(b".ie"));
}

#[test]
fn a_running_collector_is_well_and_takes_an_operators_erasure() {
    let collector = Collector::new();
    let health = collector.ask("healthcheck", &[]);
    assert_eq!(health.status.code(), Some(0), "{health:?}");
    let id = "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf";
    let unknown = collector.ask("erase", &["--product", "unknown", id]);
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("refused"));
    collector.push();
    let known = collector.ask("erase", &["--product", "quarry", id]);
    assert_eq!(known.status.code(), Some(0), "{known:?}");
    assert!(String::from_utf8(known.stdout).unwrap().contains("logged"));
}

#[test]
fn the_verbs_of_this_machine_need_no_token_and_reach_only_the_own_collector() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("c.toml"), collector::config()).unwrap();
    let collector = Collector::on(home);
    collector.push();
    let socket = collector.home().join("data/operator.sock");
    let mode = std::os::unix::fs::PermissionsExt::mode(&socket.symlink_metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let exported = collector.ask("export", &["--product", "quarry"]);
    assert!(exported.status.success() && exported.stdout.starts_with(b"\"day\","), "{exported:?}");
    let outside = ["collector", "export", "--product", "quarry", "--address", collector.address()];
    let refused = aboveboard(collector.home()).args(outside).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("requires an operator's token"));
    let second = aboveboard(collector.home()).args(["collect", "--config", "c.toml"]).output().unwrap();
    assert!(String::from_utf8(second.stderr).unwrap().contains("in use by another collector"));
    assert!(collector.ask("healthcheck", &[]).status.success(), "the second one took the socket away");
    let home = collector.stop();
    assert!(socket.symlink_metadata().is_err());
    let stopped = aboveboard(home.path()).args(["collector", "healthcheck", "--config", "c.toml"]).output();
    assert_eq!(stopped.unwrap().status.code(), Some(1));
}

#[test]
fn tokens_are_made_rotated_and_revoked_beside_a_collector_and_on_its_data() {
    let collector = Collector::new();
    let token = |home: &std::path::Path, arguments: &[&str]| {
        let mut command = aboveboard(home);
        command.args(["collector", "token"]).args(arguments).args(["--config", "c.toml"]).output().unwrap()
    };
    let made = |output: &std::process::Output| {
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
    };
    let opens = |collector: &Collector, token: &str| {
        let mut command = aboveboard(collector.home());
        command.args(["collector", "export", "--product", "quarry", "--address", collector.address()]);
        command.env("ABOVEBOARD_OPERATOR_TOKEN", token).output().unwrap().status.success()
    };
    collector.push();
    let ci = made(&token(collector.home(), &["new", "ci", "--product", "quarry"]));
    assert!(ci.len() == 64 && opens(&collector, &ci));
    let rotated = made(&token(collector.home(), &["rotate", "ci"]));
    assert!(opens(&collector, &rotated) && !opens(&collector, &ci));
    let link = made(&token(collector.home(), &["link", "--page", "https://figures.example.org/"]));
    assert!(link.starts_with("https://figures.example.org/login?code="), "{link}");
    assert_eq!(token(collector.home(), &["new", "ci"]).status.code(), Some(1));
    let home = collector.stop();
    assert_eq!(token(home.path(), &["link"]).status.code(), Some(1), "a link needs a collector that runs");
    made(&token(home.path(), &["revoke", "ci"]));
    let other = made(&token(home.path(), &["new", "other", "--scope", "operate"]));
    let list = made(&token(home.path(), &["list", "--json"]));
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let names: Vec<_> =
        list.as_array().unwrap().iter().map(|token| (&token["name"], &token["hash"])).collect();
    assert_eq!(names, [(&serde_json::json!("other"), &serde_json::Value::Null)]);
    let collector = Collector::on(home);
    assert!(opens(&collector, &other) && !opens(&collector, &rotated));
    let audit = collector.ask("audit", &[]);
    let audit = String::from_utf8(audit.stdout).unwrap();
    for act in ["push quarry", "token: new ci to read quarry: 200", "token: revoke ci", "export quarry"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
    assert!(![ci, rotated, other].iter().any(|token| audit.contains(token)), "{audit}");
}

#[test]
fn a_first_start_prints_a_link_that_lets_a_browser_in_once() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("c.toml"), "listen = \"127.0.0.1:0\"\ndata = \"data\"\n").unwrap();
    let mut command = aboveboard(home.path());
    command.args(["collect", "--config", "c.toml"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let link = lines.filter_map(|line| line.find("http://").map(|at| line[at..].to_owned())).next().unwrap();
    let visit = ureq::get(&link).call().unwrap();
    let cookie = visit.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let page = link.split("/login").next().unwrap();
    let page = ureq::get(page).header("cookie", cookie.split(';').next().unwrap()).call();
    assert_eq!(page.unwrap().status(), 200);
    assert!(matches!(ureq::get(&link).call(), Err(ureq::Error::StatusCode(403))));
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn a_check_of_health_follows_no_redirect_and_tells_no_token() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let there = format!("HTTP/1.1 302 Found\r\nlocation: {address}/ready\r\ncontent-length: 0\r\n\r\n");
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let header: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        (&stream).write_all(there.as_bytes()).unwrap();
        drop(stream);
        listener.set_nonblocking(true).unwrap();
        (header, listener)
    });
    let home = tempfile::tempdir().unwrap();
    let mut command = aboveboard(home.path());
    command.args(["collector", "healthcheck", "--address", &address]);
    let checked = command.env("ABOVEBOARD_OPERATOR_TOKEN", "s3cret").output().unwrap();
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let (header, listener) = served.join().unwrap();
    assert!(header[0].starts_with("GET /readyz "), "{header:?}");
    assert!(!header.iter().any(|line| line.to_lowercase().contains("authorization")), "{header:?}");
    assert!(listener.accept().is_err(), "it followed the redirect");
}

#[test]
fn a_revision_is_pushed_once_and_other_contents_under_its_number_are_refused() {
    let collector = Collector::new();
    collector.push();
    collector.push();
    let text = include_str!("../../../../examples/quarry/telemetry.toml");
    let changed = collector.push_text(&text.replacen("tables tracked", "tables", 1));
    assert_eq!(changed.status.code(), Some(1), "{changed:?}");
    assert!(String::from_utf8(changed.stderr).unwrap().contains("raise the revision"));
}

#[cfg(feature = "demo")]
#[test]
fn the_binary_is_the_demo_products_programs_by_their_names() {
    use std::os::unix::process::CommandExt as _;
    let home = tempfile::tempdir().unwrap();
    for (name, answer) in [("quarry", "quarry "), ("/somewhere/quarry-server", "quarry-server ")] {
        let output = aboveboard(home.path()).arg0(name).arg("--version").output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().starts_with(answer), "{name}");
    }
}

/// Runs the collector with the default data directory; what it says, and how it ends. One that starts is stopped.
#[cfg(target_os = "linux")]
fn collect_in(folder: &Path, data: Option<&Path>) -> (Option<i32>, String) {
    let mut command = Command::new("timeout");
    command.args(["5", env!("CARGO_BIN_EXE_aboveboard"), "collect"]).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("ABOVEBOARD_COLLECTOR_LISTEN", "127.0.0.1:0");
    if let Some(data) = data {
        command.env("ABOVEBOARD_COLLECTOR_DATA", data);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A user that owns nothing.
#[cfg(target_os = "linux")]
const NOBODY: u32 = 65_534;

#[test]
#[cfg(target_os = "linux")]
fn a_data_directory_that_somebody_else_prepared_is_refused_with_the_remedy_and_left_as_it_was() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).unwrap();
    let victim = home.path().join("victim");
    std::fs::write(&victim, "precious contents").unwrap();
    let data = shared.join("aboveboard-data");
    let prepare = || {
        std::fs::create_dir(&data).unwrap();
        for name in ["manifests", "log"] {
            std::fs::create_dir(data.join(name)).unwrap();
        }
        symlink(&victim, data.join("initialised")).unwrap();
    };
    prepare();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).unwrap();
    let (code, said) = collect_in(&shared, None);
    assert_eq!(code, Some(1), "{said}");
    for words in ["aboveboard-data", "can be written to by other users", "name another"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    let (code, said) = collect_in(&shared, None);
    assert!(code == Some(1) && said.contains("initialised in it is a symbolic link"), "{said}");
    if rustix::process::geteuid().is_root() {
        chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        for (verb, arguments) in [
            ("collect", &[][..]),
            ("collector", &["restore", "copy.sqlite"]),
            ("collector", &["rebuild"]),
            ("collector", &["repair"]),
        ] {
            let mut command = Command::new("timeout");
            command.args(["5", env!("CARGO_BIN_EXE_aboveboard"), verb]).args(arguments);
            let output =
                command.current_dir(&shared).env("ABOVEBOARD_COLLECTOR_DATA", &data).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{verb} {arguments:?}: {output:?}");
        }
        assert!(collect_in(&shared, None).1.contains("belongs to another user (uid 65534"));
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious contents");
    let mut left: Vec<_> =
        std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["initialised", "log", "manifests"], "nothing was made there");
    // Elsewhere it starts, until it is stopped.
    let (code, said) = collect_in(&shared, Some(&home.path().join("own")));
    assert_eq!(code, Some(124), "{said}");
}
