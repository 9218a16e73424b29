//! What operators see, looked at from outside: a receiver of another make, and `/metrics` itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use platform::testing::{Engine, eventually, on_both};
use serde_json::{Value, json};

use crate::collector::Collector;
use crate::installation::{Installation, code};
use crate::person;

/// The browser's: any valid trace of somebody else's.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const BROWSER: &str = "00f067aa0ba902b7";
const SERVER: i64 = 2;

on_both! {
    async fn one_trace_leads_from_the_browsers_request_to_the_mail(engine: Engine) {
        let collector = Collector::start().await;
        let endpoint = collector.endpoint();
        let mut installation = Installation::new(engine);
        installation.start_with(&["--otlp-endpoint", &endpoint, "--log-filter", "info"]).await;
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 5).await;
        let traceparent = format!("00-{TRACE}-{BROWSER}-01");
        let headers = [("content-type", "application/json"), ("traceparent", traceparent.as_str())];
        let lines = json!({"product": "meet", "lines": [{"email": "ann@acme.example", "licenseEnabled": true}]});

        let invited =
            olivia.http.send("POST", &olivia.path("/users:invite"), &headers, lines.to_string().into_bytes()).await;
        assert_eq!(invited.status, 200, "{}", invited.text);
        let mails = installation.mails_when("ann@acme.example", 1).await;
        let refused = olivia.http.send("GET", &olivia.path("/users/nobody"), &headers, Vec::new()).await;
        assert_eq!(refused.status / 100, 4, "{}", refused.text);
        assert!(installation.stop().await.success());

        let received = collector.all().await;
        a_chain_of_spans_leads_to_the_mail(&received);
        metrics_and_logs_arrive(&received);
        nothing_is_told_of_anybody(&received, &code(&mails[0]));
    }
}

fn of_kind<'a>(received: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    received.iter().filter(move |item| item["kind"] == kind)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// From the mail back to the browser, each span below the one that caused it.
fn a_chain_of_spans_leads_to_the_mail(received: &[Value]) {
    let spans: BTreeMap<String, &Value> = of_kind(received, "span")
        .filter(|span| span["trace"] == TRACE)
        .map(|span| (text(&span["id"]), span))
        .collect();
    let sent = spans.values().find(|span| span["name"] == "mail.send");
    let mut span = *sent.unwrap_or_else(|| panic!("no mail.send in {:?}", names(&spans)));
    let mut chain = vec![span];
    while span["parent"] != BROWSER {
        let parent = text(&span["parent"]);
        span = spans.get(&parent).unwrap_or_else(|| panic!("the parent of {span} is not there"));
        chain.push(span);
    }
    let told: Vec<(String, String)> = chain
        .iter()
        .rev()
        .map(|span| (text(&span["name"]), text(&span["attributes"]["rpc.service"])))
        .collect();
    let told: Vec<(&str, &str)> =
        told.iter().map(|(name, service)| (name.as_str(), service.as_str())).collect();
    let invite = "roster.license.v1.LicenseService/InviteUsers";
    let issue = "roster.identity.v1.DirectoryService/IssueInvitations";
    let expected = [
        ("POST", "gateway"),
        (invite, ""),
        (invite, "license"),
        ("seats.announce", ""),
        (issue, ""),
        (issue, "identity"),
        ("outbox.deliver", ""),
        ("mail.send", ""),
    ];
    assert_eq!(told, expected);
    let delivery = text(&chain[1]["id"]);
    let carried = spans.values().any(|span| {
        span["name"] == "roster.events.v1.InboxService/Deliver" && span["parent"] == delivery.as_str()
    });
    assert!(carried, "the delivery calls notify: {:?}", names(&spans));
    assert!(chain.iter().all(|span| span["resource"]["service.name"] == "roster"
        && span["resource"]["service.version"].is_string()
        && span["resource"]["service.instance.id"].is_string()));
    let authenticated = spans.values().any(|span| {
        span["name"] == "roster.identity.v1.AccessService/Authenticate" && span["span_kind"] == SERVER
    });
    assert!(authenticated, "{:?}", names(&spans));
}

