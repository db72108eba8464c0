//! The tools of OpenVINO and its library, installed on a machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harness::proxy::Proxy;
use serde_json::Value;

use crate::products::build::{has, python_packages};
use crate::products::machine::{Machine, Seal};
use crate::products::profile::{OPENVINO, example, root};
use crate::products::sent::events;

/// The tools and the library on a machine, with two models.
pub(super) struct Tools {
    pub(super) machine: Machine,
    pub(super) folder: PathBuf,
    /// The package `openvino_telemetry`, where it is installed.
    packages: Option<PathBuf>,
    /// What stands between the machine and everybody else, Google above all.
    pub(super) others: Proxy,
}

impl Tools {
    /// Installs them; `None` where Python is not installed.
    pub(super) fn install() -> Option<Self> {
        Self::install_on(Machine::new(&[OPENVINO]))
    }

    pub(super) fn install_on(mut machine: Machine) -> Option<Self> {
        if !has("python3", "--version") {
            return None;
        }
        let others = Proxy::before("http://127.0.0.1:9");
        let folder = machine.install(OPENVINO, &example("openvino"), Seal::Release);
        machine.given("hunter2.onnx", "1\n2\n3\n");
        machine.given("hunter2.pdmodel", "four\n");
        machine.home.set("https_proxy", others.address());
        Some(Self { machine, folder, packages: None, others })
    }

    /// Installs the real package as well; `None` where it cannot be had.
    pub(super) fn with_package() -> Option<Self> {
        let packages = python_packages("openvino_telemetry")?;
        Some(Self { packages: Some(packages), ..Self::install()? })
    }

    pub(super) fn python(&self) -> Command {
        let mut python = self.machine.home.program("python3");
        let client = root().join("packages/python/src");
        let packages = [Some(&self.folder), Some(&client), self.packages.as_ref()];
        let path = std::env::join_paths(packages.into_iter().flatten()).expect("a search path");
        python.args(["-B", "-W", "error"]).env("PYTHONPATH", path);
        python
    }

    /// A program of the product with these words.
    pub(super) fn program(&self, name: &str, words: &[&str]) -> Command {
        let mut program = self.python();
        program.arg(self.folder.join(name)).args(words).current_dir(self.models());
        program
    }

    /// The folder with the models.
    pub(super) fn models(&self) -> &Path {
        self.folder.parent().expect("the folder of what is installed")
    }

    /// Runs a program and waits until its relay has ended.
    pub(super) fn run(&self, mut command: Command) -> Output {
        let output = command.output().expect("it runs");
        self.machine.home.await_end_of_programs();
        output
    }

    pub(super) fn ovc(&self, words: &[&str]) -> Output {
        self.run(self.program("ovc.py", words))
    }

    /// Runs a program of somebody's.
    pub(super) fn runs(&self, text: &str) -> Output {
        let mut python = self.python();
        python.args(["-c", text]);
        self.run(python)
    }

    /// Runs a program of somebody's that compresses a model with the library.
    pub(super) fn compress(&self) {
        let output = self.runs(
            "import nncf\n\
             nncf.quantize([1.2], framework='pytorch', framework_version='2.1.0+hunter2', preset='mixed')",
        );
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }

    /// Sends everything and returns the events with a name.
    pub(super) fn sent(&self, name: &str) -> Vec<Value> {
        let sent = self.ovc(&["telemetry", "send"]);
        assert!(sent.status.success(), "{sent:?}");
        events(&self.machine.state(OPENVINO), name)
    }

    /// The code of `status --check`.
    pub(super) fn decided(&self) -> Option<i32> {
        self.ovc(&["telemetry", "status", "--check"]).status.code()
    }
}

/// What events say, without the rest of them.
pub(super) fn fields(events: &[Value]) -> Vec<Value> {
    events.iter().map(|event| event["fields"].clone()).collect()
}
