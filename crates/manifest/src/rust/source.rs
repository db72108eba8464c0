//! Rust source as it is written, and the names in it.

use crate::grammar::name::identifier;
use crate::names::Names;

#[derive(Default)]
pub(super) struct RustSource {
    text: String,
}

impl RustSource {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A public module with its sentence of documentation.
    pub(super) fn module(&mut self, doc: &str, name: &str, content: impl FnOnce(&mut Self)) {
        self.line(&format!("/// {doc}\npub mod {name} {{"));
        content(self);
        self.line("}");
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn doc(&mut self, sentences: &[&str]) {
        for (index, sentence) in sentences.iter().enumerate() {
            if index > 0 {
                self.line("#[doc = \"\"]");
            }
            self.line(&format!("#[doc = {:?}]", plain(sentence)));
        }
    }
}

/// Prose that rustdoc shows as it is.
pub(super) fn plain(prose: &str) -> String {
    let mut plain = String::new();
    for c in prose.chars() {
        if matches!(c, '[' | ']' | '<' | '>' | '`' | '*' | '_' | '\\') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

pub(super) fn constants<'n>(out: &mut RustSource, names: impl Iterator<Item = &'n str>) {
    let mut given = Names::with(&[]);
    for name in names {
        let constant = given.take(constant(name));
        out.line(&format!("/// `{name}`\npub const {constant}: &str = {name:?};"));
    }
}

/// The name of a constant or static.
pub(super) fn constant(name: &str) -> String {
    identifier(name).to_ascii_uppercase()
}

/// An identifier that may be a keyword of Rust.
pub(super) fn ident(name: &str) -> String {
    let name = identifier(name);
    match name.as_str() {
        "self" | "super" | "crate" => format!("{name}_"),
        "as" | "async" | "await" | "break" | "const" | "continue" | "dyn" | "else" | "enum" | "extern"
        | "false" | "fn" | "for" | "gen" | "if" | "impl" | "in" | "let" | "loop" | "match" | "mod"
        | "move" | "mut" | "pub" | "ref" | "return" | "static" | "struct" | "trait" | "true" | "type"
        | "unsafe" | "use" | "where" | "while" | "abstract" | "become" | "box" | "do" | "final" | "macro"
        | "override" | "priv" | "typeof" | "unsized" | "virtual" | "yield" | "try" => format!("r#{name}"),
        _ => name,
    }
}
