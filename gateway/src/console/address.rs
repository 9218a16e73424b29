//! Local addresses: where a person goes on, and queries.

/// Longest address that is followed after signing in.
const LONGEST: usize = 2000;

/// `next`, if it is a path of ours: `//other.example`, `/\other.example` and `https:…` leave the house.
pub(super) fn local(next: &str) -> Option<&str> {
    let printable = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let rooted = next.starts_with('/') && !next.starts_with("//");
    (rooted && printable && next.len() <= LONGEST).then_some(next)
}

/// A path with a query; empty values are left out.
pub(super) fn with(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&escape(name));
        address.push('=');
        address.push_str(&escape(value));
    }
    address
}

/// Percent-encodes everything but unreserved characters (RFC 3986, 2.3).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
            continue;
        }
        escaped.push_str(&format!("%{byte:02X}"));
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for good in ["/", "/o/1/users?q=a&size=25", "/o/1/users?next=//x"] {
            assert_eq!(local(good), Some(good));
        }
        let foreign = [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "o/1",
            "/a\r\nb",
            "/ä",
        ];
        for bad in foreign {
            assert_eq!(local(bad), None, "{bad}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_query_is_escaped_and_has_no_empty_values() {
        let address =
            with("/o/1/users", &[("q", "ann & \"bob\" 100%"), ("size", ""), ("page_token", "a-_b")]);
        assert_eq!(address, "/o/1/users?q=ann%20%26%20%22bob%22%20100%25&page_token=a-_b");
        assert_eq!(with("/a?b=c", &[("d", "é")]), "/a?b=c&d=%C3%A9");
    }
}
