//! Path templates of `google.api.http`, parsed once at start.
//!
//! ```text
//! Template  = "/" Segments [ ":" LITERAL ]
//! Segment   = "*" | "**" | LITERAL | "{" FieldPath [ "=" Segments ] "}"
//! ```
//!
//! Only literals may follow `**`: what it takes is then certain.

use super::percent;

/// A parsed path template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) segments: Vec<Segment>,
    pub(super) verb: Option<String>,
    pub(super) variables: Vec<Variable>,
}

/// One piece of a path between two slashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(String),
    One,
    Rest,
}

/// A field path and the segments it takes its text from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) field_path: String,
    start: usize,
    end: usize,
    /// Segments behind the variable, when `**` in it makes `end` depend on the path.
    behind: Option<usize>,
}

impl Template {
    /// Parses a template; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix('/').ok_or("the path does not begin with a slash")?;
        let (path, verb) = split_verb(path);
        let mut template = Self { verb: verb.map(str::to_owned), ..Self::default() };
        if verb == Some("") {
            return Err("the verb after the colon is empty".to_owned());
        }
        if path.is_empty() && verb.is_none() {
            return Ok(template);
        }
        let mut rest = path;
        loop {
            rest = template.piece(rest)?;
            if rest.is_empty() {
                template.look_back();
                return Ok(template);
            }
            rest = rest.strip_prefix('/').ok_or_else(|| format!("a slash is missing before {rest:?}"))?;
        }
    }

    fn piece<'t>(&mut self, rest: &'t str) -> Result<&'t str, String> {
        if let Some(inner) = rest.strip_prefix('{') {
            let close = inner.find('}').ok_or("a variable is not closed")?;
            self.variable(&inner[..close])?;
            return Ok(&inner[close + 1..]);
        }
        let end = rest.find('/').unwrap_or(rest.len());
        self.segment(&rest[..end])?;
        Ok(&rest[end..])
    }

    fn variable(&mut self, text: &str) -> Result<(), String> {
        let (field_path, pattern) = text.split_once('=').unwrap_or((text, "*"));
        if !field_path.split('.').all(is_identifier) {
            return Err(format!("{field_path:?} is not a field path"));
        }
        if self.variables.iter().any(|variable| variable.field_path == field_path) {
            return Err(format!("{field_path} is bound twice"));
        }
        let start = self.segments.len();
        for segment in pattern.split('/') {
            self.segment(segment)?;
        }
        let end = self.segments.len();
        self.variables.push(Variable { field_path: field_path.to_owned(), start, end, behind: None });
        Ok(())
    }

    /// Tells the variable that holds `**` how much follows it.
    fn look_back(&mut self) {
        let Some(rest) = self.segments.iter().position(|segment| *segment == Segment::Rest) else { return };
        let length = self.segments.len();
        for variable in self.variables.iter_mut().filter(|found| (found.start..found.end).contains(&rest)) {
            variable.behind = Some(length - variable.end);
        }
    }

    fn segment(&mut self, text: &str) -> Result<(), String> {
        if self.segments.contains(&Segment::Rest) && text.starts_with('*') {
            return Err("only literals may follow **".to_owned());
        }
        let segment = match text {
            "" => return Err("a segment is empty".to_owned()),
            "*" => Segment::One,
            "**" => Segment::Rest,
            text if text.contains(['*', '{', '}', '=', ':']) => {
                return Err(format!("{text:?} is not a segment"));
            }
            text => Segment::Literal(text.to_owned()),
        };
        self.segments.push(segment);
        Ok(())
    }
}

impl Variable {
    /// Whether the segment of the template with this number belongs to it.
    pub(super) fn covers(&self, segment: usize) -> bool {
        (self.start..self.end).contains(&segment)
    }

    /// The text a matched path holds for this variable, percent-decoded.
    ///
    /// A variable over several segments keeps `%2F`, so that a slash inside an
    /// id stays distinguishable from one between ids (google/api/http.proto).
    pub(super) fn capture(&self, path: &[&str]) -> Result<String, String> {
        let end = self.behind.map_or(self.end, |behind| path.len().saturating_sub(behind));
        let raw = path.get(self.start..end).unwrap_or_default();
        let many = self.behind.is_some() || self.end - self.start > 1;
        let decode = if many { percent::decode_keeping_slashes } else { percent::decode };
        decode(&raw.join("/"))
    }
}

fn split_verb(path: &str) -> (&str, Option<&str>) {
    let tail = path.rfind(['/', '}']).map_or(0, |at| at + 1);
    match path[tail..].find(':') {
        Some(colon) => (&path[..tail + colon], Some(&path[tail + colon + 1..])),
        None => (path, None),
    }
}

fn is_identifier(text: &str) -> bool {
    let starts_well = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts_well && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
