//! The ways to say no to a program from outside.

use std::fs;
use std::io;
use std::path::Path;

/// A way to say no: variables, arguments and files, each as a user or a packager would set it.
#[derive(Clone, Debug, Default)]
pub struct No {
    pub(super) name: String,
    pub(super) variables: Vec<(String, String)>,
    pub(super) arguments: Vec<String>,
    pub(super) files: Vec<(String, String)>,
    pub(super) drop_in: Option<String>,
    /// Whether it is silence by itself, so that a yes beside it would be one.
    pub(super) stands_alone: bool,
}

impl No {
    /// A no of the product's own, beside those that every product has: its config file, for instance.
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

    fn drop_in(mut self, name: &str) -> Self {
        self.drop_in = Some(name.to_owned());
        self
    }

    fn alone(self) -> Self {
        Self { stands_alone: true, ..self }
    }

    /// Writes the files of this no; `off_d` is where a drop-in goes.
    pub(super) fn place(&self, home: &Path, off_d: &Path) -> io::Result<()> {
        for (path, text) in &self.files {
            let path = home.join(path);
            fs::create_dir_all(path.parent().unwrap_or(home))?;
            fs::write(path, text)?;
        }
        fs::create_dir(off_d)?;
        self.drop_in.iter().try_for_each(|name| fs::write(off_d.join(name), ""))
    }
}

/// The prefix of a product's variables, `QUARRY_` for `quarry`.
pub(super) fn prefix(product: &str) -> String {
    product.to_ascii_uppercase().replace('-', "_") + "_"
}

/// A yes to this very process, as strong as one can be: what a no has to beat.
pub(super) fn yes(product: &str) -> No {
    No::named("nothing, with a yes").variable(format!("{}ENABLE_TELEMETRY", prefix(product)), "true")
}

/// Every way to say no that every product has. A value that cannot be read is one of them.
pub(super) fn of_every_product(product: &str, answer: &str) -> Vec<No> {
    let own = format!("{}ENABLE_TELEMETRY", prefix(product));
    vec![
        No::named("the generic variable").variable("ENABLE_TELEMETRY", "false"),
        No::named("the generic variable, unreadable").variable("ENABLE_TELEMETRY", "flase"),
        No::named("the product's variable").variable(&own, "off"),
        No::named("the product's variable, empty").variable(&own, ""),
        No::named("the product's variable, unreadable").variable(&own, "flase"),
        No::named("DO_NOT_TRACK").variable("DO_NOT_TRACK", "1"),
        No::named("a drop-in for every product").drop_in("all"),
        No::named("a drop-in for the product").drop_in(product),
        No::named("the stored answer").file(answer, "answer=no\n"),
    ]
}

/// The flag, as the last argument.
pub(super) fn by_flag() -> [No; 2] {
    [
        No::named("the flag").argument("--enable-telemetry=false"),
        No::named("the flag, unreadable").argument("--enable-telemetry=flase"),
    ]
}

/// Nobody has said anything yet.
pub(super) fn undecided() -> No {
    No::named("nobody's answer, and nobody there to ask").alone()
}
