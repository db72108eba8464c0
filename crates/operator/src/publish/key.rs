//! `aboveboard publish key`: the key that signs, and the text of it that stands in the manifest.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_files::Errno;
use aboveboard_files::named::{self, Pipes};
use aboveboard_published::key::{Signer, is_name, origin};
use anyhow::{Context as _, anyhow, bail, ensure};

/// Most bytes of a key file: one of `openssl` with comments around it.
const MAX_KEY_BYTES: usize = 4 << 10;

/// What a maker does with keys.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Makes a key, and prints the line of it for `publish.keys` of the manifest
    New(Options),
    /// Prints the line of a key for `publish.keys` of the manifest
    Show(ShowOptions),
}

/// What `publish key new` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The key, a new file that its owner alone can read. Keep a copy where nobody else finds it
    file: PathBuf,
    /// The address of the site, which names the key, such as quarry.example/figures
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: String,
}

/// What `publish key show` takes.
#[derive(clap::Args)]
pub(crate) struct ShowOptions {
    #[command(flatten)]
    key: Options,
    /// Print the public key as PEM instead, as `openssl pkeyutl -verify -pubin` takes it
    #[arg(long)]
    pem: bool,
}

fn name(text: &str) -> Result<String, String> {
    let name = origin(text);
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err("a name is the address of the site without its scheme, such as quarry.example/figures".to_owned())
    }
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::New(options) => new(options),
        Verb::Show(ShowOptions { key, pem }) => {
            let signer = read(&key.file, &key.name)?;
            let verifier = signer.verifier();
            if *pem {
                output::bytes(verifier.pem().as_bytes());
            } else {
                output::data(&verifier.to_string());
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn new(options: &Options) -> anyhow::Result<ExitCode> {
    let signer =
        Signer::generate(&options.name).context("the system gives no randomness, so no key is made")?;
    write(&options.file, signer.pem().as_bytes())?;
    output::data(&signer.verifier().to_string());
    output::message(&format!(
        "{} is the key; put the printed line into `keys` under [publish] in the manifest, and ship that. Keep a copy of the \
         file in another place: figures can only be signed with it, or with another key that the manifest names",
        options.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, pem: &[u8]) -> anyhow::Result<()> {
    let mut file = match named::create(path) {
        Err(Errno::EXIST) => bail!(
            "{} is there already, and no key is written over: name a new file, or print the line of that key with \
             `aboveboard publish key show`",
            path.display()
        ),
        made => made.with_context(|| format!("cannot make {}", path.display()))?.into_std(),
    };
    let directory =
        path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = file.write_all(pem).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::File::open(directory)?.sync_all()).map_err(|error| {
        // Half a key is none.
        let _ = std::fs::remove_file(path);
        anyhow!(error).context(format!("cannot write {}", path.display()))
    })
}

/// Reads a key that nobody else can read.
///
/// # Errors
/// Where it is none, or others can read it.
pub(crate) fn read(path: &Path, name: &str) -> anyhow::Result<Signer> {
    let cannot = || format!("cannot use the key {}", path.display());
    let file = named::read(path, Pipes::Refuse).with_context(cannot)?;
    let pem = file.content(MAX_KEY_BYTES).with_context(cannot)?;
    ensure!(
        file.stat().with_context(cannot)?.is_private(),
        "others can read the key {} or write to it: chmod 600 it (or 640 where it belongs to another user, such as root, and you \
         read it through a group), and if they may have read it, make another (`aboveboard publish key new`)",
        path.display()
    );
    let signer = std::str::from_utf8(&pem).ok().and_then(|pem| Signer::parse(name, pem));
    signer.with_context(|| {
        format!(
            "{} is no Ed25519 key in PKCS#8 and PEM: make one with `aboveboard publish key new`",
            path.display()
        )
    })
}
