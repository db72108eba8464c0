//! `manifest!`: the typed API made from `telemetry.toml`.
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::path::Path;

use proc_macro::{Group, Literal, TokenStream, TokenTree};

/// What `aboveboard::manifest!` expands to: its own crate as `$crate`, then what the host wrote.
#[doc(hidden)]
#[proc_macro]
pub fn typed_api(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let facade = input.next();
    let expanded = path_of(input).and_then(|path| expand(&path));
    let source = expanded.unwrap_or_else(|message| format!("::core::compile_error!({message:?});"));
    let expanded: TokenStream = source.parse().unwrap_or_default();
    facade.map_or_else(TokenStream::new, |facade| naming(expanded, &facade))
}

/// The same with the facade as this host names it, in place of `::aboveboard`.
fn naming(tokens: TokenStream, facade: &TokenTree) -> TokenStream {
    let mut named: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), naming(group.stream(), facade));
                inner.set_span(group.span());
                named.push(inner.into());
            }
            TokenTree::Ident(name) if name.to_string() == "aboveboard" && ends_in_path_sign(&named) => {
                named.truncate(named.len() - 2);
                named.push(facade.clone());
            }
            other => named.push(other),
        }
    }
    named.into_iter().collect()
}

/// Whether the last tokens are `::`.
fn ends_in_path_sign(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ':');
    matches!(tokens, [.., one, two] if is_colon(one) && is_colon(two))
}

/// The path in the one string literal that the macro takes.
fn path_of(input: impl Iterator<Item = TokenTree>) -> Result<String, String> {
    const USE: &str = "`manifest!` takes the manifest's path in quotes: manifest!(\"telemetry.toml\")";
    match input.collect::<Vec<_>>().as_slice() {
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
