//! `docs/embed/other-languages.md`: its blocks, as they stand there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::home::{AGENT, Home, said};
use super::product::MANIFEST;

/// The program of the page.
const LARDER: &str = "#!/usr/bin/env python3\nimport sys\nprint('larder:', sys.argv[1:])\nsys.exit(3 if 'missing' in sys.argv else 0)\n";

/// The blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/embed/other-languages.md");
    let page = std::fs::read_to_string(page).unwrap();
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A home with the program of the page, its manifest and its wrapper. Nobody has decided yet.
struct Larder(Home);

impl Larder {
    fn new() -> Self {
        let home = Home::new();
        let head =
            MANIFEST.split("[cli]").next().unwrap().replace("crane", "larder").replace("Crane", "Larder");
        home.write("telemetry.toml", &(head + &blocks("toml")[0]));
        let scripts = blocks("sh");
        let wrapper = scripts.iter().find(|script| script.starts_with("#!")).unwrap();
        let here = home.path().to_str().unwrap();
        for (name, text) in [("larder.py", LARDER), ("larder", &wrapper.replace("/usr/lib/larder", here))] {
            let file = home.write(name, text);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink(AGENT, home.path().join("aboveboard-agent")).unwrap();
        Self(home)
    }

    /// Runs a script as it stands on the page. Nothing listens at the endpoint of the second block, and of no other.
    fn run(&self, script: &str) -> Output {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).env_clear().current_dir(self.0.path()).env("HOME", self.0.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()));
        command
            .env("LARDER_TELEMETRY_ENDPOINT", "http://127.0.0.1:9")
            .env("LARDER_TELEMETRY_ALLOW_PRIVATE", "true");
        command.output().unwrap()
    }
}

#[test]
fn the_instructions_do_what_the_page_says() {
    let scripts = blocks("sh");
    let [build, first, wrapper, record, verbs] = &scripts[..] else { panic!("{scripts:?}") };
    assert!(build.starts_with("cargo build --profile agent") && wrapper.starts_with("#!"), "{scripts:?}");
    let larder = Larder::new();
    // At a port where nothing listens: what is recorded stays to be looked at.
    let tried = larder.run(&first.replace(":8480", ":9"));
    let tried = said(&tried);
    assert!(tried.contains("telemetry of Larder is on") && tried.contains("aboveboard: recorded"), "{tried}");
    assert!(tried.contains("\"fields\":{\"from\":\"disk\"}"), "{tried}");
    assert_eq!(said(&larder.run(record)), "");
    let preview = said(&larder.run("aboveboard-agent --manifest telemetry.toml preview"));
    assert!(preview.contains("\"fields\":{\"from\":\"network\",\"took\":1000}"), "{preview}");
    assert!(said(&larder.run(verbs)).contains("`larder telemetry off`"));
}

#[test]
fn what_the_page_shows_of_a_terminal_is_what_happens() {
    let larder = Larder::new();
    for block in blocks("console") {
        for call in block.split("$ ").skip(1) {
            let (script, shown) = call.split_once('\n').unwrap();
            let output = larder.run(script);
            let said = said(&output);
            // A batch has ids and times of its own, and stands in one line.
            if shown.starts_with('{') {
                let last = shown.lines().last().unwrap();
                let ending = last.split("\"error\"").nth(1).unwrap();
                assert!(said.trim_end().ends_with(&format!("\"error\"{ending}")), "{script}: {said}");
                assert_eq!(said.matches("\"name\":\"command\"").count(), 1, "{script}: {said}");
            } else {
                assert_eq!(said.trim_end(), shown.trim_end(), "{script}");
            }
        }
    }
}
