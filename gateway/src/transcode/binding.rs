//! One HTTP rule, resolved against the messages of its method.

use std::sync::Arc;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{
    annotation::Rule,
    field::FieldPath,
    method::{self, Feed, Method},
    template::{Template, Variable},
};

/// One way to reach a method.
pub(super) struct Binding {
    pub(super) method: Arc<Method>,
    pub(super) rule: Rule,
    pub(super) variables: Vec<(Variable, FieldPath)>,
    pub(super) body: Body,
    /// The field that is the answer's body; `None` for the whole answer.
    pub(super) response_body: Option<FieldDescriptor>,
    /// Where `If-Match` goes: `etag` of the request or of the resource it changes.
    pub(super) if_match: Option<FieldPath>,
    /// `etag` of the answer's body.
    pub(super) etag: Option<FieldDescriptor>,
}

/// What the HTTP body is.
pub(super) enum Body {
    None,
    Whole,
    Field(FieldDescriptor),
}

impl Binding {
    /// Resolves a rule; gives its template too, for the route table.
    pub(super) fn new(method: &Arc<Method>, rule: Rule) -> Result<(Self, Template), String> {
        let mut template = Template::parse(&rule.template)?;
        let mut variables = Vec::new();
        for variable in std::mem::take(&mut template.variables) {
            let path = request_field(method, &variable.field_path);
            let path = path.ok_or_else(|| format!("the request has no field {}", variable.field_path))?;
            check_variable(&path)?;
            variables.push((variable, path));
        }
        let body = body(method, &rule)?;
        let response_body = response_body(method, &rule)?;
        let if_match = if_match(method, &body, &variables);
        let shown = shown(&method.output, response_body.as_ref());
        let etag = shown.and_then(|message| method::string(&message, "etag"));
        let method = Arc::clone(method);
        Ok((Self { method, rule, variables, body, response_body, if_match, etag }, template))
    }

    /// The message that the HTTP body of an answer is made of, if it is one.
    pub(super) fn shown(&self) -> Option<MessageDescriptor> {
        shown(&self.method.output, self.response_body.as_ref())
    }

    /// The message that the HTTP body of a request is read into, if it is one.
    pub(super) fn taken(&self) -> Option<MessageDescriptor> {
        match &self.body {
            Body::None => None,
            Body::Whole => Some(self.method.input.clone()),
            Body::Field(field) => shown(&self.method.input, Some(field)),
        }
    }
}

/// A field of the request by its path; in an upload also a field of its first message.
pub(super) fn request_field(method: &Method, path: &str) -> Option<FieldPath> {
    let direct = FieldPath::resolve(&method.input, path);
    match (&method.feed, direct) {
        (Feed::Upload(shape), None) => shape.resolve(path),
        (_, direct) => direct,
    }
}

fn check_variable(path: &FieldPath) -> Result<(), String> {
    let leaf = path.leaf();
    if leaf.is_list() || leaf.is_map() {
        return Err(format!("{} cannot be bound to a path: it is repeated", path.name()));
    }
    Ok(())
}

fn body(method: &Method, rule: &Rule) -> Result<Body, String> {
    match rule.body.as_str() {
        "" => Ok(Body::None),
        "*" => Ok(Body::Whole),
        name => {
            let field = method.input.get_field_by_name(name);
            field.map(Body::Field).ok_or_else(|| format!("the request has no field {name} for its body"))
        }
    }
}

fn response_body(method: &Method, rule: &Rule) -> Result<Option<FieldDescriptor>, String> {
    if rule.response_body.is_empty() {
        return Ok(None);
    }
    let field = method.output.get_field_by_name(&rule.response_body);
    field.map(Some).ok_or_else(|| format!("the answer has no field {}", rule.response_body))
}

/// The resource is what the body holds or, where the body is the whole request, what
/// the path names: `{user.name=…}` changes `user` (AIP-134, AIP-154).
fn if_match(method: &Method, body: &Body, variables: &[(Variable, FieldPath)]) -> Option<FieldPath> {
    if method::string(&method.input, "etag").is_some() {
        return FieldPath::resolve(&method.input, "etag");
    }
    let named = variables.iter().map(|(_, path)| path.root());
    let held = match body {
        Body::Field(resource) => Some(resource),
        Body::None | Body::Whole => None,
    };
    held.into_iter().chain(named).find_map(|resource| {
        let message = shown(&method.input, Some(resource))?;
        method::string(&message, "etag")?;
        FieldPath::resolve(&message, "etag").map(|path| path.inside(resource))
    })
}

fn shown(message: &MessageDescriptor, field: Option<&FieldDescriptor>) -> Option<MessageDescriptor> {
    let Some(field) = field else {
        return Some(message.clone());
    };
    match field.kind() {
        Kind::Message(inner) if !field.is_list() && !field.is_map() => Some(inner),
        _ => None,
    }
}
