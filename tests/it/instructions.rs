//! Runs what the documents tell people to do: every shell line of the pages for users and packagers, every way of the
//! README to turn telemetry off, and every distribution's line, on the real programs. An unknown line fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harness::home::Home;
use harness::mounted;
use serde_json::Value;

use crate::world::World;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(path).expect("the page")
}

/// The lines of a page's shell blocks, without comments.
fn lines(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    // A line that goes on in the next is one.
    let blocks: Vec<String> = blocks.map(|block| block.replace("\\\n", "")).collect();
    blocks
        .iter()
        .flat_map(|block| block.lines())
        .map(|line| line.split(" #").next().unwrap_or(line).trim_end().to_owned())
        .collect()
}

/// The code spans of a text.
fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A shell line in a home, with the programs in its search path.
fn shell(home: &Home, line: &str) -> Command {
    let binary = harness::binary("quarry");
    let folder = binary.parent().expect("its folder").display();
    let mut bash = home.program("bash");
    bash.args(["-c", line]).env("PATH", format!("{folder}:/usr/bin:/bin:/usr/sbin:/sbin"));
    bash
}

fn run(home: &Home, line: &str) -> Output {
    shell(home, line).output().expect("bash runs")
}

fn succeeds(home: &Home, line: &str) -> String {
    let output = run(home, line);
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).expect("a text")
}

fn check(home: &Home) -> Option<i32> {
    run(home, "quarry telemetry status --check").status.code()
}

/// Replaces the user by one who turned telemetry on and ran a command.
fn consenting(world: &mut World) {
    let _ = world.next_user();
    succeeds(&world.user, "quarry telemetry on && quarry version");
}

/// Checks that a line silences: nothing is recorded after it, and what the verb deletes is gone.
fn silences(home: &Home, line: &str) {
    let before = contents(&home.state());
    succeeds(home, line);
    if line.starts_with("quarry telemetry off") {
        succeeds(home, "quarry version");
        assert_eq!(contents(&home.state()), Vec::new(), "{line}");
    } else {
        assert_eq!(contents(&home.state()), before, "{line}");
    }
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut contents = Vec::new();
    harness::home::walk(folder, &mut |file| {
        contents.push((file.to_owned(), std::fs::read(file).unwrap_or_default()));
    });
    contents.sort();
    contents
}

#[test]
fn every_line_of_the_page_for_users_does_what_it_says() {
    let mut world = World::new();
    let (_server, server) = world.server(&[], &[("QUARRY_TELEMETRY_TOKEN", "t0ken")]);
    let lines = lines(&page("docs/users/guide.md"));
    assert!(lines.len() >= 19, "{lines:?}");
    for line in lines {
        consenting(&mut world);
        // The user works in a project, with a server.
        world.user.set("QUARRY_ENDPOINT", &server);
        world.user.set("QUARRY_TELEMETRY_TOKEN", "t0ken");
        succeeds(&world.user, "DO_NOT_TRACK=1 quarry init project && mv project/* .");
        let home = &world.user;
        let here = line.replace("http://127.0.0.1:8080", &server);
        match here.trim_start_matches("quarry telemetry ") {
            "off" => silences(home, &here),
            silent if silent.contains("metadata apply") => silences(home, &here),
            "status" => assert!(succeeds(home, &here).contains("sources"), "{line}"),
            "preview" => assert!(succeeds(home, &here).starts_with("{\"wire\":1,"), "{line}"),
            "sent" => {
                succeeds(home, "quarry telemetry send");
                assert!(succeeds(home, &here).contains("accepted"), "{line}");
            }
            "held" => {
                succeeds(home, "quarry telemetry send");
                assert!(succeeds(home, &here).contains("127.0.0.1"), "{line}");
            }
            "published" => {
                // Nothing is at the address that the manifest names.
                let output = run(home, &here);
                assert_eq!(output.status.code(), Some(6), "{line}: {output:?}");
                assert!(
                    String::from_utf8_lossy(&output.stderr).contains("checkpoint: it cannot be fetched"),
                    "{output:?}"
                );
            }
            "local" => {
                succeeds(home, &here);
                assert_eq!(check(home), Some(4), "{line}");
            }
            "on" => {
                succeeds(home, "quarry telemetry off");
                succeeds(home, &here);
                assert_eq!(check(home), Some(0), "{line}");
            }
            "forget" | "off --forget" => {
                succeeds(home, "quarry telemetry send");
                succeeds(home, &here);
                assert_eq!(contents(&home.state()), Vec::new(), "{line}");
                assert_eq!(check(home), Some(if line.contains("off") { 3 } else { 0 }), "{line}");
            }
            "doctor" => drop(succeeds(home, &here)),
            "export batches.jsonl" => {
                succeeds(home, &here);
                let text = std::fs::read_to_string(home.path().join("batches.jsonl")).expect("a file");
                let is_batch = |line: &str| {
                    let batch: Value = serde_json::from_str(line).expect("JSON");
                    batch["host"] == "127.0.0.1" && batch["body"].to_string().contains("wire")
                };
                assert!(text.lines().all(is_batch) && !text.is_empty(), "{text}");
            }
            "import batches.jsonl" => {
                succeeds(home, "quarry telemetry export batches.jsonl");
                assert!(succeeds(home, &here).contains("accepted"), "{line}");
            }
            status if status.starts_with("status --server ") => {
                assert!(succeeds(home, &here).contains("server"), "{line}");
            }
            curl if curl.starts_with("curl ") => {
                let document = succeeds(home, &here.replace("curl ", "curl --silent --fail "));
                let document: Value = serde_json::from_str(&document).expect("JSON");
                assert_eq!(document["product"], "quarry", "{line}: {document}");
            }
            ls if ls.starts_with("ls ") => assert!(!succeeds(home, &here).is_empty(), "{line}"),
            _ => panic!("docs/users/guide.md tells people to run {line:?}, and no test knows what that does"),
        }
    }
}

