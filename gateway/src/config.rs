//! Everything an operator can set for the gateway.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};
use platform::config;
pub use platform::node::Site;

/// Settings of the gateway.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// Address people may write to for help, shown on every page (B18).
    #[arg(id = "gateway-support", long = "gateway-support", default_value = "support@localhost")]
    pub support: String,
    /// Largest file that may be uploaded, in bytes; import-svc has its own limit.
    #[arg(id = "gateway-upload-bytes", long = "gateway-upload-bytes", default_value_t = 64 * 1024 * 1024)]
    pub upload_bytes: u64,
    /// A web origin whose pages may call the API, such as `https://app.example`. May be given
    /// several times; without it, none. Cookies never travel.
    #[arg(
        id = "gateway-cors-origin",
        long = "gateway-cors-origin",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub cors_origins: Vec<HeaderValue>,
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}

/// The certificate of the public port, when no proxy stands in front.
#[derive(Clone, Debug, clap::Args)]
pub struct PublicTls {
    /// PEM file with the certificate of the gateway's public port; unset: plain, for a proxy in front.
    #[arg(long, value_name = "FILE", requires = "public_tls_key")]
    pub public_tls_certificate: Option<PathBuf>,
    /// PEM file with its private key. Both are read again when they change.
    #[arg(long, value_name = "FILE", requires = "public_tls_certificate")]
    pub public_tls_key: Option<PathBuf>,
}

/// `gateway transcode`
#[derive(Clone, Debug, clap::Args)]
pub struct TranscodeConfig {
    /// A FileDescriptorSet of the server's contract; imports of google/api, google/rpc and
    /// google/protobuf need not be in it.
    #[arg(long, value_name = "FILE")]
    pub descriptors: PathBuf,
    /// The gRPC server: http://host:port (HTTP/2 without TLS) or https://host:port.
    #[arg(long, value_name = "URL")]
    pub upstream: Uri,
    /// Certificates (PEM) that an https server is believed by, instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub upstream_authority: Option<PathBuf>,
    /// Connections to the server, used in turn.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: u16,
    /// Where HTTP is served. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How long requests may go on after SIGTERM; then they are cut.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = config::duration)]
    pub drain: Duration,
    /// How much is worked on at once.
    #[command(flatten)]
    pub load: platform::serve::Load,
    /// The only services that have routes, by full name. May be given several times; without it, all.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub service: Vec<String>,
    /// Gives methods without an HTTP rule the route POST /package.Service/Method.
    #[arg(long)]
    pub bind_unannotated: bool,
    /// Writes fields without presence even when they are empty; canonical JSON leaves them out.
    #[arg(long)]
    pub emit_defaults: bool,
    /// Passes over JSON fields and query parameters that the contract does not know; otherwise 400.
    #[arg(long)]
    pub ignore_unknown: bool,
    /// A request header that travels as metadata, besides authorization, accept-language,
    /// traceparent and tracestate. May be given several times.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub request_header: Vec<HeaderName>,
    /// Metadata of an answer that becomes a header, besides content-disposition and
    /// idempotency-replayed. May be given several times.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub response_header: Vec<HeaderName>,
    /// A web origin whose pages may call. May be given several times; without it, none.
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origin: Vec<HeaderValue>,
    /// Largest body that is read whole, in bytes, unpacked.
    #[arg(long, value_name = "BYTES", default_value_t = 4 * 1024 * 1024)]
    pub body_bytes: usize,
    /// Largest upload or stream of lines, in bytes, unpacked.
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024 * 1024)]
    pub upload_bytes: u64,
    /// How long a unary call may take when the client does not say.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = config::duration)]
    pub deadline: Duration,
    /// The most that a client may ask for.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = config::duration)]
    pub deadline_cap: Duration,
}

/// Scheme, host and port as a browser sends them (RFC 6454, 6.1): compared byte by byte.
fn origin(text: &str) -> Result<HeaderValue, String> {
    const WANTED: &str = "an origin is a scheme, a host in lower case and a port unless it is the scheme's own: https://app.example";
    let uri: Uri = text.parse().map_err(|_| WANTED.to_owned())?;
    let port = match (uri.scheme_str(), uri.port_u16()) {
        (Some("https"), Some(443)) | (Some("http"), Some(80)) => return Err(WANTED.to_owned()),
        (Some("http" | "https"), Some(port)) => format!(":{port}"),
        (Some("http" | "https"), None) => String::new(),
        _ => return Err(WANTED.to_owned()),
    };
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let canonical = format!("{}://{host}{port}", uri.scheme_str().unwrap_or_default());
    if host.is_empty() || host.contains('*') || canonical != text {
        return Err(WANTED.to_owned());
    }
    HeaderValue::from_str(text).map_err(|_| WANTED.to_owned())
}
