//! What a program without an uploader leaves in its state directory, so that another one can deliver for it: the sealed
//! manifest, and before it a line of what the program itself said.
//!
//! ```text
//! aboveboard.product/1 revision=3 manifest=9f86d081… interval=86400 private=no config=no wording=- endpoint=-
//! aboveboard.sealed/1 grammar=1 release=quarry length=1234 sha256=…
//! ```
//!
//! Whoever reads it decides consent for itself, and by what it can see. Nothing in it says yes.

use aboveboard_files::{Directory, Errno, stat};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::sealed::seal;

use crate::consent::{Permit, still_permitted};
use crate::endpoint::Endpoint;
use crate::environment::Environment;
use crate::own_files::PRODUCT as FILE;
use crate::paths::{Paths, is_safe_name};

/// What the first line begins with.
const MARKER: &str = "aboveboard.product/1 ";

/// What stands in place of nothing.
const NONE: &str = "-";

/// The longest first line with its end, in bytes: an endpoint and the name of a wording are its longest parts.
const MAX_LINE_BYTES: usize = 4096;

/// The longest file that is read, in bytes: the manifest's crate reads no longer one.
const MAX_FILE_BYTES: usize = MAX_LINE_BYTES + (1 << 20) + 256;

/// What the program said itself, beside its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostWords {
    /// The time between two deliveries, in seconds.
    pub interval: u64,
    /// Whether an endpoint at a private address is allowed.
    pub allow_private: bool,
    /// Whether it has a configuration of its own that may say no, which nobody else can read.
    pub has_config: bool,
    /// The name of its text of its own, whose answer is kept apart.
    pub wording: Option<String>,
    /// An endpoint in place of the manifest's.
    pub endpoint: Option<String>,
}

/// Whether a file is meant as one. Its beginning will do.
#[must_use]
pub fn is_meant(content: &[u8]) -> bool {
    content.starts_with(MARKER.as_bytes())
}

/// What was read: what the program said, and the sealed manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFile {
    /// What the program said.
    pub words: HostWords,
    /// The manifest in its sealed form, which nobody has opened yet.
    pub sealed: Vec<u8>,
}

/// Leaves the file, unless it is there just so: it says what the program says that recorded last. Where it cannot be written,
/// another program cannot deliver, by older words neither; the next command tries again.
pub fn keep(permit: &Permit, places: &Paths, declaration: &Declaration, words: &HostWords) {
    if !permit.may_send() || declaration.text.is_empty() {
        return;
    }
    let Ok(state) = places.open_state() else { return };
    let content = content(declaration, words);
    let is_sound = state.stat(FILE).is_ok_and(|found| found.fault_of_file().is_none());
    if is_sound && state.content(FILE, MAX_FILE_BYTES).is_ok_and(|found| found == content.as_bytes()) {
        return;
    }
    put(&state, places, &content);
}

/// Keeps the file in step where something is about to be recorded: no other program delivers that by words that are no longer
/// said. `is_needed` says whether a file that is missing is left too. It costs one look at the file's first line.
pub fn keep_in_step(
    permit: &Permit,
    places: &Paths,
    declaration: &Declaration,
    words: &HostWords,
    is_needed: bool,
) {
    let Ok(state) = places.open_state() else { return };
    match state.read(FILE) {
        Err(Errno::NOENT) if is_needed => keep(permit, places, declaration, words),
        Err(Errno::NOENT) => {}
        Ok(file) if file.begins_with(line(declaration, words).as_bytes()) == Ok(true) => {}
        _ if declaration.text.is_empty() => take_back(places),
        _ => put(&state, places, &content(declaration, words)),
    }
}

fn put(state: &Directory, places: &Paths, content: &str) {
    match state.replace(FILE, content.as_bytes(), false) {
        Ok(()) => {
            still_permitted(places);
        }
        Err(_) => {
            let _ = state.remove(FILE);
        }
    }
}

/// Lends the file to a program that is called for an erasure, whatever was decided: what an opt-out deleted has to be told to
/// its collector. It makes no directory, and whoever lends it takes it back by [`take_back`].
///
/// # Errors
/// Those of the system.
pub fn lend(places: &Paths, declaration: &Declaration, words: &HostWords) -> Result<(), Errno> {
    places.open_state()?.replace(FILE, content(declaration, words).as_bytes(), false)
}

/// Takes back what was lent.
pub fn take_back(places: &Paths) {
    if let Ok(state) = places.open_state() {
        let _ = state.remove(FILE);
    }
}

/// The products that have a directory of their own in the state of this user, in order. Whether one has a product file,
/// [`read`] says.
#[must_use]
pub fn products(environment: &Environment) -> Vec<String> {
    let any = Declaration::EMPTY.product("any".into());
    let places = Paths::of_user(&any, environment);
    let base = places.as_ref().and_then(|places| places.state().ancestors().nth(2));
    let names = base.and_then(|base| Directory::look_into(base).ok()?.list().ok()).unwrap_or_default();
    names.into_iter().filter(|name| is_safe_name(name)).collect()
}