#[test]
fn every_line_of_the_page_for_packagers_does_what_it_says() {
    let mut world = World::new();
    for line in lines(&page("docs/users/packagers.md")) {
        consenting(&mut world);
        let home = &world.user;
        if line.starts_with("install ") {
            installs(home, &line);
        } else if line.starts_with("mkdir off.d") {
            succeeds(home, &line);
            assert!(home.path().join("off.d/quarry").is_file());
        } else if line.starts_with("ABOVEBOARD_OFF_D=") {
            succeeds(home, "mkdir off.d && touch off.d/quarry");
            assert_eq!(run(home, &line).status.code(), Some(3), "{line}");
        } else if line.starts_with("aboveboard silent ") {
            assert!(succeeds(&Home::new(), &line).contains("something to see"), "{line}");
        } else {
            // Other builds are tested where they are built: crates/aboveboard/tests/disabled.rs, and the
            // transport's feature in its own crate.
            let compiled = [
                "cargo build --release --no-default-features",
                "cargo build --release --features native-roots",
            ];
            assert!(compiled.contains(&line.as_str()), "no test knows what {line:?} does");
        }
    }
}

/// Runs a packager's line for an empty package, then checks a machine on which the package is installed.
fn installs(home: &Home, line: &str) {
    let package = home.path().join("package");
    std::fs::create_dir(&package).expect("a package");
    let here = line
        .replace("%{buildroot}", "$pkgdir")
        .replace("%{_prefix}", "/usr")
        .replace("debian/quarry/", "$pkgdir/");
    let mut install = shell(home, &here);
    let install = install.env("pkgdir", &package).env("DESTDIR", &package).output().expect("bash runs");
    assert!(install.status.success(), "{here}: {install:?}");
    installed(home, &package, "/usr/lib/aboveboard/off.d/quarry");
}

/// With `package` mounted over this machine's `/usr/lib` or `/etc`, telemetry is off for the user of `home` because of
/// `file`, and what was recorded is gone.
fn installed(home: &Home, package: &Path, file: &str) {
    let folder = if file.starts_with("/etc") { "/etc" } else { "/usr/lib" };
    let over = package.join(&folder[1..]);
    let line = "quarry version >&2 && quarry telemetry status --json; quarry telemetry status --check";
    let output = mounted(home, &shell(home, line), &over, folder).output().expect("unshare runs");
    let words = String::from_utf8_lossy(&output.stderr);
    if words.contains("unshare:") && std::env::var_os("ABOVEBOARD_MUST_RUN").is_none() {
        // This machine does not allow the mount; at least the file was created.
        return assert!(package.join(&file[1..]).exists());
    }
    let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!((&status["mode"], &status["because"]), (&"off".into(), &"policy".into()), "{status}");
    assert!(status["sources"].to_string().contains(&format!("\"{file}\"")), "{status}");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(contents(&home.state()), Vec::new(), "{file}: what was recorded is still there");
}

