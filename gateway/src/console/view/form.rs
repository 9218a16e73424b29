//! Forms: what was typed, what is wrong with it, choices.

use std::collections::BTreeMap;

/// One thing to correct; the summary links to the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the input; empty for the form as a whole.
    pub field: String,
    /// One sentence that says what to do.
    pub text: String,
}

/// Typed values by input name and the problems found. Passwords are never echoed: templates do not read them.
#[derive(Clone, Debug, Default)]
pub struct Form {
    values: BTreeMap<String, String>,
    /// Problems in the order of the inputs.
    pub problems: Vec<Problem>,
}

impl Form {
    /// A form with values, for instance the decoded body of a POST or the stored ones.
    pub fn with<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, problems: Vec::new() }
    }

    /// Adds a problem with one input (`BadRequest.field` of the server maps to its name), or with `""` as a whole.
    pub fn refuse(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), text: text.into() });
    }

    /// What was typed, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether a box is ticked: any value except nothing and `false`.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        !matches!(self.value(name), "" | "false" | "off")
    }

    /// The first problem of an input.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == name).map(|problem| problem.text.as_str())
    }
}

/// One of several to pick from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Value sent.
    pub value: String,
    /// What the person reads.
    pub label: String,
    /// A sentence below it; may be empty.
    pub hint: String,
    /// Picked now.
    pub selected: bool,
    /// For choices that are links instead of inputs.
    pub href: String,
}

impl Choice {
    /// A choice that is not picked.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: hint.into(), ..Self::default() }
    }

    /// The same, picked if `selected`.
    #[must_use]
    pub fn picked(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// The same, as a link.
    #[must_use]
    pub fn leading_to(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// A value carried through a form unseen.
pub type Hidden = (String, String);