/// What was left for whoever delivers; `None` where nothing is.
///
/// # Errors
/// In words, why it is not used: the directory or the file could be somebody else's, or it is none.
pub fn read(places: &Paths) -> Result<Option<ProductFile>, String> {
    if is_no_product(places) {
        return Ok(None);
    }
    let state = match places.open_state() {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        state => state.map_err(|error| format!("{} is not used: {error}", places.state().display()))?,
    };
    let place = places.state().join(FILE);
    let found = match state.stat(FILE) {
        Err(Errno::NOENT) => return Ok(None),
        found => found.map_err(|error| format!("{}: {error}", place.display()))?,
    };
    if let Some(fault) = found.fault_of_file() {
        return Err(format!("{} {fault}, so it is not used", place.display()));
    }
    let content = state.content(FILE, MAX_FILE_BYTES);
    let content = content.map_err(|error| format!("{} cannot be read: {error}", place.display()))?;
    parse(&content).map(Some).ok_or_else(|| {
        format!(
            "{} is not as a program leaves it; delete it, and the program leaves another",
            place.display()
        )
    })
}

/// Whether a directory beside the products' is another program's: nothing of a product can be seen in it, or what can be seen
/// is the user's own and holds no file. A telemetry directory of somebody else may be planted.
fn is_no_product(places: &Paths) -> bool {
    match stat(places.state()) {
        Err(_) => true,
        Ok(found) => found.is_mine() && stat(&places.state().join(FILE)).err() == Some(Errno::NOENT),
    }
}

fn content(declaration: &Declaration, words: &HostWords) -> String {
    let release = declaration.release.then_some(&*declaration.product);
    line(declaration, words) + &seal(declaration.grammar, release, &declaration.text)
}

fn line(declaration: &Declaration, words: &HostWords) -> String {
    // An endpoint that is none is used by nobody.
    let endpoint = words.endpoint.as_deref().and_then(|named| Endpoint::parse(named, true).ok());
    format!(
        "{MARKER}revision={} manifest={} interval={} private={} config={} wording={} endpoint={}\n",
        declaration.revision,
        declaration.hash,
        words.interval,
        yes_or_no(words.allow_private),
        yes_or_no(words.has_config),
        words.wording.as_deref().unwrap_or(NONE),
        endpoint.as_ref().map_or(NONE, Endpoint::as_str),
    )
}

fn yes_or_no(is_yes: bool) -> &'static str {
    if is_yes { "yes" } else { "no" }
}

fn is_yes(word: &str) -> Option<bool> {
    [true, false].into_iter().find(|is_yes| yes_or_no(*is_yes) == word)
}

/// The first line of the content, and where it ends.
fn first_line(content: &[u8]) -> Option<(&str, usize)> {
    let end = content.iter().take(MAX_LINE_BYTES).position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&content[..end]).ok()?, end))
}

/// What a file says; `None` where it is no product file.
#[must_use]
pub fn parse(content: &[u8]) -> Option<ProductFile> {
    let (line, end) = first_line(content)?;
    let mut fields = line.strip_prefix(MARKER)?.split(' ');
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
    field("revision")?;
    field("manifest")?;
    let interval = field("interval")?.parse().ok()?;
    let allow_private = is_yes(field("private")?)?;
    let has_config = is_yes(field("config")?)?;
    let wording = Some(field("wording")?).filter(|name| *name != NONE);
    let endpoint = Some(field("endpoint")?).filter(|endpoint| *endpoint != NONE);
    if fields.next().is_some() || wording.is_some_and(|name| !is_safe_name(name)) {
        return None;
    }
    let words = HostWords {
        interval,
        allow_private,
        has_config,
        wording: wording.map(str::to_owned),
        endpoint: endpoint.map(str::to_owned),
    };
    Some(ProductFile { words, sealed: content[end + 1..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> HostWords {
        HostWords {
            interval: 3600,
            allow_private: true,
            has_config: true,
            wording: Some("debian-2".to_owned()),
            endpoint: Some("https://telemetry.example.org/path".to_owned()),
        }
    }

    #[test]
    fn what_was_said_is_read_back_and_nothing_else_is() {
        let declaration = Declaration::EMPTY.revision(3).hash("9f86".into());
        for words in [words(), HostWords::default()] {
            let written = line(&declaration, &words) + "sealed";
            let read = parse(written.as_bytes()).unwrap();
            assert_eq!(read, ProductFile { words, sealed: b"sealed".to_vec() });
            for end in 0..written.find('\n').unwrap() {
                assert_eq!(parse(&written.as_bytes()[..end]), None, "{end}");
            }
            for (from, to) in [
                ("product/1", "product/2"),
                ("interval=", "interval=-"),
                ("private=", "private=x"),
                ("config=", "config=-"),
                (" endpoint=", " other=1 endpoint="),
                ("wording=", "wording=../"),
                ("\n", " \n"),
            ] {
                assert_eq!(parse(written.replacen(from, to, 1).as_bytes()), None, "{to}");
            }
        }
    }

    #[test]
    fn an_endpoint_that_is_none_is_not_left() {
        for endpoint in ["a b", "https://x.example\nwording=y", "ftp://x.example"] {
            let words = HostWords { endpoint: Some(endpoint.to_owned()), ..HostWords::default() };
            let line = line(&Declaration::EMPTY, &words);
            assert!(line.ends_with(" endpoint=-\n"), "{line}");
        }
    }
}
