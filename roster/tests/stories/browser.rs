//! A real browser: Chromium, found and pressed by what a person reads.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A page in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Browser {
    client: Client,
    origin: String,
    _driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A fresh browser of the given width in CSS pixels.
    pub async fn open(origin: &str, width: u32) -> Self {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts; make test installs it");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = timeout(PATIENCE, async {
            loop {
                let line = lines.next_line().await.unwrap().expect("chromedriver says its port");
                if let Some(port) = line.strip_prefix("ChromeDriver was started successfully on port ") {
                    return port.trim_end_matches('.').to_owned();
                }
            }
        });
        let port = port.await.expect("chromedriver starts in time");
        let profile = tempfile::tempdir().unwrap();
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities(profile.path(), width))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        client.set_window_size(width, 1000).await.unwrap();
        Self { client, origin: origin.to_owned(), _driver: driver, _profile: profile }
    }

    /// Opens an address of the installation, or a whole one from a mail.
    pub async fn goes_to(&self, address: &str) {
        let address =
            if address.starts_with('/') { format!("{}{address}", self.origin) } else { address.to_owned() };
        self.client.goto(&address).await.unwrap();
    }

    /// Types into the input with this label.
    pub async fn fills(&self, label: &str, text: &str) {
        self.does(&Self::labelled(label), label, async |input| {
            input.clear().await?;
            input.send_keys(text).await
        })
        .await;
    }

    /// Ticks or unticks the box, or chooses the option, with this label.
    pub async fn clicks(&self, label: &str) {
        self.does(&Self::labelled(label), label, async |input| input.click().await).await;
    }

    /// Presses the button or follows the link with this text.
    pub async fn presses(&self, text: &str) {
        let path = format!(
            "(//button[not(@aria-hidden) and contains(normalize-space(), {0})] | //a[contains(normalize-space(), {0})] \
             | //summary[contains(normalize-space(), {0})] | //*[@aria-label = {0}])",
            quoted(text)
        );
        self.clicks_on(&path, text).await;
    }

    /// As [`presses`](Self::presses), for a button inside this kind of element.
    pub async fn presses_in(&self, element: &str, text: &str) {
        let path = format!(
            "//{element}//button[not(@aria-hidden) and contains(normalize-space(), {})]",
            quoted(text)
        );
        self.clicks_on(&path, text).await;
    }

    /// Opens the part of the page with this heading, if it is closed.
    pub async fn opens(&self, summary: &str) {
        let path = format!("//details[summary[contains(normalize-space(), {})]]", quoted(summary));
        self.does(&path, summary, async |details| {
            if details.attr("open").await?.is_some() {
                return Ok(());
            }
            details.find(Locator::Css("summary")).await?.click().await
        })
        .await;
    }

    /// By the profile menu.
    pub async fn signs_out(&self) {
        let path = "//details[.//button[contains(normalize-space(), 'Sign out')]]/summary";
        self.clicks_on(path, "the profile menu").await;
        self.presses("Sign out").await;
    }

    /// Unticks the box with this id, if it is ticked.
    pub async fn leaves_off(&self, id: &str) {
        self.does(&format!("//*[@id = {}]", quoted(id)), id, async |found| {
            if found.is_selected().await? { found.click().await } else { Ok(()) }
        })
        .await;
    }

    /// Chooses a file in the one file input of the page.
    pub async fn chooses_file(&self, file: &Path) {
        let input = self.finds("//input[@type = 'file']", "a file input").await;
        input.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Waits until the page says this.
    pub async fn sees(&self, text: &str) {
        let path = format!("//body//*[not(self::script)][contains(normalize-space(), {})]", quoted(text));
        self.finds(&path, text).await;
    }

    /// What stands in the page now.
    pub async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
    }

    /// A picture of the page, for people who look.
    pub async fn keeps_picture(&self, folder: Option<&Path>, name: &str) {
        let Some(folder) = folder else { return };
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await.unwrap()).unwrap();
    }

    pub async fn closes(self) {
        self.client.clone().close().await.unwrap();
    }

    /// Where the input with this label is.
    fn labelled(label: &str) -> String {
        format!("//*[@id = //label[contains(normalize-space(), {})]/@for]", quoted(label))
    }

    async fn clicks_on(&self, path: &str, what: &str) {
        self.does(path, what, async |found| found.click().await).await;
    }

    /// Does this with what is found there, and again where the page was exchanged in between.
    async fn does(&self, path: &str, what: &str, action: impl AsyncFn(Element) -> Result<(), CmdError>) {
        let done = async {
            loop {
                match action(self.finds(path, what).await).await {
                    Err(error) if error.is_stale_element_reference() => {}
                    outcome => return outcome,
                }
            }
        };
        let outcome = timeout(PATIENCE * 2, done).await;
        outcome.unwrap_or_else(|_| panic!("{what:?}: the page does not rest")).unwrap();
    }

    async fn finds(&self, path: &str, what: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                let address = self.client.current_url().await.map(|url| url.to_string()).unwrap_or_default();
                panic!("{what:?} is not on {address}: {error}\n{}", self.text().await)
            }
        }
    }
}

fn capabilities(profile: &Path, width: u32) -> serde_json::Map<String, serde_json::Value> {
    let arguments = json!([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        format!("--user-data-dir={}", profile.display()),
        format!("--window-size={width},1000"),
    ]);
    let wanted = json!({"browserName": "chrome", "goog:chromeOptions": {"args": arguments}});
    wanted.as_object().cloned().unwrap_or_default()
}

/// A text as an XPath literal.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
