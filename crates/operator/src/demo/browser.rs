//! A headless browser, spoken to over a pipe: opens pages and evaluates expressions in them.
//!
//! The browser's debugging protocol runs over its file descriptors 3 and 4, each message ended by a NUL byte. A
//! shell puts our two ends of its standard streams there, so no port is opened and no library is needed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// The names of Chromium in the packages of Debian, Fedora, Arch and Google.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser found on the search path.
pub(super) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|directory| NAMES.map(|name| directory.join(name)))
        .find(|candidate| candidate.is_file())
}

/// A running browser; it ends with this value.
pub(super) struct Browser {
    child: Child,
    commands: ChildStdin,
    replies: BufReader<ChildStdout>,
    page: String,
    last: u64,
}

impl Browser {
    /// The command that starts `binary` with everything it writes below `profile`.
    pub(super) fn command(binary: &Path, profile: &Path) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"#, "sh"])
            .arg(binary)
            .args(["--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"])
            // A sandbox needs privileges that containers and root do not give; only our own pages are opened.
            .args(["--no-sandbox", "--disable-dev-shm-usage"])
            // What a browser does by itself on the network has no place here.
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.display()));
        command
    }

    /// Starts such a command, with one empty page.
    ///
    /// # Errors
    /// Where it cannot be started or does not speak the protocol.
    pub(super) fn start(mut command: Command) -> anyhow::Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("cannot start the browser")?;
        let (commands, replies) = child.stdin.take().zip(child.stdout.take()).context("no pipe")?;
        let replies = BufReader::new(replies);
        let mut browser = Self { child, commands, replies, page: String::new(), last: 0 };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach)?;
        browser.page = attached["sessionId"].as_str().context("no session")?.to_owned();
        Ok(browser)
    }

    /// Goes to `url` and waits until its scripts have run.
    ///
    /// # Errors
    /// Where the page cannot be loaded.
    pub(super) fn open(&mut self, url: &str) -> anyhow::Result<()> {
        let reply = self.call("Page.navigate", json!({ "url": url }))?;
        if let Some(error) = reply["errorText"].as_str() {
            bail!("{url}: {error}");
        }
        let loaded = "new Promise((done) => {
            if (document.readyState === 'complete') done(); else addEventListener('load', done);
        })";
        self.evaluate(loaded).map(drop)
    }

    /// The value of `expression` in the page, awaited if it is a promise.
    ///
    /// # Errors
    /// Where it throws.
    pub(super) fn evaluate(&mut self, expression: &str) -> anyhow::Result<Value> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut reply = self.call("Runtime.evaluate", parameters)?;
        match reply.get("exceptionDetails") {
            Some(details) => bail!("the page: {details}"),
            None => Ok(reply["result"]["value"].take()),
        }
    }

    fn call(&mut self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.page.is_empty() {
            command["sessionId"] = json!(self.page);
        }
        self.commands.write_all(format!("{command}\0").as_bytes())?;
        let mut reply = Vec::new();
        loop {
            reply.clear();
            if self.replies.read_until(0, &mut reply)? == 0 {
                bail!("the browser has ended");
            }
            reply.pop();
            let mut reply: Value = serde_json::from_slice(&reply)?;
            if reply["id"] == self.last {
                if let Some(error) = reply.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(reply["result"].take());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked first, so that pages are closed as by a person and the profile is complete.
        self.page.clear();
        if self.call("Browser.close", json!({})).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
