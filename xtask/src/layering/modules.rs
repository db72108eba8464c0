//! The modules of one crate, read with a parser: which file defines what, and which paths each file writes.
//!
//! Items under `#[cfg(test)]` are left out: a test may look where it likes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A module of a crate: a file, or an inline `mod` within one.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) path: Vec<String>,
    pub(super) file: PathBuf,
    pub(super) parent: usize,
    pub(super) children: BTreeMap<String, usize>,
    /// The names of what stands in this module itself, each with whether it is a type: a path can lead through it.
    pub(super) items: BTreeMap<String, bool>,
    pub(super) imports: Vec<Import>,
    pub(super) paths: Vec<UsedPath>,
    /// Files that `include!` and its like read, as they are written.
    pub(super) includes: Vec<String>,
}

/// One name that a `use` brings into a module.
#[derive(Debug)]
pub(super) struct Import {
    /// `None` for a glob.
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
    /// A `pub use` passes a name on; by itself it uses nothing.
    pub(super) re_export: bool,
    pub(super) line: usize,
}

/// A path in an expression, a type, a pattern or a macro call.
#[derive(Debug)]
pub(super) struct UsedPath {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

/// All modules of one target of a crate; the root is the first.
#[derive(Debug, Default)]
pub(crate) struct Modules(pub(super) Vec<Module>);

impl Modules {
    /// Reads the target whose root file is `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut modules = Self::default();
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        modules.add_file(root.to_owned(), folder, Vec::new(), 0)?;
        Ok(modules)
    }

    /// The files that the target includes, each with the source file that includes it.
    pub(crate) fn includes(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0.iter().flat_map(|module| module.includes.iter().map(|file| (&*module.file, file.as_str())))
    }

    fn add(&mut self, path: Vec<String>, file: PathBuf, parent: usize) -> usize {
        let index = self.0.len();
        if let Some(name) = path.last() {
            self.0[parent].children.insert(name.clone(), index);
        }
        self.0.push(Module {
            path,
            file,
            parent,
            children: BTreeMap::new(),
            items: BTreeMap::new(),
            imports: Vec::new(),
            paths: Vec::new(),
            includes: Vec::new(),
        });
        index
    }

    /// Reads a file as the module `path`; `folder` is where the files of its child modules lie.
    fn add_file(&mut self, file: PathBuf, folder: PathBuf, path: Vec<String>, parent: usize) -> Result<()> {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let syntax = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        if only_for_tests(&syntax.attrs) {
            return Ok(());
        }
        let module = self.add(path, file, parent);
        let mut reader = Reader { modules: self, module, folder, failure: None };
        reader.items(&syntax.items);
        reader.failure.map_or(Ok(()), Err)
    }
}

/// Whether an item stands in no build but that of the tests.
fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.parse_args::<TokenStream>().map(|tokens| tokens.to_string());
        let condition = condition.unwrap_or_default().replace(' ', "");
        let all_of = condition.strip_prefix("all(").and_then(|rest| rest.strip_suffix(')'));
        let test = condition == "test" || all_of.is_some_and(|all| all.split(',').any(|one| one == "test"));
        attribute.path().is_ident("test") || attribute.path().is_ident("cfg") && test
    })
}

