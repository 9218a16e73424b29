//! An organization with people and licences, and imports into it.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::http::Http;
use super::installation::{Installation, Running};
use super::lab::{Engine, Lab};
use super::people;

/// The most seats of one purchase. These people need none.
const MOST_SEATS: usize = 1_000_000;

/// An organization of `users` people and twice as many licences, at rest.
pub struct World {
    pub installation: Installation,
    pub users: usize,
}

impl World {
    /// Makes it by an import.
    pub async fn make(lab: &Lab, engine: Engine, users: usize) -> anyhow::Result<Self> {
        let installation = Installation::new(lab, engine).await?;
        let running = installation.start(&[]).await?;
        installation.buy(&running, (users * 2).min(MOST_SEATS)).await?;
        let mut owner = Owner::at(&installation, &running).await?;
        let import = owner.upload("LOCATION_USERS", people::location_users(0, users)).await?;
        owner.apply(&import.name).await?;
        running.stop().await?;
        Ok(Self { installation, users })
    }
}

/// Whoever imports.
pub struct Owner {
    pub http: Http,
    organization: String,
}

/// A file that was read.
pub struct Uploaded {
    /// `organizations/…/imports/…`
    pub name: String,
    /// From the answer to the upload to the plan, seconds.
    pub validated: f64,
    /// How the import looks at its end.
    pub import: Value,
}

impl Owner {
    pub async fn at(installation: &Installation, running: &Running) -> anyhow::Result<Self> {
        let http = running.connect(&installation.key).await?;
        Ok(Self { http, organization: installation.organization.clone() })
    }

    /// Uploads a file and waits for its plan.
    pub async fn upload(&mut self, kind: &str, file: Vec<u8>) -> anyhow::Result<Uploaded> {
        let product = if kind == "LICENSE_INVITE" { "&start.product=meet" } else { "" };
        let path = format!(
            "/v1/{}/imports:upload?start.kind=IMPORT_KIND_{kind}&start.fileName=people.csv{product}",
            self.organization
        );
        let (status, body) = self.http.send("POST", &path, "text/csv", file).await?;
        ensure!(status == 200, "upload: {status} {}", String::from_utf8_lossy(&body));
        let began = Instant::now();
        let import: Value = serde_json::from_slice(&body)?;
        let name = import["name"].as_str().unwrap_or_default().to_owned();
        let import = self.rests(&name, "STATE_AWAITING_ACCEPTANCE").await?;
        Ok(Uploaded { name, validated: began.elapsed().as_secs_f64(), import })
    }

    /// Accepts the plan and waits until it is carried out; seconds, and how the import looks then.
    pub async fn apply(&mut self, name: &str) -> anyhow::Result<(f64, Value)> {
        let plan = self.http.get(&format!("/v1/{name}")).await?;
        let began = Instant::now();
        self.http.push(&format!("/v1/{name}:accept"), &json!({"etag": plan["etag"]})).await?;
        let done = self.rests(name, "STATE_SUCCEEDED").await?;
        Ok((began.elapsed().as_secs_f64(), done))
    }

    /// Forgets a plan.
    pub async fn cancel(&mut self, name: &str) -> anyhow::Result<()> {
        self.http.push(&format!("/v1/{name}:cancel"), &json!({})).await.map(drop)
    }

    async fn rests(&mut self, name: &str, state: &str) -> anyhow::Result<Value> {
        loop {
            let import = self.http.get(&format!("/v1/{name}")).await?;
            let now = import["state"].as_str().unwrap_or_default();
            if now == state {
                return Ok(import);
            }
            if matches!(now, "STATE_REJECTED" | "STATE_CANCELLED" | "STATE_SUCCEEDED") {
                bail!("the import ended: {import}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A count of an import, such as `new`.
pub fn count(import: &Value, field: &str) -> u64 {
    import["counts"][field].as_u64().unwrap_or_default()
}
