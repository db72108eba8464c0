//! The ways to opt out of a program's telemetry from outside.

use std::fs;
use std::io;
use std::path::Path;

/// A way to opt out: variables, arguments and files, each as a user or a packager would set it.
#[derive(Clone, Debug, Default)]
pub struct OptOut {
    pub(super) name: String,
    pub(super) variables: Vec<(String, String)>,
    pub(super) arguments: Vec<String>,
    pub(super) files: Vec<(String, String)>,
    pub(super) policy_file: Option<String>,
    /// Whether it stands for silence by itself: a yes beside it would turn telemetry on.
    pub(super) stands_alone: bool,
}

impl OptOut {
    /// A way of this product's own, in addition to those that every product has: its config file, for instance.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets a variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Adds an argument at the end; `{home}` in it stands for the home directory of the run.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Puts a file with this text into the home directory, by its path from there.
    #[must_use]
    pub fn file(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    fn policy_file(mut self, name: &str) -> Self {
        self.policy_file = Some(name.to_owned());
        self
    }

    /// Writes its files; `off_d` is where a policy file goes.
    pub(super) fn place(&self, home: &Path, off_d: &Path) -> io::Result<()> {
        for (path, text) in &self.files {
            let path = home.join(path);
            fs::create_dir_all(path.parent().unwrap_or(home))?;
            fs::write(path, text)?;
        }
        fs::create_dir(off_d)?;
        self.policy_file.iter().try_for_each(|name| fs::write(off_d.join(name), ""))
    }
}

/// The prefix of a product's variables, `QUARRY_` for `quarry`.
pub(super) fn prefix(product: &str) -> String {
    product.to_ascii_uppercase().replace('-', "_") + "_"
}

/// Consent for this very process, as strong as it can be: what an opt-out must override.
pub(super) fn yes(product: &str) -> OptOut {
    OptOut::named("nothing, with a yes").variable(format!("{}ENABLE_TELEMETRY", prefix(product)), "true")
}

/// Every way to opt out that every product has. A value that cannot be read is one of them.
pub(super) fn of_every_product(product: &str, answer: &str) -> Vec<OptOut> {
    let own = format!("{}ENABLE_TELEMETRY", prefix(product));
    vec![
        OptOut::named("the generic variable").variable("ENABLE_TELEMETRY", "false"),
        OptOut::named("the generic variable, unreadable").variable("ENABLE_TELEMETRY", "flase"),
        OptOut::named("the product's variable").variable(&own, "off"),
        OptOut::named("the product's variable, empty").variable(&own, ""),
        OptOut::named("the product's variable, unreadable").variable(&own, "flase"),
        OptOut::named("DO_NOT_TRACK").variable("DO_NOT_TRACK", "1"),
        OptOut::named("a policy file for every product").policy_file("all"),
        OptOut::named("a policy file for the product").policy_file(product),
        OptOut::named("the stored answer").file(answer, "answer=no\n"),
    ]
}

/// The flag, as the last argument.
pub(super) fn by_flag() -> [OptOut; 2] {
    [
        OptOut::named("the flag").argument("--enable-telemetry=false"),
        OptOut::named("the flag, unreadable").argument("--enable-telemetry=flase"),
    ]
}

/// Nobody has decided yet.
pub(super) fn undecided() -> OptOut {
    OptOut { stands_alone: true, ..OptOut::named("nobody's answer, and nobody there to ask") }
}