struct Reader<'a> {
    modules: &'a mut Modules,
    module: usize,
    folder: PathBuf,
    failure: Option<anyhow::Error>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        &mut self.modules.0[self.module]
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.visit_item(item);
        }
    }

    fn child(&mut self, item: &syn::ItemMod) -> Result<()> {
        let name = item.ident.unraw().to_string();
        let mut path = self.module().path.clone();
        path.push(name.clone());
        let file = self.module().file.clone();
        if let Some((_, items)) = &item.content {
            let module = self.modules.add(path, file, self.module);
            let folder = self.folder.join(&name);
            let mut reader = Reader { modules: self.modules, module, folder, failure: None };
            reader.items(items);
            return reader.failure.map_or(Ok(()), Err);
        }
        let module = self.module;
        if let Some(elsewhere) = path_attribute(&item.attrs) {
            let file = file.parent().unwrap_or(Path::new("")).join(elsewhere);
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            return self.modules.add_file(file, folder, path, module);
        }
        let folder = self.folder.join(&name);
        let beside = self.folder.join(format!("{name}.rs"));
        let file = if beside.is_file() { beside } else { folder.join("mod.rs") };
        self.modules.add_file(file, folder, path, module)
    }

    fn import(&mut self, tree: &UseTree, prefix: &[String], re_export: bool) {
        let mut path = prefix.to_vec();
        let mut last = |ident: &syn::Ident, name: &syn::Ident| {
            // `use a::{self}` names the module itself.
            if ident != "self" || path.is_empty() {
                path.push(ident.unraw().to_string());
            }
            let own = if name == "self" { path.last().cloned() } else { Some(name.unraw().to_string()) };
            Import { name: own, path: path.clone(), re_export, line: ident.span().start().line }
        };
        let import = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.unraw().to_string());
                return self.import(&tree.tree, &path, re_export);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, prefix, re_export);
                }
                return;
            }
            UseTree::Name(name) => last(&name.ident, &name.ident),
            UseTree::Rename(rename) => last(&rename.ident, &rename.rename),
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                Import { name: None, path, re_export, line }
            }
        };
        self.module().imports.push(import);
    }

    fn path(&mut self, segments: Vec<String>, line: usize) {
        if !segments.is_empty() {
            self.module().paths.push(UsedPath { segments, line });
        }
    }

    /// The paths in the arguments of a macro, which no parser takes apart.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        let mut field = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path(std::mem::take(&mut segments), line);
                        line = ident.span().start().line;
                    }
                    colons = 0;
                    if !field || !segments.is_empty() {
                        segments.push(ident.unraw().to_string());
                    }
                    field = false;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) => {
                    self.path(std::mem::take(&mut segments), line);
                    colons = 0;
                    field = punct.as_char() == '.';
                }
                TokenTree::Group(group) => {
                    self.path(std::mem::take(&mut segments), line);
                    colons = 0;
                    field = false;
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => {
                    self.path(std::mem::take(&mut segments), line);
                    colons = 0;
                }
            }
        }
        self.path(segments, line);
    }
}

/// The file that a module is in, if an attribute says so. Of files for several systems it is that for Unix, which stands first.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(meta) => path_of(meta),
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let parts = Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            let parts = list.parse_args_with(parts).ok()?;
            parts.iter().skip(1).find_map(|part| path_of(part.require_name_value().ok()?))
        }
        _ => None,
    })
}

fn path_of(meta: &syn::MetaNameValue) -> Option<String> {
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &meta.value else { return None };
    meta.path.is_ident("path").then(|| text.value())
}

fn name_of(item: &Item) -> Option<&syn::Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    })
}

fn is_type(item: &Item) -> bool {
    use Item::{Enum, Struct, Trait, TraitAlias, Type, Union};
    matches!(item, Enum(_) | Struct(_) | Trait(_) | TraitAlias(_) | Type(_) | Union(_))
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if only_for_tests(attributes_of(item)) {
            return;
        }
        if let Some(name) = name_of(item) {
            let name = name.unraw().to_string();
            let is_type = is_type(item);
            *self.module().items.entry(name).or_default() |= is_type;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if let Err(error) = self.child(item) {
            self.failure.get_or_insert(error);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let re_export = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], re_export);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !only_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !only_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !only_for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
        if !only_for_tests(&block.attrs) {
            visit::visit_expr_block(self, block);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
            let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
            self.path(segments, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let includes =
            ["include", "include_str", "include_bytes"].iter().any(|name| call.path.is_ident(name));
        if includes && let Ok(file) = call.parse_body::<syn::LitStr>() {
            self.module().includes.push(file.value());
        }
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    /// Attributes name derive macros and settings, no items of ours.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
