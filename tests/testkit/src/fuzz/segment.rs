//! Any bytes found in a spool as an open segment: sealing ends, leaves other files alone, and whatever it makes of
//! them is a batch in which every event is declared. The spool is a real one, in the directory for temporary files.
//!
//! An input that begins with `f` is text whose lines are given their checksums here, or no fuzzer would ever get
//! past them; any other is the file as it is, without the first byte.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use aboveboard_core::consent::{self, Choice, Host, Permit, Question, Surface, answer};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::Spool;
use aboveboard_types::declaration::{Component, Declaration};

/// The time that stands in the vectors.
const NOW: u64 = 1_795_338_000;

/// A home of its own with a yes in it.
pub struct Stand {
    _home: tempfile::TempDir,
    declaration: Declaration,
    places: Paths,
    permit: Permit,
}

impl Stand {
    /// Makes one.
    #[allow(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let text = include_str!("../../../vectors/telemetry.toml");
        let declaration = aboveboard_manifest::parse(text, "telemetry.toml").unwrap().declaration();
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name).display().to_string();
        let environment = Environment::of([
            ("HOME", path("")),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_STATE_HOME", path("state")),
            ("ABOVEBOARD_OFF_D", path("off.d")),
        ]);
        let places = Paths::of_user(&declaration, &environment).unwrap();
        let host = Host::default().endpoint(Some(declaration.endpoint.to_string()));
        let question = Question {
            declaration: &declaration,
            component: Component::Cli,
            host: &host,
            environment: &environment,
            places: Some(&places),
        };
        answer::store(&places, question.declaration, &question.answer(Choice::Yes, Surface::Verb, NOW - 60))
            .unwrap();
        let permit = consent::decide(&question).permit().unwrap();
        Self { _home: home, declaration, places, permit }
    }

    /// Runs one input; true if it became a batch with an event in it.
    pub fn run(&self, data: &[u8]) -> bool {
        let content = match data.split_first() {
            Some((b'f', text)) => framed(text),
            Some((_, bytes)) => bytes.to_vec(),
            None => return false,
        };
        let directory = self.places.state().join("spool");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).unwrap();
        let write = |name: &str, content: &[u8]| {
            let mut options = fs::OpenOptions::new();
            let mut file =
                options.write(true).create_new(true).mode(0o600).open(directory.join(name)).unwrap();
            std::io::Write::write_all(&mut file, content).unwrap();
        };
        write("open-00000000.0", &content);
        write("somebody-elses", b"untouched");
        let spool = Spool::open(&self.permit, &self.declaration, &self.places).unwrap();
        spool.seal(NOW);
        let mut events = 0;
        for id in spool.pending() {
            events += self.check(&spool.claim(id, NOW).unwrap().body);
        }
        assert_eq!(fs::read(directory.join("somebody-elses")).unwrap(), b"untouched");
        drop(spool);
        fs::remove_dir_all(self.places.state()).unwrap();
        events > 0
    }

    /// How many events are in a body, all of them declared.
    fn check(&self, body: &[u8]) -> usize {
        let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(body).unwrap();
        let envelope = batch.envelope().unwrap();
        assert!(batch.outcomes().is_ok());
        for event in &batch.events {
            assert!(event.check(envelope.header.component, &self.declaration).is_ok());
        }
        batch.events.len()
    }
}

fn framed(text: &[u8]) -> Vec<u8> {
    let mut content = String::new();
    for line in String::from_utf8_lossy(text).lines() {
        let _ = writeln!(content, "{:08x} {line}", crc32(line.as_bytes()));
    }
    content.into_bytes()
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}
