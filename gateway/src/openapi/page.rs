//! `/reference`: the page.

use askama::Template;

use super::reference::{Method, Reference, Service};
use crate::console::view::page::Page;

/// The reference, or the part of it that a search leaves.
#[derive(Template)]
#[template(path = "reference.html")]
pub struct View<'r> {
    page: Page,
    wanted: String,
    services: Vec<Service>,
    all: &'r Reference,
}

impl<'r> View<'r> {
    /// What is left of the reference by the words that somebody looks for; all of them must be there.
    pub fn new(page: Page, all: &'r Reference, wanted: &str) -> Self {
        let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
        let services = all.services.iter().map(|service| {
            let matching = |method: &&Method| words.iter().all(|word| says(service, method, word));
            Service { methods: service.methods.iter().filter(matching).cloned().collect(), ..service.clone() }
        });
        let services = services.filter(|service| !service.methods.is_empty()).collect();
        Self { page, wanted: wanted.to_owned(), services, all }
    }

    fn count(&self) -> usize {
        self.services.iter().map(|service| service.methods.len()).sum()
    }
}

/// A piece of a description.
pub struct Piece<'t> {
    /// Stood between backticks.
    pub code: bool,
    /// The text.
    pub text: &'t str,
}

/// A description, cut where code begins and ends.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    text.split('`').enumerate().map(|(index, text)| Piece { code: index % 2 == 1, text }).collect()
}

/// `get` of `GET`, for the colour.
fn tone(http_method: &str) -> &'static str {
    match http_method {
        "GET" => "good",
        "DELETE" => "bad",
        "PATCH" | "PUT" => "warn",
        _ => "info",
    }
}

fn says(service: &Service, method: &Method, word: &str) -> bool {
    let names = method.takes.iter().chain(&method.gives).map(|row| &row.name);
    let paths = method.lines.iter().map(|(_, path)| path);
    let told = [&service.name, &method.title, &method.grpc, &method.description];
    let mut texts = told.into_iter().chain(names).chain(paths);
    let reasons = || method.reasons.iter().any(|reason| reason.to_lowercase().contains(word));
    texts.any(|text| text.to_lowercase().contains(word)) || reasons()
}
