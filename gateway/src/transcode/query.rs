//! Query parameters and form fields, into request fields.

use std::collections::HashSet;

use prost_reflect::DynamicMessage;

use super::{
    binding::{Binding, Body, request_field},
    error::Refusal,
    field::FieldPath,
    json,
    method::Feed,
    options::Options,
    percent,
    violation::Violation,
};

/// Characters of a name that is too deep, in an answer.
const SHOWN: usize = 64;

/// Fills fields from texts; each single field once.
pub(super) struct Filler {
    seen: HashSet<String>,
    count: usize,
    most: usize,
    depth: usize,
    ignore_unknown: bool,
}

impl Filler {
    /// Nothing filled yet.
    pub(super) fn new(options: &Options) -> Self {
        let (most, depth) = (options.limits.parameters, options.limits.json_depth);
        Self { seen: HashSet::new(), count: 0, most, depth, ignore_unknown: options.ignore_unknown }
    }

    /// Applies a whole query string.
    pub(super) fn query(
        &mut self,
        binding: &Binding,
        query: Option<&str>,
        message: &mut DynamicMessage,
    ) -> Result<(), Refusal> {
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent::decode_query(name).map_err(|problem| Violation::new(name, problem))?;
            let text = percent::decode_query(text).map_err(|problem| Violation::new(&name, problem))?;
            self.one(binding, &name, &text, message)?;
        }
        Ok(())
    }

    /// Applies one parameter or form field.
    pub(super) fn one(
        &mut self,
        binding: &Binding,
        name: &str,
        text: &str,
        message: &mut DynamicMessage,
    ) -> Result<(), Refusal> {
        self.count += 1;
        if self.count > self.most {
            let problem = format!("there are more than {} parameters", self.most);
            return Err(Violation::new(name, problem).into());
        }
        check_depth(name, self.depth)?;
        let Some(path) = request_field(&binding.method, name) else {
            return if self.ignore_unknown { Ok(()) } else { Err(unknown(binding, name).into()) };
        };
        check_free(binding, &path, name)?;
        let leaf = path.leaf();
        if leaf.is_map() {
            return Err(Violation::new(name, "a map cannot be given as a parameter").into());
        }
        let value = json::from_text(&leaf.kind(), text).map_err(|problem| Violation::new(name, problem))?;
        if leaf.is_list() {
            path.push(message, value);
            return Ok(());
        }
        if !self.seen.insert(path.name()) {
            return Err(Violation::new(name, "given twice, but it is not repeated").into());
        }
        path.check_oneofs(message).map_err(|violation| Violation::new(name, violation.problem))?;
        path.set(message, value);
        Ok(())
    }
}

/// A parameter makes no deeper message than JSON may; an answer repeats only the beginning of such a name.
fn check_depth(name: &str, depth: usize) -> Result<(), Violation> {
    if name.split('.').count() <= depth {
        return Ok(());
    }
    let beginning: String = name.chars().take(SHOWN).collect();
    Err(Violation::new(beginning, "is nested too deeply"))
}

fn unknown(binding: &Binding, name: &str) -> Violation {
    let method = binding.method.descriptor.name();
    Violation::new(name, format!("{method} has no such parameter"))
}

/// Whether a parameter of this name is taken.
pub(super) fn is_free(binding: &Binding, name: &str) -> bool {
    request_field(&binding.method, name).is_some_and(|path| check_free(binding, &path, name).is_ok())
}

/// A field has one source: the path, the body or the query.
fn check_free(binding: &Binding, path: &FieldPath, name: &str) -> Result<(), Violation> {
    if binding.variables.iter().any(|(_, variable)| variable.is_same(path)) {
        return Err(Violation::new(name, "is taken from the path"));
    }
    let upload = matches!(binding.method.feed, Feed::Upload(_));
    match &binding.body {
        Body::Whole if !upload => Err(Violation::new(name, "this method takes no parameters, only a body")),
        Body::Field(field) if !upload && path.root() == field => {
            Err(Violation::new(name, "belongs in the body, not in the query"))
        }
        _ => Ok(()),
    }
}
