use platform::keys::Keys;
use platform::peer;
use platform::serve::{self, Process};
use platform::testing::TestClock;
use tonic::service::Routes;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::ServiceExt;

fn process() -> Process {
    Process::new(TestClock::new().clock(), Keys::ephemeral().unwrap()).unwrap()
}

async fn page(process: &Process, path: &str) -> (u16, String) {
    let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let response = serve::admin(process).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn calls_are_counted_by_method_and_code() {
    let process = process();
    let (_reporter, health) = tonic_health::server::health_reporter();
    let mut client = HealthClient::new(peer::local(process.guard("license", Routes::new(health))));
    client.check(HealthCheckRequest::default()).await.unwrap();
    client.check(HealthCheckRequest { service: "nobody".to_owned() }).await.unwrap_err();
    drop(client.watch(HealthCheckRequest::default()).await.unwrap());
    let (status, text) = page(&process, "/metrics").await;
    assert_eq!(status, 200);
    for code in ["OK", "NOT_FOUND", "CANCELLED"] {
        let line = text
            .lines()
            .find(|line| {
                line.starts_with("rpc_server_call_duration_seconds_count")
                    && line.contains(&format!("\"{code}\""))
            })
            .unwrap_or_else(|| panic!("no {code} in {text}"));
        assert!(line.contains("rpc_service=\"license\"") && line.ends_with(" 1"), "{line}");
        assert!(line.contains("rpc_method=\"_OTHER\""), "a caller cannot make new series: {line}");
    }
}

#[tokio::test]
async fn the_admin_address_tells_health() {
    let process = process();
    assert_eq!(page(&process, "/healthz").await, (200, "ok\n".to_owned()));
    let database = process.health.component("database");
    assert_eq!(page(&process, "/readyz").await, (503, "database: starting\n".to_owned()));
    database.ready();
    assert_eq!(page(&process, "/readyz").await, (200, "database: ready\n".to_owned()));
}

#[tokio::test]
async fn a_service_has_its_own_instruments() {
    let process = process();
    process.metrics.meter("notify").u64_counter("mail.sent").build().add(3, &[]);
    let (_, text) = page(&process, "/metrics").await;
    assert!(text.lines().any(|line| line.starts_with("mail_sent_total") && line.ends_with(" 3")), "{text}");
}

#[test]
fn logging_starts_once_and_with_a_good_filter() {
    use platform::telemetry::{Format, start};
    start(Format::Json, "info,platform=nonsense").unwrap_err();
    start(Format::Json, "info,platform=debug").unwrap();
    start(Format::Text, "info").unwrap_err();
}
