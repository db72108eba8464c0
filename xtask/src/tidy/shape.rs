//! The shape of Rust sources: tables of contents, one binding a line, modules of their own crate.

use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Expr, Item, Pat};

use super::Finding;

/// What the compiler lets pass in a Rust file, and we do not.
pub(super) fn check(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    let Ok(syntax) = syn::parse_file(text) else { return };
    let mut shape = Shape { file, findings };
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        shape.table_of_contents(&syntax.items);
    }
    shape.visit_file(&syntax);
}

struct Shape<'a> {
    file: &'a Path,
    findings: &'a mut Vec<Finding>,
}

impl Shape<'_> {
    fn found(&mut self, span: proc_macro2::Span, what: impl Into<String>) {
        self.findings.push(Finding::new(self.file, span.start().line, what));
    }

    /// `mod.rs` names the parts of its folder and defines nothing itself.
    fn table_of_contents(&mut self, items: &[Item]) {
        let inside = |item: &&Item| match item {
            Item::Mod(module) => module.content.is_some(),
            Item::Use(_) | Item::ExternCrate(_) => false,
            // Macros that other modules call must come before them.
            Item::Macro(_) => false,
            _ => true,
        };
        let defined = items.iter().filter(inside).count();
        if defined > 0 {
            let what = format!("a table of contents that defines {defined} items");
            self.findings.push(Finding::new(self.file, 0, what));
        }
    }
}

impl<'ast> Visit<'ast> for Shape<'_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            pattern => pattern,
        };
        // With `else` it is one question about several values, not several bindings.
        let both = local.init.as_ref().filter(|init| init.diverge.is_none());
        let both = both.is_some_and(|init| matches!(*init.expr, Expr::Tuple(_)));
        if both && matches!(pattern, Pat::Tuple(_)) {
            self.found(local.let_token.span, "a tuple of bindings: one binding a line");
        }
        visit::visit_local(self, local);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let elsewhere = item.attrs.iter().find(|attribute| attribute.path().is_ident("path"));
        if let Some(path) = elsewhere.and_then(|attribute| attribute.meta.require_name_value().ok())
            && let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &path.value
            && path.value().starts_with("../")
        {
            self.found(item.mod_token.span, format!("#[path] leads out of the folder, to {}", path.value()));
        }
        visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        check(Path::new(file), text, &mut findings);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_tuple_of_bindings_is_found_and_a_function_that_returns_one_is_not() {
        assert_eq!(found("a.rs", "fn f() {\n    let (a, b) = (1, 2);\n}").len(), 1);
        assert_eq!(found("a.rs", "fn f() { g(|| { let (a, b): (u8, u8) = (1, 2); }) }").len(), 1);
        assert!(found("a.rs", "fn f() { let (a, b) = g(); let c = (1, 2); }").is_empty());
        assert!(found("a.rs", "fn f() { let (Some(a), None) = (g(), h()) else { return }; }").is_empty());
    }

    #[test]
    fn a_table_of_contents_that_defines_something_is_found() {
        assert_eq!(found("src/a/mod.rs", "mod b;\npub fn f() {}").len(), 1);
        assert_eq!(found("src/a/mod.rs", "mod b { pub struct A; }").len(), 1);
        assert!(
            found("src/a/mod.rs", "//! What it is.\nmod b;\npub use b::B;\n#[cfg(test)]\nmod tests;")
                .is_empty()
        );
        assert!(found("src/a/other.rs", "pub fn f() {}").is_empty());
    }

    #[test]
    fn a_module_from_another_crate_is_found() {
        assert_eq!(found("a.rs", "#[path = \"../../other/src/b.rs\"]\nmod b;").len(), 1);
        assert!(found("a.rs", "#[path = \"b_tests.rs\"]\nmod tests;").is_empty());
    }
}
