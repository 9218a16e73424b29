//! Tokens → filter, by recursive descent. OR binds tighter than AND (AIP-160).

use chrono::{DateTime, Utc};

use super::lexer::{Token, TokenKind};
use super::{Field, Filter, Kind, MAX_DEPTH, MAX_TERMS, Operator, Value, bad};
use crate::refusal::Refusal;

pub(super) fn parse(tokens: &[Token], fields: &[Field], end: usize) -> Result<Filter, Refusal> {
    if tokens.is_empty() {
        return Ok(Filter::All);
    }
    let mut parser = Parser { tokens, fields, end, next: 0, terms: 0 };
    let filter = parser.expression(1)?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(bad(token.position, "nothing may follow here")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    fields: &'a [Field],
    end: usize,
    next: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { kind: TokenKind::Word(text), .. }) if text == word);
        self.next += usize::from(found);
        found
    }

    /// `factor AND factor`, and `factor factor`, which means the same.
    fn expression(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut all = vec![self.factor(depth)?];
        loop {
            let explicit = self.keyword("AND");
            let more = self.peek().is_some_and(|token| token.kind != TokenKind::Close);
            if !explicit && !more {
                return Ok(single_or(all, Filter::And));
            }
            all.push(self.factor(depth)?);
        }
    }

    fn factor(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut any = vec![self.term(depth)?];
        while self.keyword("OR") {
            any.push(self.term(depth)?);
        }
        Ok(single_or(any, Filter::Or))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let minus = matches!(self.peek(), Some(Token { kind: TokenKind::Minus, .. }));
        self.next += usize::from(minus);
        if minus || self.keyword("NOT") {
            return Ok(Filter::Not(Box::new(self.simple(depth)?)));
        }
        self.simple(depth)
    }

    fn simple(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let Some(token) = self.peek() else { return Err(bad(self.end, "something must follow here")) };
        self.next += 1;
        match &token.kind {
            TokenKind::Open => self.group(token.position, depth),
            TokenKind::Quoted(text) => self.counted(token.position, Filter::Word(text.clone())),
            TokenKind::Word(word) => self.word(token.position, word),
            _ => Err(bad(token.position, "a word or a field must stand here")),
        }
    }

    fn group(&mut self, position: usize, depth: usize) -> Result<Filter, Refusal> {
        if depth >= MAX_DEPTH {
            return Err(bad(position, format!("more than {MAX_DEPTH} levels")));
        }
        let inner = self.expression(depth + 1)?;
        match self.peek() {
            Some(Token { kind: TokenKind::Close, .. }) => {
                self.next += 1;
                Ok(inner)
            }
            _ => Err(bad(position, "the parenthesis is never closed")),
        }
    }

    fn word(&mut self, position: usize, word: &str) -> Result<Filter, Refusal> {
        if let Some(Token { kind: TokenKind::Operator(operator), position: at }) = self.peek() {
            self.next += 1;
            return self.comparison(position, word, operator, *at);
        }
        if matches!(word, "AND" | "OR" | "NOT") {
            return Err(bad(
                position,
                format!("{word} needs something on both sides, or quotes to be a word"),
            ));
        }
        self.counted(position, Filter::Word(word.to_owned()))
    }

    fn comparison(
        &mut self,
        position: usize,
        name: &str,
        operator: &str,
        at: usize,
    ) -> Result<Filter, Refusal> {
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            let known: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(bad(position, format!("there is no field \"{name}\"; fields: {known}")));
        };
        let operator = checked_operator(field, operator, at)?;
        let Some(token) = self.peek() else { return Err(bad(self.end, "a value must follow")) };
        let (TokenKind::Word(text) | TokenKind::Quoted(text)) = &token.kind else {
            return Err(bad(token.position, "a value must stand here"));
        };
        self.next += 1;
        let (text, last) = self.joined(text, token);
        let value = value(field, &text, token.position)?;
        self.next = last;
        self.counted(position, Filter::Compare { field: field.name, operator, value })
    }

    /// A time such as 2026-01-01T10:00:00Z holds colons, which split it into tokens.
    fn joined(&self, text: &str, start: &Token) -> (String, usize) {
        let mut joined = text.to_owned();
        let mut end = start.position + text.len();
        let mut next = self.next;
        if matches!(start.kind, TokenKind::Quoted(_)) {
            return (joined, next);
        }
        while let Some(token) = self.tokens.get(next).filter(|token| token.position == end) {
            let piece = match &token.kind {
                TokenKind::Operator(":") => ":",
                TokenKind::Word(word) => word,
                _ => break,
            };
            joined.push_str(piece);
            end += piece.len();
            next += 1;
        }
        (joined, next)
    }

    fn counted(&mut self, position: usize, filter: Filter) -> Result<Filter, Refusal> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(bad(position, format!("more than {MAX_TERMS} terms")));
        }
        Ok(filter)
    }
}

fn single_or(mut filters: Vec<Filter>, many: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match filters.len() {
        1 => filters.remove(0),
        _ => many(filters),
    }
}

fn checked_operator(field: &Field, operator: &str, position: usize) -> Result<Operator, Refusal> {
    let operator = match operator {
        "=" | ":" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        _ => Operator::GreaterOrEqual,
    };
    let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
    if ordered && !matches!(field.kind, Kind::Time) {
        return Err(bad(position, format!("{} takes = and != only", field.name)));
    }
    Ok(operator)
}

fn value(field: &Field, text: &str, position: usize) -> Result<Value, Refusal> {
    match field.kind {
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::Enum(names) => names
            .iter()
            .find(|name| **name == text)
            .map(|name| Value::Enum(name))
            .ok_or_else(|| bad(position, format!("{} is one of {}", field.name, names.join(", ")))),
        Kind::Time => DateTime::parse_from_rfc3339(text)
            .map(|time| Value::Time(time.with_timezone(&Utc)))
            .map_err(|_| bad(position, format!("{} is a time such as 2026-01-31T00:00:00Z", field.name))),
        Kind::Bool => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| bad(position, format!("{} is true or false", field.name))),
    }
}
