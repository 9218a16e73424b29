//! The route table: a tree over path segments, built once.
//!
//! Precedence at each segment is literal, then `*`, then `**` (the longest ending first); a route with
//! a verb goes before one that takes the colon as part of an id. Each node
//! is visited at most once a look-up, so a look-up is bounded by the table.

use std::collections::{BTreeSet, HashMap};

use super::template::{Segment, Template};

/// Routes by path, verb and HTTP method; a route is a number given by the caller.
#[derive(Debug, Default)]
pub(super) struct Table {
    root: Node,
}

/// The outcome of a look-up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'p> {
    /// The route, and the raw segments of the path without its verb.
    Route(usize, Vec<&'p str>),
    /// The path is known under other methods only.
    OtherMethods(BTreeSet<String>),
    Nothing,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, Node>,
    one: Option<Box<Node>>,
    here: Vec<Leaf>,
    rest: Vec<Rest>,
}

/// Routes behind `**`.
#[derive(Debug)]
struct Rest {
    /// The literals that the path must end with, the longest first.
    tail: Vec<String>,
    leaves: Vec<Leaf>,
}

#[derive(Debug)]
struct Leaf {
    verb: Option<String>,
    http_method: String,
    route: usize,
}

struct Wanted<'p> {
    verb: Option<&'p str>,
    http_method: &'p str,
    others: BTreeSet<String>,
}

impl Table {
    /// Adds a route; `Err` is the route that already has this path and method.
    pub(super) fn insert(
        &mut self,
        template: &Template,
        http_method: &str,
        route: usize,
    ) -> Result<(), usize> {
        let mut node = &mut self.root;
        let mut tail: Option<Vec<String>> = None;
        for segment in &template.segments {
            match (segment, &mut tail) {
                (Segment::Literal(text), Some(tail)) => tail.push(text.clone()),
                (Segment::Literal(text), None) => node = node.literals.entry(text.clone()).or_default(),
                (Segment::One, _) => node = node.one.get_or_insert_default(),
                (Segment::Rest, _) => tail = Some(Vec::new()),
            }
        }
        let leaves = match tail {
            Some(tail) => node.behind(tail),
            None => &mut node.here,
        };
        let same = |leaf: &&Leaf| leaf.verb == template.verb && leaf.http_method == http_method;
        if let Some(taken) = leaves.iter().find(same) {
            return Err(taken.route);
        }
        leaves.push(Leaf { verb: template.verb.clone(), http_method: http_method.to_owned(), route });
        Ok(())
    }

    /// Finds the route of a raw (still percent-encoded) path.
    pub(super) fn find<'p>(&self, http_method: &'p str, path: &'p str) -> Found<'p> {
        let Some(path) = path.strip_prefix('/') else {
            return Found::Nothing;
        };
        let full = segments(path);
        let mut wanted = Wanted { verb: None, http_method, others: BTreeSet::new() };
        if let Some((head, verb)) = full.last().and_then(|last| last.rsplit_once(':')) {
            let mut short = full.clone();
            short.pop();
            short.push(head);
            wanted.verb = Some(verb);
            if let Some(route) = self.root.find(&short, &mut wanted) {
                return Found::Route(route, short);
            }
            wanted.verb = None;
        }
        match self.root.find(&full, &mut wanted) {
            Some(route) => Found::Route(route, full),
            None if wanted.others.is_empty() => Found::Nothing,
            None => Found::OtherMethods(wanted.others),
        }
    }
}

impl Node {
    fn find(&self, path: &[&str], wanted: &mut Wanted<'_>) -> Option<usize> {
        let Some((first, below)) = path.split_first() else {
            return wanted.pick(&self.here).or_else(|| self.find_rest(path, wanted));
        };
        let literal = self.literals.get(*first).and_then(|node| node.find(below, wanted));
        if literal.is_some() {
            return literal;
        }
        let one = self.one.as_ref().filter(|_| !first.is_empty()).and_then(|node| node.find(below, wanted));
        one.or_else(|| self.find_rest(path, wanted))
    }

    fn find_rest(&self, path: &[&str], wanted: &mut Wanted<'_>) -> Option<usize> {
        let fits = |rest: &&Rest| {
            let end = path.len().checked_sub(rest.tail.len()).and_then(|start| path.get(start..));
            end.is_some_and(|end| end.iter().eq(rest.tail.iter()))
        };
        self.rest.iter().filter(fits).find_map(|rest| wanted.pick(&rest.leaves))
    }

    fn behind(&mut self, tail: Vec<String>) -> &mut Vec<Leaf> {
        let found = self.rest.iter().position(|rest| rest.tail == tail);
        let place = found.unwrap_or_else(|| {
            let place = self.rest.partition_point(|rest| rest.tail.len() >= tail.len());
            self.rest.insert(place, Rest { tail, leaves: Vec::new() });
            place
        });
        &mut self.rest[place].leaves
    }
}

impl Wanted<'_> {
    fn pick(&mut self, leaves: &[Leaf]) -> Option<usize> {
        for leaf in leaves.iter().filter(|leaf| leaf.verb.as_deref() == self.verb) {
            if leaf.http_method == self.http_method || leaf.http_method == "*" {
                return Some(leaf.route);
            }
        }
        for leaf in leaves.iter().filter(|leaf| leaf.verb.as_deref() == self.verb) {
            self.others.insert(leaf.http_method.clone());
        }
        None
    }
}

fn segments(path: &str) -> Vec<&str> {
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}
