//! Percent-decoding (RFC 3986) of path pieces and of query strings.

/// Decodes every escape.
pub(super) fn decode(text: &str) -> Result<String, String> {
    decode_bytes(text, false)
}

/// Decodes every escape but `%2F`, which is left as it was written.
pub(super) fn decode_keeping_slashes(text: &str) -> Result<String, String> {
    decode_bytes(text, true)
}

/// Decodes a name or value of a query string, where `+` is a space.
pub(super) fn decode_query(text: &str) -> Result<String, String> {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

fn decode_bytes(text: &str, keep_slashes: bool) -> Result<String, String> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            decoded.push(first);
            rest = tail;
            continue;
        }
        let (escape, tail) = tail.split_at_checked(2).ok_or("a percent escape is cut short")?;
        let byte = hex(escape).ok_or("a percent escape is not two hexadecimal digits")?;
        match byte {
            b'/' if keep_slashes => decoded.extend_from_slice(&rest[..3]),
            byte => decoded.push(byte),
        }
        rest = tail;
    }
    String::from_utf8(decoded).map_err(|_| "the decoded text is not UTF-8".to_owned())
}

fn hex(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let (high, low) = (value(digits[0])?, value(digits[1])?);
    u8::try_from(high * 16 + low).ok()
}
