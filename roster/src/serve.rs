//! `roster serve`: settings → build → serve → drain.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use platform::clock::Clock;
use platform::keys::Keys;
use platform::serve::{self, Drained, Limits, Process};
use proto::identity::v1::CreateSetupLinkRequest;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use tokio::net::TcpListener;

use crate::admin;
use crate::cli::{Mode, Serve};
use crate::folder::Folder;
use crate::house::{self, House, Site};
use crate::storage::Storage;

/// Time for jobs to put down what they hold, after the last request.
const JOBS_LIMIT: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT, then drains within the limit.
pub async fn serve(settings: Serve) -> anyhow::Result<()> {
    let folder = Folder::open(&settings.place.data)?;
    let _lock = folder.lock()?;
    let keys = Keys::open(&folder.keys()).context("the keys cannot be opened")?;
    let listener = listen(settings.listen).await?;
    let admin_listener = listen(settings.admin_listen).await?;
    let address = listener.local_addr()?;
    let site = site(&settings, address)?;
    let storage = Storage::open(&settings.place, &folder).await?;
    let process = Process::new(Clock::system(), keys)?;
    let house = house::build(settings.services, &site, process, storage)?;

    let stop = house.process.draining.clone();
    let limits = Limits { drain: settings.drain, ..Limits::default() };
    let public = serve::run(listener, house.door.clone(), stop.clone(), limits);
    let operators = serve::run(admin_listener, serve::admin(&house.process), stop.clone(), limits);
    let socket = serve::run(admin::listen(&folder)?, admin::door(&house), stop.clone(), limits);
    let doors = async { tokio::join!(public, operators, socket) };
    let announced = async { announce(&house, &site, address).await.inspect_err(|_| stop.cancel()) };
    let signalled = serve::signals(stop.clone());
    let ((drained, ..), announced, signalled) = tokio::join!(doors, announced, signalled);
    finish(&house, drained).await;
    announced?;
    signalled.context("the signal handlers cannot be installed")
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on"))
}

fn site(settings: &Serve, address: SocketAddr) -> anyhow::Result<Site> {
    // A loopback address behind a proxy with a public origin is production: the
    // development mailbox would show every link to the world.
    let public = settings.public_origin.as_deref().is_some_and(|origin| !origin.starts_with("http://127."));
    let default = if address.ip().is_loopback() && !public { Mode::Development } else { Mode::Production };
    let development = settings.mode.unwrap_or(default) == Mode::Development;
    let public_origin = match &settings.public_origin {
        Some(origin) => checked_origin(origin, development)?,
        None if development => format!("http://{address}"),
        None => bail!("production mode needs --public-origin, such as https://roster.example"),
    };
    Ok(Site { public_origin, development })
}

fn checked_origin(origin: &str, development: bool) -> anyhow::Result<String> {
    let uri: http::Uri = origin.parse().context("--public-origin is not a URL")?;
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && uri.host().is_some();
    if !bare || !matches!(uri.scheme_str(), Some("http" | "https")) {
        bail!("--public-origin is scheme and host only, such as https://roster.example");
    }
    if !development && uri.scheme_str() != Some("https") {
        bail!("--public-origin must be https in production: cookies and links depend on it");
    }
    Ok(origin.trim_end_matches('/').to_owned())
}

/// Says where it is, and how to begin when there is no organization yet.
async fn announce(house: &House, site: &Site, address: SocketAddr) -> anyhow::Result<()> {
    let mut setup = SetupServiceClient::new(house.peers.work("identity", None)?);
    let link = setup.create_setup_link(CreateSetupLinkRequest {}).await?.into_inner();
    println!("Roster listens on http://{address}");
    if !link.token.is_empty() {
        println!("Open this link once to create the first organization:");
        println!("{}/setup#{}", site.public_origin, link.token);
    }
    if site.development {
        println!("Mails arrive at {}/dev/mailbox", site.public_origin);
    }
    Ok(())
}

async fn finish(house: &House, drained: Drained) {
    if let Drained::Cut(count) = drained {
        tracing::warn!(connections.cut = count, "the drain limit passed");
    }
    house.process.spawner.stop(JOBS_LIMIT).await;
    house.storage.close().await;
}
