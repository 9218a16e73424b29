//! Entity tags (RFC 9110, 8.8.3 and 13.1).

use http::{HeaderMap, HeaderValue, header};

use super::{error::Refusal, options::EtagStyle, violation::Violation};

/// The header for what an `etag` field holds; `None` when that is not an entity tag.
pub(super) fn header(style: EtagStyle, field: &str) -> Option<HeaderValue> {
    let tag = match style {
        EtagStyle::Quoted => field.to_owned(),
        EtagStyle::Bare if field.is_empty() => return None,
        EtagStyle::Bare => format!("\"{field}\""),
    };
    let (_, rest) = split_tag(&tag)?;
    if !rest.is_empty() {
        return None;
    }
    HeaderValue::from_str(&tag).ok()
}

/// Whether `If-None-Match` names this tag; weakly compared, as GET is.
pub(super) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else {
        return false;
    };
    let listed = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    listed.into_iter().any(|list| list.trim() == "*" || tags(list).any(|known| strong(known) == strong(tag)))
}

/// What `If-Match` puts into an `etag` field; `None` without the header or for `*`.
pub(super) fn wanted(headers: &HeaderMap, style: EtagStyle) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let wrong = || Violation::new("If-Match", "must be one entity tag in double quotes");
    let text = first.to_str().map_err(|_| wrong())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let (tag, rest) = split_tag(text).ok_or_else(wrong)?;
    if !rest.is_empty() || values.next().is_some() {
        return Err(wrong().into());
    }
    let tag = match style {
        EtagStyle::Quoted => tag,
        EtagStyle::Bare => strong(tag).trim_matches('"'),
    };
    Ok(Some(tag.to_owned()))
}

fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (tag, after) = split_tag(rest.trim_start_matches([' ', '\t', ',']))?;
        rest = after;
        Some(tag)
    })
}

/// The entity tag at the beginning, and what follows it.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let opaque = strong(text).strip_prefix('"')?;
    let close = opaque.find('"')?;
    let legal =
        opaque[..close].bytes().all(|byte| byte == b'!' || (0x23..=0x7e).contains(&byte) || byte >= 0x80);
    let end = text.len() - opaque.len() + close + 1;
    legal.then(|| text.split_at(end))
}

fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
