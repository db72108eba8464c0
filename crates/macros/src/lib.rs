//! `manifest!`: the typed API made from `telemetry.toml`.
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::path::Path;

use proc_macro::{Literal, TokenStream, TokenTree};

/// Makes `pub mod telemetry` from a manifest, given by its path relative to the package's root:
/// `manifest!("telemetry.toml")`.
///
/// The module has these items:
///
/// - `PRODUCT`, the declaration that agents are started with,
/// - `Counts`, a struct with a field for each declared count,
/// - `TIMINGS` and `timings`, what the server measures of its requests,
/// - `events`, a struct for each declared event with an enum for each closed list,
/// - `commands` and `actions`, the declared names as constants.
///
/// The expansion depends on the manifest's text alone: no clock, no version control, no network. A change of the file
/// rebuilds the crate. An item whose `until` has passed still compiles; `aboveboard manifest check` fails on it.
///
/// # Errors
///
/// A manifest that cannot be read or does not pass is a compile error that lists every problem with its line and its
/// remedy.
///
/// # Example
///
/// ```
/// aboveboard::manifest!("tests/fixtures/telemetry.toml");
///
/// use telemetry::events::{StartFinished, start_finished::Provider};
///
/// # fn main() {
/// assert_eq!(telemetry::PRODUCT.product, "quarry");
/// let event = StartFinished {
///     // A text that the manifest does not list becomes `Other` and goes no further.
///     provider: Some(Provider::from_external("/home/alice/bin/podman")),
///     ..StartFinished::default()
/// };
/// assert_eq!(event.provider, Some(Provider::Other));
/// # }
/// ```
#[proc_macro]
pub fn manifest(input: TokenStream) -> TokenStream {
    let expanded = path_of(input).and_then(|path| expand(&path));
    let source = expanded.unwrap_or_else(|message| format!("::core::compile_error!({message:?});"));
    source.parse().unwrap_or_default()
}

/// The path in the one string literal that the macro takes.
fn path_of(input: TokenStream) -> Result<String, String> {
    const USE: &str = "`manifest!` takes the manifest's path in quotes: manifest!(\"telemetry.toml\")";
    match input.into_iter().collect::<Vec<_>>().as_slice() {
        [TokenTree::Literal(literal)] => plain_text(literal).ok_or_else(|| USE.to_owned()),
        _ => Err(USE.to_owned()),
    }
}

/// The text of a string literal without escapes; paths need none.
fn plain_text(literal: &Literal) -> Option<String> {
    let spelled = literal.to_string();
    let text = spelled.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then(|| text.to_owned())
}

fn expand(path: &str) -> Result<String, String> {
    let root = std::env::var("CARGO_MANIFEST_DIR")
        .map_err(|_| "`manifest!` needs CARGO_MANIFEST_DIR, which cargo sets".to_owned())?;
    let file = Path::new(&root).join(path);
    let text = std::fs::read_to_string(&file)
        .map_err(|error| format!("cannot read the manifest {}: {error}", file.display()))?;
    let manifest = aboveboard_manifest::parse(&text, path).map_err(|problems| {
        let mut message = String::from("the manifest does not pass\n");
        for problem in &problems {
            let _ = write!(message, "\n{problem}\n");
        }
        message
    })?;
    // The compiler tracks what is included, so that a change of the manifest rebuilds the host.
    let tracked = format!("const _: &[u8] = ::core::include_bytes!({:?});\n", file.display().to_string());
    Ok(tracked + &manifest.rust())
}
