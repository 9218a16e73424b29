//! The cookies of the console.

use http::{HeaderMap, HeaderValue, header};

use super::view::page::Theme;

/// The session token. `__Host-`: Secure, no Domain, Path=/ (RFC 6265bis, ASVS 3.3).
pub(super) const SESSION: &str = "__Host-roster";
/// What this browser shows at its next sign-in: who guesses elsewhere keeps nobody out here (ASVS 6.3.1).
pub(super) const DEVICE: &str = "__Host-roster-device";
/// The chosen colours.
pub(super) const THEME: &str = "theme";

/// The value of a cookie of the request.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|line| line.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name && !value.is_empty()).then_some(value)
    })
}

/// Keeps a session until the browser closes; the server ends it earlier. `None` for a token that no cookie can hold.
pub(super) fn session(token: &str) -> Option<HeaderValue> {
    guarded(SESSION, token, "")
}

/// Keeps the device's token for as long as it is good, 180 days: signing out leaves it. `None` as for [`session`].
pub(super) fn device(token: &str) -> Option<HeaderValue> {
    guarded(DEVICE, token, "; Max-Age=15552000")
}

fn guarded(name: &str, token: &str, life: &str) -> Option<HeaderValue> {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if token.is_empty() || !token.bytes().all(fit) {
        return None;
    }
    let text = format!("{name}={token}; Path=/; Secure; HttpOnly; SameSite=Lax{life}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Forgets the session.
pub(super) const NO_SESSION: &str = "__Host-roster=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

/// Keeps the colours for a year.
pub(super) fn theme(theme: Theme) -> String {
    format!("{THEME}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000", theme.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))])
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = sent("x__Host-roster=no; theme=dark; __Host-roster=ses_a-b=; other=1");
        assert_eq!(read(&headers, SESSION), Some("ses_a-b="));
        assert_eq!(read(&headers, THEME), Some("dark"));
        assert_eq!(read(&sent("__Host-roster="), SESSION), None);
    }

    #[test]
    fn a_session_cookie_has_every_guard_and_no_smuggled_attribute() {
        let value = session("ses_abc").expect("fits");
        assert_eq!(
            value.to_str().expect("text"),
            "__Host-roster=ses_abc; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert!(value.is_sensitive());
        assert!(session("a; Domain=evil.example").is_none());
        assert!(session("").is_none());
    }

    #[test]
    fn a_device_cookie_has_the_same_guards_and_outlives_the_browser() {
        let value = device("AQ-_x").expect("fits");
        assert_eq!(
            value.to_str().expect("text"),
            "__Host-roster-device=AQ-_x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000"
        );
        assert!(value.is_sensitive());
        assert!(device("a; Domain=evil.example").is_none() && device("").is_none());
        let both = sent("__Host-roster-device=AQ-_x; __Host-roster=ses_a");
        assert_eq!((read(&both, DEVICE), read(&both, SESSION)), (Some("AQ-_x"), Some("ses_a")));
    }
}