fn names(spans: &BTreeMap<String, &Value>) -> Vec<String> {
    spans.values().map(|span| text(&span["name"])).collect()
}

fn metrics_and_logs_arrive(received: &[Value]) {
    let metrics: BTreeSet<String> = of_kind(received, "metric").map(|metric| text(&metric["name"])).collect();
    for name in ["rpc.server.call.duration", "http.server.request.duration", "roster.seats", "roster.mails"] {
        assert!(metrics.contains(name), "{name} in {metrics:?}");
    }
    let lines: Vec<&Value> = of_kind(received, "log").filter(|line| line["trace"] == TRACE).collect();
    assert!(lines.iter().any(|line| line["body"] == "refused"), "{lines:?}");
}

/// No address, no credential and no link leaves with telemetry.
fn nothing_is_told_of_anybody(received: &[Value], code: &str) {
    let all = received.iter().map(Value::to_string).collect::<String>();
    for secret in ["acme.example", "Olivia", person::PASSWORD, code, "ses_", "act_"] {
        let place = all.find(secret).map(|place| &all[place.saturating_sub(300)..place]);
        assert!(place.is_none(), "{secret} behind {place:?}");
    }
}

on_both! {
    async fn the_figures_tell_of_seats_imports_mails_and_events(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 7).await;
        installation.stop().await;
        // Figures are read at once when a process starts, and then every 15 seconds.
        installation.start().await;
        let wanted = [
            ("roster_seats", "purchased", 7),
            ("roster_seats", "free", 7),
            ("roster_pools_over_allocated", "license", 0),
            ("roster_imports", "IMPORTING", 0),
            ("roster_mail_queue", "waiting", 0),
            ("roster_outbox_undelivered", "notify", 0),
        ];
        for (name, label, value) in wanted {
            let shown = |line: &str| {
                line.starts_with(&format!("{name}{{"))
                    && line.contains(&format!("\"{label}\""))
                    && line.ends_with(&format!(" {value}"))
            };
            let there = |text: &String| text.lines().any(shown);
            eventually("the figure is shown", || installation.metrics(), there).await;
        }
    }
}

/// What one process of SQLite does not have: a certificate, and a limit that was reached.
const ELSEWHERE: [&str; 2] = ["roster_certificate_expiry_timestamp_seconds", "roster_requests_shed_total"];

#[tokio::test]
async fn every_figure_that_an_alert_asks_for_is_there() {
    let rules = std::fs::read_to_string(root().join("k8s/alerts/roster.rules.yml")).unwrap();
    let mut installation = Installation::new(Engine::Sqlite);
    installation.start().await;
    let olivia = person::owner(&installation).await;
    olivia.buys(&installation, 7).await;
    let asked: BTreeSet<&str> = figures(&rules).filter(|name| !ELSEWHERE.contains(name)).collect();
    assert!(asked.len() > 15, "{asked:?}");
    let missing = async || {
        let text = installation.metrics().await;
        let is_there = |name: &str| {
            let shown = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
            text.lines().any(shown)
        };
        asked.iter().filter(|name| !is_there(name)).map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    eventually("all are shown", missing, |missing: &Vec<String>| missing.is_empty()).await;
}

#[test]
fn every_alert_has_a_chapter_for_operators() {
    let rules = std::fs::read_to_string(root().join("k8s/alerts/roster.rules.yml")).unwrap();
    let operations = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let chapters: BTreeSet<String> =
        operations.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_lowercase).collect();
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let runbooks: Vec<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("runbook: docs/operations.md#")).collect();
    let anchors: Vec<String> = alerts.iter().map(|alert| alert.to_lowercase()).collect();
    assert_eq!(runbooks, anchors);
    for anchor in anchors {
        assert!(chapters.contains(&anchor), "docs/operations.md lacks ### {anchor}");
    }
    for name in figures(&rules) {
        assert!(operations.contains(name.trim_end_matches("_bucket").trim_end_matches("_count")), "{name}");
    }
}

/// The names of figures in the rules.
fn figures(rules: &str) -> impl Iterator<Item = &str> {
    let words = rules.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let prefixes = ["roster_", "rpc_server_", "http_server_", "process_"];
    words.filter(move |word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
