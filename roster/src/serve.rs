//! `roster serve`: settings → build → serve → drain.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use platform::clock::Clock;
use platform::keys::Keys;
use platform::node::Site;
use platform::serve::{self, Drained, Limits, Process, Signals};
use proto::identity::v1::CreateSetupLinkRequest;
use proto::identity::v1::setup_service_client::SetupServiceClient;
use tokio::net::TcpListener;

use crate::admin;
use crate::cli::Serve;
use crate::folder::Folder;
use crate::house::{self, House};
use crate::storage::Storage;

/// Time for jobs to put down what they hold, after the last request.
const JOBS_LIMIT: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT, then drains within the limit.
pub async fn serve(settings: Serve) -> anyhow::Result<()> {
    let mut signals = Signals::install().context("the signal handlers cannot be installed")?;
    let folder = Folder::open(&settings.place.data)?;
    let _lock = folder.lock()?;
    let keys = Keys::open(&folder.keys()).context("the keys cannot be opened")?;
    let listener = listen(settings.listen).await?;
    let admin_listener = listen(settings.admin_listen).await?;
    let (address, operators_address) = (listener.local_addr()?, admin_listener.local_addr()?);
    let site = settings.site.site(address)?;
    let storage = tokio::select! {
        storage = Storage::open(&settings.place, &folder) => storage?,
        () = signals.next() => return Ok(()),
    };
    let process = Process::new(Clock::system(), keys)?;
    let manners = settings.services.gateway.manners();
    let house = house::build(settings.services, &site, process, storage)?;

    let stop = house.process.draining.clone();
    let limits = Limits { drain: settings.drain, ..Limits::default() };
    let door = house.door.clone();
    let door = serve::bounded(door, settings.load, manners, &house.process.metrics);
    let public = serve::run(listener, door, stop.clone(), limits);
    let operators = serve::run(admin_listener, serve::admin(&house.process), stop.clone(), limits);
    let socket = serve::run(admin::listen(&folder)?, admin::door(&house), stop.clone(), limits);
    let doors = async { tokio::join!(public, operators, socket) };
    let announced =
        async { announce(&house, &site, address, operators_address).await.inspect_err(|_| stop.cancel()) };
    let ((drained, ..), announced, ()) = tokio::join!(doors, announced, signals.cancel(stop.clone()));
    finish(&house, drained).await;
    announced
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on"))
}

/// Says where it is, and how to begin when there is no organization yet.
async fn announce(
    house: &House,
    site: &Site,
    address: SocketAddr,
    operators: SocketAddr,
) -> anyhow::Result<()> {
    let mut setup = SetupServiceClient::new(house.peers.work("identity", None)?);
    let link = setup.create_setup_link(CreateSetupLinkRequest {}).await?.into_inner();
    println!("Roster listens on http://{address}");
    println!("Health and metrics are on http://{operators}");
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