#[test]
fn the_line_for_each_distribution_turns_it_off_for_everybody() {
    let mut world = World::new();
    let text = page("docs/users/packagers.md");
    let section =
        text.split("\n## ").find(|section| section.starts_with("Off for everybody")).expect("a section");
    let mut files = 0;
    let mut wrappers = 0;
    for line in section.split("\n- **").skip(1) {
        let spans = spans(line.split("\n\n").next().unwrap_or(line));
        let line = spans.last().expect("a line to run").replace("\n  ", " ");
        consenting(&mut world);
        if line.starts_with("install ") {
            installs(&world.user, &line);
            files += 1;
        } else {
            wraps(&world.user, &line);
            wrappers += 1;
        }
    }
    assert_eq!((files, wrappers), (3, 3), "a distribution was added or removed");
    // The administrator's files.
    for file in ["/etc/aboveboard/off.d/quarry", "/etc/aboveboard/off.d/all"] {
        assert!(section.contains(&file.replace("quarry", "<product>")), "{file}");
        consenting(&mut world);
        let package = world.user.path().join("package");
        succeeds(&world.user, &format!("install -Dm644 /dev/null package{file}"));
        installed(&world.user, &package, file);
    }
}

/// A wrapper as Nix, Guix and Homebrew write it: a script that sets the variable and executes the program. The test writes
/// the script, with the name and value from their line.
fn wraps(home: &Home, line: &str) {
    let words: Vec<&str> = line
        .split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let at = words.iter().position(|word| word.ends_with("_ENABLE_TELEMETRY")).expect("the variable");
    let name = words[at];
    let value = words[at + 1];
    let binary = harness::binary("quarry");
    let script =
        format!("#!/bin/bash\nexport {name}='{value}'\nexec -a \"$0\" '{}' \"$@\"\n", binary.display());
    let wrapper = home.path().join("wrapped");
    std::fs::write(&wrapper, script).expect("a wrapper");
    silences(home, "chmod +x wrapped && ./wrapped version && ! ./wrapped telemetry status --check");
    let status = succeeds(home, "./wrapped telemetry status --json");
    assert!(status.contains("\"variable\""), "{line}: {status}");
}

#[test]
fn every_way_of_the_readme_to_turn_it_off_does() {
    let mut world = World::new();
    let text = page("README.md");
    let section =
        text.split("\n## ").find(|section| section.starts_with("How to turn it off")).expect("a section");
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.contains("| How |"));
    let mut ways = 0;
    for row in rows {
        let how = row.split('|').nth(2).expect("a second column");
        let spans = spans(how);
        for span in &spans {
            consenting(&mut world);
            let home = &world.user;
            ways += 1;
            match *span {
                "quarry telemetry off" => silences(home, span),
                flag if flag.starts_with("--") => silences(home, &format!("quarry version {flag}")),
                key if key.starts_with("\"enable_telemetry\"") => {
                    succeeds(home, "mkdir -p .config/quarry");
                    std::fs::write(home.path().join(".config/quarry/config.json"), format!("{{{key}}}"))
                        .expect("a file");
                    succeeds(home, "quarry version");
                    assert_eq!(contents(&home.state()), Vec::new(), "{row}");
                }
                variable if variable.contains('=') => silences(home, &format!("{variable} quarry version")),
                folder if folder.starts_with('/') => {
                    for name in spans.iter().filter(|name| ["all", "quarry"].contains(name)) {
                        consenting(&mut world);
                        let file = format!("{folder}{name}");
                        succeeds(&world.user, &format!("install -Dm644 /dev/null package{file}"));
                        installed(&world.user, &world.user.path().join("package"), &file);
                    }
                }
                // The names of the policy files, and the feature, which crates/aboveboard/tests/disabled.rs tests.
                "all" | "quarry" | "telemetry" => ways -= 1,
                other => panic!("README.md offers {other:?}, and no test knows what that does"),
            }
        }
    }
    assert!(ways >= 8, "the README lists too few ways to turn it off: {ways}");
}
