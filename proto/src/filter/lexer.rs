//! Text → tokens.

use super::bad;
use crate::refusal::Refusal;

/// A piece of a filter and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub position: usize,
    pub kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    Minus,
    Operator(&'static str),
    /// A word without quotes.
    Word(String),
    /// In double quotes, with `\"` and `\\`.
    Quoted(String),
}

const OPERATORS: [&str; 7] = ["!=", "<=", ">=", "=", "<", ">", ":"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(next) = text[position..].chars().next() {
        if next.is_whitespace() {
            position += next.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[position..], position)?;
        found.push(Token { position, kind });
        position += length;
    }
    Ok(found)
}

fn token(rest: &str, position: usize) -> Result<(TokenKind, usize), Refusal> {
    let simple = [("(", TokenKind::Open), (")", TokenKind::Close)];
    for (text, kind) in simple {
        if rest.starts_with(text) {
            return Ok((kind, 1));
        }
    }
    if let Some(operator) = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)) {
        return Ok((TokenKind::Operator(operator), operator.len()));
    }
    if rest.starts_with('"') {
        return quoted(rest, position);
    }
    // A minus inside a word ("ann-marie") belongs to the word.
    if rest.starts_with('-') && rest.len() > 1 {
        return Ok((TokenKind::Minus, 1));
    }
    Ok(word(rest))
}

fn word(rest: &str) -> (TokenKind, usize) {
    let ends = |character: char| character.is_whitespace() || "()=!<>:\"".contains(character);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let length = rest[first..].find(ends).map_or(rest.len(), |at| at + first);
    (TokenKind::Word(rest[..length].to_owned()), length)
}

fn quoted(rest: &str, position: usize) -> Result<(TokenKind, usize), Refusal> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((TokenKind::Quoted(value), at + 1)),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    Err(bad(position, "the quote is never closed"))
}
