//! Everything on one machine: a collector, a proxy in front of it, quarry's server and a user's home.

use std::process::{Command, Output};

use harness::collector::Collector;
use harness::home::Home;
use harness::process::Process;
use harness::proxy::Proxy;
use harness::until;

/// The server's admin secret; it must appear nowhere.
pub(crate) const SECRET: &str = "s3cret-of-the-admin";

/// Everything that takes part.
pub(crate) struct World {
    pub(crate) collector: Collector,
    pub(crate) proxy: Proxy,
    pub(crate) user: Home,
    pub(crate) host: Home,
}

impl World {
    pub(crate) fn new() -> Self {
        let collector = Collector::new();
        let proxy = Proxy::before(collector.address());
        // Builds that are not releases accept delays that are shorter than the usual hour and day.
        let user = home(&proxy).with("QUARRY_TELEMETRY_PERIOD", "3600");
        let host =
            home(&proxy).with("QUARRY_TELEMETRY_FIRST_DELAY", "0").with("QUARRY_TELEMETRY_PERIOD", "1");
        Self { collector, proxy, user, host }
    }

    /// Replaces the user by one with an empty home, and returns the previous user's home.
    pub(crate) fn next_user(&mut self) -> Home {
        std::mem::replace(&mut self.user, home(&self.proxy).with("QUARRY_TELEMETRY_PERIOD", "3600"))
    }

    /// Starts quarry's server with these arguments and variables, and returns its address once it accepts connections.
    pub(crate) fn server(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Process, String) {
        let mut command = self.server_command(arguments);
        command.envs(variables.iter().copied());
        let mut server = Process::start(&mut command);
        let address = server.await_line("listening");
        (server, address)
    }

    pub(crate) fn server_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.host.program(harness::binary("quarry-server"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(self.host.data()).args(arguments);
        command
    }

    /// Runs quarry's CLI to its end.
    pub(crate) fn quarry(&self, arguments: &[&str]) -> Output {
        self.user.quarry(arguments).output().expect("quarry runs")
    }

    /// Runs quarry's CLI and expects it to succeed.
    pub(crate) fn quarry_ok(&self, arguments: &[&str]) -> String {
        let output = self.quarry(arguments);
        assert!(output.status.success(), "quarry {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("a text")
    }

    /// Delivers everything that waits. A helper may still hold a batch, for ten seconds if the network is dead.
    pub(crate) fn send_all(&self) {
        until("everything is sent", || self.quarry(&["telemetry", "send"]).status.success().then_some(()));
    }
}

fn home(proxy: &Proxy) -> Home {
    Home::new().endpoint(proxy.address()).with("QUARRY_ADMIN_SECRET", SECRET)
}
