//! Words that must not appear.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::Offences;
use crate::source::{Source, inside, is_sign, is_word, line_of};
use crate::tree::{self, File};

const VAGUE: [&str; 8] = ["common", "core", "shared", "types", "helper", "helpers", "util", "utils"];

/// Crates, folders, files and modules with a name that says nothing.
pub fn vague_names(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for file in tree::rust(root) {
        let parts = file.path.trim_end_matches(".rs").split('/');
        offences
            .extend(parts.filter(|part| VAGUE.contains(part)).map(|part| format!("{}: {part}", file.path)));
        Source::parse(&file).each_token(|rest| {
            let [module, TokenTree::Ident(name), ..] = rest else { return };
            if is_word(Some(module), "mod") && VAGUE.iter().any(|vague| name == vague) {
                offences.push(format!("{}:{}: mod {name}", file.path, line_of(module)));
            }
        });
    }
    offences
}

/// `#[allow]`, and `#[expect]` without a reason.
pub fn allowances(root: &Path) -> Offences {
    each_place(root, |rest| {
        let [lint, TokenTree::Group(arguments), ..] = rest else { return None };
        if arguments.delimiter() != Delimiter::Parenthesis {
            return None;
        }
        let unexplained = is_word(Some(lint), "expect") && !has_reason(arguments.stream());
        (is_word(Some(lint), "allow") || unexplained).then(|| format!("{lint}{arguments}"))
    })
}

/// `todo!`, `unimplemented!` and `dbg!`.
pub fn stubs(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for file in tree::rust(root) {
        Source::parse(&file).each_token(|rest| {
            let stub = ["todo", "unimplemented", "dbg"].into_iter().find(|word| is_word(rest.first(), word));
            let Some(stub) = stub.filter(|_| is_sign(rest.get(1), '!')) else { return };
            offences.push(format!("{}:{}: {stub}!", file.path, line_of(&rest[0])));
        });
    }
    offences
}

/// Hosts of package registries and folders of somebody's machine, in any text file but Cargo.lock.
pub fn places(root: &Path) -> Offences {
    let mut offences = Vec::new();
    for file in tree::files(root).iter().filter(|file| file.path != "Cargo.lock") {
        for (index, line) in file.text().lines().enumerate() {
            let named = unwelcome_places().into_iter().filter(|place| line.contains(place.as_str()));
            offences.extend(named.map(|place| format!("{}:{}: {place}", file.path, index + 1)));
        }
    }
    offences
}

/// Put together from halves, so that this file does not hold them itself.
pub fn unwelcome_places() -> Vec<String> {
    let halves = [
        ("/ro", "ot/"),
        ("/wo", "rk/"),
        ("crates", ".io"),
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("deb.debian", ".org"),
        ("proxy.golang", ".org"),
    ];
    halves.map(|(left, right)| format!("{left}{right}")).to_vec()
}

/// Runs `find` over the attributes of every Rust file.
fn each_place(root: &Path, find: impl Fn(&[TokenTree]) -> Option<String>) -> Offences {
    let mut offences = Vec::new();
    for file in tree::rust(root) {
        Source::parse(&file).each_token(|rest| {
            let Some(attribute) = attribute(rest) else { return };
            offences.extend(search(attribute, &find).map(|found| place(&file, &rest[0], &found)));
        });
    }
    offences
}

fn place(file: &File, token: &TokenTree, what: &str) -> String {
    format!("{}:{}: {what}", file.path, line_of(token))
}

/// The content of `#[…]` or `#![…]`, if one starts here.
fn attribute(rest: &[TokenTree]) -> Option<TokenStream> {
    if !is_sign(rest.first(), '#') {
        return None;
    }
    let bracket = if is_sign(rest.get(1), '!') { rest.get(2) } else { rest.get(1) };
    inside(bracket, Delimiter::Bracket)
}

/// Looks at the attribute and into the arguments of `cfg_attr`.
fn search(tokens: TokenStream, find: &impl Fn(&[TokenTree]) -> Option<String>) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let nested = || inside(Some(token), Delimiter::Parenthesis).and_then(|stream| search(stream, find));
        if let Some(found) = find(&tokens[index..]).or_else(nested) {
            return Some(found);
        }
    }
    None
}

fn has_reason(arguments: TokenStream) -> bool {
    arguments.into_iter().any(|token| is_word(Some(&token), "reason"))
}
