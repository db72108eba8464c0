//! A machine on which products are installed, with a collector that takes what they send.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harness::collector::Collector;
use harness::home::Home;
use harness::oracle::{leaks, leaks_below};
use harness::process::Process;
use harness::proxy::Proxy;
use harness::{binary, until};
use tempfile::TempDir;

use super::profile::Profile;

/// What a manifest is sealed for.
#[derive(Clone, Copy)]
pub(super) enum Seal {
    /// Shorter delays than the usual hour and day are accepted, and what is sent is marked `dev`.
    Development,
    Release,
}

/// A person's home and a server's, the programs, and what is between them and a collector.
pub(super) struct Machine {
    pub(super) collector: Collector,
    pub(super) proxy: Proxy,
    /// The home of a person.
    pub(super) home: Home,
    /// The home and the data of a server, as if on another machine.
    pub(super) host: Home,
    /// What no program of a product writes: itself, and what a test gives it to read.
    installed: TempDir,
}

impl Machine {
    /// A collector with the manifests of these products, and a home whose programs send to it.
    pub(super) fn new(profiles: &[Profile]) -> Self {
        Self::with(Collector::new(), profiles)
    }

    /// The same with a collector that was started in another way.
    pub(super) fn with(collector: Collector, profiles: &[Profile]) -> Self {
        let proxy = Proxy::before(collector.address());
        let mut homes = [Home::new(), Home::new()];
        for profile in profiles {
            let manifest = profile.manifest();
            let name = manifest.file_name().expect("a file");
            std::fs::copy(&manifest, collector.data().join("manifests").join(name)).expect("a manifest");
            for home in &mut homes {
                home.set(&profile.variable("TELEMETRY_ENDPOINT"), proxy.address());
                home.set(&profile.variable("TELEMETRY_ALLOW_PRIVATE"), "true");
                home.set(&profile.variable("TELEMETRY_FIRST_DELAY"), "0");
            }
        }
        for Profile { product, .. } in profiles {
            let url = format!("{}/v1/manifest/{product}", collector.address());
            until(product, || ureq::get(&url).call().is_ok().then_some(()));
        }
        let installed = TempDir::with_prefix("aboveboard-installed-").expect("a temporary directory");
        let [home, host] = homes;
        Self { collector, proxy, home, host, installed }
    }

    /// Installs a product as its package does, and returns the folder: what lies in `from`, and beside it
    /// `telemetry.sealed` and the agent.
    pub(super) fn install(&self, profile: Profile, from: &Path, seal: Seal) -> PathBuf {
        let folder = self.installed.path().join(profile.product);
        std::fs::create_dir_all(&folder).expect("a folder");
        // By a process of its own: what a program started meanwhile holds open for writing could not be executed.
        self.succeeds(Command::new("cp").arg("-RL").arg(from.join(".")).arg(&folder));
        let agent = folder.join("aboveboard-agent");
        if !agent.exists() {
            std::os::unix::fs::symlink(binary("aboveboard-agent"), agent).expect("a link to the agent");
        }
        let mut sealing = Command::new(binary("aboveboard"));
        sealing.args(["manifest", "seal"]).arg(profile.manifest());
        sealing.arg("--output").arg(folder.join("telemetry.sealed"));
        sealing.args(matches!(seal, Seal::Release).then_some("--release"));
        let output = sealing.output().expect("aboveboard runs");
        assert!(output.status.success(), "{output:?}");
        folder
    }

    /// A script that can be executed.
    pub(super) fn script(&self, path: &Path, text: &str) {
        let written = self.given("script", &format!("#!/bin/sh\n{text}\n"));
        self.succeeds(Command::new("install").arg("-m755").arg(written).arg(path));
    }

    /// A file that a program is given to read: its content is not searched for what must appear nowhere.
    pub(super) fn given(&self, name: &str, content: &str) -> PathBuf {
        let file = self.installed.path().join(name);
        std::fs::write(&file, content).expect("a file");
        file
    }

    /// Runs a program and expects it to succeed.
    pub(super) fn succeeds(&self, command: &mut Command) -> Output {
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{command:?}: {output:?}");
        output
    }

    /// Starts a server that reports every so many seconds, and returns it with its address.
    pub(super) fn serve(&self, profile: Profile, every: u32, command: &mut Command) -> (Process, String) {
        command.env(profile.variable("TELEMETRY_PERIOD"), every.to_string());
        let mut server = Process::start(command);
        let address = server.await_line("listening");
        (server, address)
    }

    /// Waits until this many events of a component are counted, and returns how many there are.
    pub(super) fn counted(&self, profile: Profile, component: &str, expected: u64) -> u64 {
        until(&format!("{expected} of {} {component}", profile.product), || {
            let totals = self.collector.json("/api/totals.json");
            let counted = totals["products"][profile.product][component]["events"].as_u64().unwrap_or(0);
            (counted >= expected).then_some(counted)
        })
    }

    /// Where a person's programs keep their state.
    pub(super) fn state(&self, profile: Profile) -> PathBuf {
        self.home.path().join(".local/state").join(profile.product).join("telemetry")
    }

    /// Checks that none of these texts is in anything that left the machine, in the collector's files, or in a file that
    /// a program wrote, file names included. The search must find the product in what was sent.
    pub(super) fn assert_nowhere(&self, profile: Profile, texts: &[&str]) {
        let seen = self.proxy.seen();
        assert!(
            !leaks(&seen, &[profile.product]).is_empty(),
            "nothing was sent, or the search finds nothing"
        );
        assert_eq!(leaks(&seen, texts), Vec::<String>::new(), "left the machine");
        let [home, host] = [&self.home, &self.host];
        let collected = self.collector.data().to_owned();
        for folder in [home.path(), home.data(), host.path(), host.data(), collected] {
            assert_eq!(leaks_below(&folder, texts), Vec::<String>::new());
        }
    }
}
