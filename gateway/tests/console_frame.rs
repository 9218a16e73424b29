//! What every page of the console has around it: sign-in, error pages, CSRF, caching. No service answers here,
//! but one that knows a dead link, one that knows devices and one that keeps mails.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "console_frame/dead_link.rs"]
mod dead_link;
#[path = "console_frame/device.rs"]
mod device;
#[path = "console_frame/mailbox.rs"]
mod mailbox;

use axum::Router;
use axum::body::{Body, to_bytes};
use gateway::{Config, Site, Upstreams};
use http::{HeaderMap, Request, StatusCode, header};
use platform::clock::Clock;
use platform::keys::Keys;
use platform::peer::{self, Peer};
use platform::serve::Process;
use tower::ServiceExt;

const ORIGIN: &str = "https://roster.example";
const ORGANIZATION: &str = "/o/0198c7a0-0000-7000-8000-000000000001";

fn door(development: bool) -> Router {
    door_to(peer::late().1, development)
}

fn door_to(license: Peer, development: bool) -> Router {
    let absent = || peer::late().1;
    door_of(Upstreams { identity: absent(), license, import: absent(), notify: absent() }, development)
}

fn door_of(upstreams: Upstreams, development: bool) -> Router {
    let process = Process::new(Clock::system(), Keys::ephemeral().unwrap()).unwrap();
    let site = Site { public_origin: ORIGIN.to_owned(), development };
    gateway::build(Config::default(), site, &process, upstreams).unwrap()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(request: Request<Body>) -> Answer {
    send_to(door(true), request).await
}

async fn send_to(door: Router, request: Request<Body>) -> Answer {
    let response = door.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

async fn get(path: &str) -> Answer {
    send(Request::get(path).body(Body::empty()).unwrap()).await
}

fn form(path: &str, body: &str) -> Request<Body> {
    let kind = "application/x-www-form-urlencoded";
    Request::post(path).header(header::CONTENT_TYPE, kind).body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_door_and_back() {
    let answer = get(&format!("{ORGANIZATION}/users?q=ann&size=25")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let next = "%2Fo%2F0198c7a0-0000-7000-8000-000000000001%2Fusers%3Fq%3Dann%26size%3D25";
    assert_eq!(answer.header(header::LOCATION), format!("/sign-in?next={next}"));
    let page = get(&format!("/sign-in?next={next}")).await;
    assert!(
        page.text.contains(&format!("value=\"{ORGANIZATION}/users?q=ann&#38;size=25\"")),
        "{}",
        page.text
    );
    let foreign = get("/sign-in?next=//evil.example").await;
    assert!(!foreign.text.contains("evil.example"));
}

#[tokio::test]
async fn a_form_of_an_ended_session_says_that_nothing_was_changed() {
    let answer = send(form(&format!("{ORGANIZATION}/users/add"), "lines[0].email=a@example.com")).await;
    let place = answer.header(header::LOCATION).to_owned();
    assert_eq!(place, "/sign-in?next=%2Fo%2F0198c7a0-0000-7000-8000-000000000001&notice=session-ended");
    assert!(answer.header(header::SET_COOKIE).contains("Max-Age=0"));
    assert!(get(&place).await.text.contains("Your session ended."));
}

#[tokio::test]
async fn pages_are_html_and_the_api_is_json() {
    let page = get("/no/such/page").await;
    assert_eq!(
        (page.status, page.header(header::CONTENT_TYPE)),
        (StatusCode::NOT_FOUND, "text/html; charset=utf-8")
    );
    assert!(page.text.contains("There is no such page"));
    let api = get("/v1/no/such/thing").await;
    assert_eq!((api.status, api.header(header::CONTENT_TYPE)), (StatusCode::NOT_FOUND, "application/json"));
    assert_eq!(get("/o/not-an-id/users").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_service_that_is_away_is_a_page_with_a_number() {
    let mut request = form("/sign-in", "email=a%40example.com&password=x");
    request.headers_mut().insert("x-request-id", "not an id".parse().unwrap());
    let answer = send(request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let number = answer.header("x-request-id");
    assert!(number != "not an id" && answer.text.contains(number), "{}", answer.text);
    assert!(!answer.text.contains("a@example.com"));
}

#[tokio::test]
async fn another_site_cannot_send_a_form() {
    let with = |name: &'static str, value: &'static str| {
        let mut request = form("/sign-out", "");
        request.headers_mut().insert(header::HOST, "roster.example".parse().unwrap());
        request.headers_mut().insert(name, value.parse().unwrap());
        send(request)
    };
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let answer = with(name, value).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.text.contains("<h1>"));
    }
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", ORIGIN)] {
        assert_eq!(with(name, value).await.status, StatusCode::SEE_OTHER, "{name}: {value}");
    }
}

#[tokio::test]
async fn signing_out_forgets_the_cookie() {
    let answer = send(form("/sign-out", "")).await;
    assert_eq!(answer.header(header::LOCATION), "/sign-in?notice=signed-out");
    assert_eq!(
        answer.header(header::SET_COOKIE),
        "__Host-roster=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    );
}

#[tokio::test]
async fn assets_are_kept_under_their_version() {
    let page = get("/sign-in").await;
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    let style = page.text.split("href=\"").find(|part| part.starts_with("/assets/console.css")).unwrap();
    let style = get(style.split('"').next().unwrap()).await;
    assert_eq!(style.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert_eq!(style.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable");
    let again = Request::get("/assets/console.js").header(header::IF_NONE_MATCH, style.header(header::ETAG));
    assert_eq!(send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(get("/assets/secret").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn colours_are_remembered_and_lead_back_inside() {
    let answer = send(form("/theme", "theme=dark&next=%2Fsign-in")).await;
    assert_eq!(answer.header(header::LOCATION), "/sign-in");
    assert!(answer.header(header::SET_COOKIE).starts_with("theme=dark; Path=/; HttpOnly; SameSite=Lax"));
    let outside = send(form("/theme", "theme=dark&next=https%3A%2F%2Fevil.example")).await;
    assert_eq!(outside.header(header::LOCATION), "/");
    let request = Request::get("/sign-in").header(header::COOKIE, "theme=dark").body(Body::empty()).unwrap();
    assert!(send(request).await.text.contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn a_form_has_an_end() {
    let answer = send(form("/sign-in", &"a".repeat(300 * 1024))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("<h1>"));
}

#[tokio::test]
async fn the_development_mailbox_is_not_there_in_production() {
    for path in ["/dev/mailbox", "/dev/mailbox/1", "/dev/mailbox.json"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(door(false).oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn links_of_mails_do_nothing_by_being_opened() {
    for path in ["/activate", "/claim", "/reset", "/setup"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.text.contains("data-fragment"), "{path}");
    }
    assert_eq!(get("/reset-password").await.header(header::LOCATION), "/reset");
}
