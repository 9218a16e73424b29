//! Style, script and pictures of the console, compiled in and served from `/assets/`.

use std::sync::LazyLock;

/// A file to serve.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Value of `content-type`.
    pub content_type: &'static str,
    /// Bytes.
    pub body: &'static str,
}

/// Value of `content-security-policy` for every page: nothing inline, nothing from another origin.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'";

/// The same for the HTML part of a development mail, which carries its own style and may do nothing.
pub const MAIL_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups";

const STYLE: &str = concat!(
    include_str!("../../../assets/css/1-tokens.css"),
    include_str!("../../../assets/css/2-base.css"),
    include_str!("../../../assets/css/3-layout.css"),
    include_str!("../../../assets/css/4-controls.css"),
    include_str!("../../../assets/css/5-data.css"),
    include_str!("../../../assets/css/6-pages.css"),
    include_str!("../../../assets/css/7-reference.css"),
);
const SCRIPT: &str = include_str!("../../../assets/js/console.js");
const ICONS: &str = include_str!("../../../assets/svg/icons.svg");
const MARK: &str = include_str!("../../../assets/svg/mark.svg");

/// Changes with the content, so that `/assets/…?v=` may be cached for a year.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in [STYLE, SCRIPT, ICONS, MARK].into_iter().flat_map(str::bytes) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
});

/// The version of all assets together; also a fit `etag`.
#[must_use]
pub fn version() -> &'static str {
    &VERSION
}

/// The file behind `/assets/{name}`.
#[must_use]
pub fn find(name: &str) -> Option<Asset> {
    let (content_type, body) = match name {
        "console.css" => ("text/css; charset=utf-8", STYLE),
        "console.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icons.svg" => ("image/svg+xml", ICONS),
        "mark.svg" => ("image/svg+xml", MARK),
        _ => return None,
    };
    Some(Asset { content_type, body })
}
