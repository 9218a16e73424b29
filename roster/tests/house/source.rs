//! Reading Rust: which functions a file has, what it names, which texts it holds.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::tree::File;

/// A parsed Rust file.
pub struct Source {
    syntax: syn::File,
    tokens: TokenStream,
}

/// Something found in a file, with its line.
pub struct Found {
    pub line: usize,
    pub what: String,
}

/// A function with a body.
pub struct Function {
    pub name: String,
    pub line: usize,
    /// From the signature to the closing brace.
    pub lines: usize,
}

impl Source {
    /// Parses a file; a file that is not Rust fails the test, since nothing can be said of it.
    pub fn parse(file: &File) -> Self {
        let not_rust = |error| panic!("{}: {error}", file.path);
        let syntax = syn::parse_file(file.text()).unwrap_or_else(not_rust);
        let text = file.text().strip_prefix('\u{feff}').unwrap_or(file.text());
        let tokens = text.parse().unwrap();
        Self { syntax, tokens }
    }

    /// Every path that the file names: each leaf of its `use` trees, and each `a::b` in its code,
    /// macros included.
    pub fn paths(&self) -> Vec<Found> {
        let mut found = Vec::new();
        collect_uses(&self.syntax, &mut found);
        collect_paths(self.tokens.clone(), &mut found);
        found
    }

    /// Every function outside test modules.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = Functions::default();
        functions.visit_file(&self.syntax);
        functions.found
    }

    /// Lines that belong to test modules inside the file.
    pub fn test_lines(&self) -> usize {
        let mut functions = Functions::default();
        functions.visit_file(&self.syntax);
        functions.test_lines
    }

    /// Every token, those inside groups too, with the tokens that follow it on its own level.
    pub fn each_token(&self, mut see: impl FnMut(&[TokenTree])) {
        visit_tokens(self.tokens.clone(), &mut see);
    }

    /// The value of every string in the code, documentation left out.
    pub fn strings(&self) -> Vec<Found> {
        let mut found = Vec::new();
        self.each_token(|rest| {
            let [TokenTree::Literal(literal), ..] = rest else { return };
            let Ok(syn::Lit::Str(text)) = syn::parse_str::<syn::Lit>(&literal.to_string()) else { return };
            found.push(Found { line: line_of(&rest[0]), what: text.value() });
        });
        found
    }
}

/// The line on which a token starts.
pub fn line_of(token: &TokenTree) -> usize {
    token.span().start().line
}

/// The tokens of a group with this delimiter, if the token is one.
pub fn inside(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}

/// Whether the token is this word.
pub fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether the token is this sign.
pub fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn visit_tokens(tokens: TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        see(&tokens[index..]);
        let TokenTree::Group(group) = token else { continue };
        if !is_documentation(group) {
            visit_tokens(group.stream(), see);
        }
    }
}

fn is_documentation(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && is_word(group.stream().into_iter().next().as_ref(), "doc")
}

fn collect_paths(tokens: TokenStream, found: &mut Vec<Found>) {
    let mut continued_until = 0;
    let mut position = 0;
    visit_tokens(tokens, &mut |rest| {
        position += 1;
        let TokenTree::Ident(first) = &rest[0] else { return };
        if position <= continued_until {
            return;
        }
        let mut what = first.to_string();
        let mut next = 1;
        while let [colon, second, TokenTree::Ident(ident), ..] = &rest[next..] {
            if !is_sign(Some(colon), ':') || !is_sign(Some(second), ':') {
                break;
            }
            what = format!("{what}::{ident}");
            next += 3;
        }
        continued_until = position + next - 1;
        found.push(Found { line: line_of(&rest[0]), what });
    });
}

fn collect_uses(syntax: &syn::File, found: &mut Vec<Found>) {
    struct Uses<'a>(&'a mut Vec<Found>);
    impl<'ast> Visit<'ast> for Uses<'_> {
        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            expand(&item.tree, "", item.span().start().line, self.0);
        }
    }
    Uses(found).visit_file(syntax);
}

fn expand(tree: &syn::UseTree, before: &str, line: usize, found: &mut Vec<Found>) {
    let join = |name: String| if before.is_empty() { name } else { format!("{before}::{name}") };
    match tree {
        syn::UseTree::Path(path) => expand(&path.tree, &join(path.ident.to_string()), line, found),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| expand(item, before, line, found)),
        syn::UseTree::Name(name) => found.push(Found { line, what: join(name.ident.to_string()) }),
        syn::UseTree::Rename(rename) => found.push(Found { line, what: join(rename.ident.to_string()) }),
        syn::UseTree::Glob(_) => found.push(Found { line, what: before.to_owned() }),
    }
}

#[derive(Default)]
struct Functions {
    found: Vec<Function>,
    test_lines: usize,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.span().start().line;
        let lines = body.span().end().line - line + 1;
        self.found.push(Function { name: signature.ident.to_string(), line, lines });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
        };
        if item.attrs.iter().any(is_test) {
            self.test_lines += item.span().end().line - item.span().start().line + 1;
            return;
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
