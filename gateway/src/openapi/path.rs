//! Path templates of `google.api.http` as paths of OpenAPI, in which a parameter is one segment.

use prost_reflect::FieldDescriptor;

use super::text;
use crate::transcode::{Match, Piece, Route};

/// A path and what stands in its braces.
#[derive(Clone)]
pub struct Path {
    /// `/v1/organizations/{organization}/users/{user}:checkAccess`
    pub text: String,
    /// In the order of the path.
    pub parameters: Vec<Segment>,
}

/// A parameter of a path.
#[derive(Clone)]
pub struct Segment {
    /// Unique within the path.
    pub name: String,
    /// The field path that it fills, alone or as a part of `pattern`; empty for a bare `*`.
    pub fills: String,
    /// The field, where it fills that alone.
    pub field: Option<FieldDescriptor>,
    /// `organizations/{organization}/users/{user}`.
    pub pattern: String,
    /// Whether it may hold slashes (`**`).
    pub rest: bool,
}

impl Path {
    /// The path of a route.
    pub fn of(route: &Route) -> Self {
        let pieces = &route.facts.pieces;
        let mut names: Vec<String> = Vec::new();
        let mut shown = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let Match::Literal(text) = &piece.takes else {
                let name = unused(&names, parameter_name(pieces, index));
                shown.push(format!("{{{name}}}"));
                names.push(name);
                continue;
            };
            shown.push(text.clone());
        }
        let verb = route.facts.verb.as_ref().map(|verb| format!(":{verb}")).unwrap_or_default();
        let open = pieces.iter().filter(|piece| !matches!(piece.takes, Match::Literal(_)));
        let parameters = open.zip(names).map(|(piece, name)| segment(route, &shown, piece, name));
        Self { parameters: parameters.collect(), text: format!("/{}{verb}", shown.join("/")) }
    }
}

fn segment(route: &Route, shown: &[String], piece: &Piece, name: String) -> Segment {
    let fills = piece.fills.clone().unwrap_or_default();
    let same = route.facts.pieces.iter().zip(shown).filter(|(other, _)| other.fills == piece.fills);
    let parts: Vec<&str> = same.map(|(_, text)| text.as_str()).collect();
    let variable = route.facts.variables.iter().find(|(path, _)| *path == fills);
    let field = variable.filter(|_| parts.len() == 1).map(|(_, field)| field.clone());
    Segment { name, field, pattern: parts.join("/"), rest: matches!(piece.takes, Match::Rest), fills }
}

/// One of the collection before it in its pattern, or else the field's own name.
fn parameter_name(pieces: &[Piece], index: usize) -> String {
    let piece = &pieces[index];
    let before = index.checked_sub(1).map(|before| &pieces[before]).filter(|one| one.fills == piece.fills);
    if let Some(Match::Literal(collection)) = before.map(|before| &before.takes) {
        return text::singular(collection);
    }
    let field = piece.fills.as_deref().and_then(|fills| fills.rsplit('.').next());
    field.unwrap_or("segment").to_owned()
}

fn unused(taken: &[String], wanted: String) -> String {
    if !taken.contains(&wanted) {
        return wanted;
    }
    let mut numbered = (2..).map(|number| format!("{wanted}{number}"));
    numbered.find(|name| !taken.contains(name)).unwrap_or(wanted)
}
