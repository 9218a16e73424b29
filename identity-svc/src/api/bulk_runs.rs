//! roster.identity.v1.BulkRunService

use futures::StreamExt;
use futures::stream::BoxStream;
use platform::caller::Caller;
use proto::identity::v1::bulk_run_service_server::BulkRunService;
use proto::identity::v1::{
    BulkRun, CancelBulkRunRequest, GetBulkRunRequest, WatchBulkRunRequest, WatchBulkRunResponse,
};
use proto::name;
use tonic::{Request, Response, Status};

use super::call::call;
use super::wire;
use crate::app::App;
use crate::app::bulk_runs::watch::Told;
use crate::app::bulk_runs::{cancel, get, watch};

/// The service.
pub struct BulkRuns(pub App);

#[tonic::async_trait]
impl BulkRunService for BulkRuns {
    type WatchBulkRunStream = BoxStream<'static, Result<WatchBulkRunResponse, Status>>;

    async fn get_bulk_run(&self, request: Request<GetBulkRunRequest>) -> Result<Response<BulkRun>, Status> {
        let caller = Caller::of(&request);
        let name = name::BulkRun::parse(&request.get_ref().name, "name")?;
        Ok(Response::new(wire::bulk_run(&get::get(&self.0, &caller, &name).await?)))
    }

    async fn watch_bulk_run(
        &self,
        request: Request<WatchBulkRunRequest>,
    ) -> Result<Response<Self::WatchBulkRunStream>, Status> {
        let caller = Caller::of(&request);
        let name = name::BulkRun::parse(&request.get_ref().name, "name")?;
        let told = watch::watch(&self.0, &caller, &name);
        Ok(Response::new(told.map(|told| told.map(response).map_err(Status::from)).boxed()))
    }

    async fn cancel_bulk_run(
        &self,
        request: Request<CancelBulkRunRequest>,
    ) -> Result<Response<BulkRun>, Status> {
        const RPC: &str = "roster.identity.v1.BulkRunService/CancelBulkRun";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let name = name::BulkRun::parse(&request.name, "name")?;
        let call = call(&caller, RPC, &request.request_id, &request)?;
        cancel::cancel(&self.0, &caller, &name, call, wire::bulk_run).await?.respond()
    }
}

fn response(told: Told) -> WatchBulkRunResponse {
    match told {
        Told::Changed(run) => {
            WatchBulkRunResponse { sequence: run.sequence, bulk_run: Some(wire::bulk_run(&run)) }
        }
        Told::Heartbeat(sequence) => WatchBulkRunResponse { sequence, bulk_run: None },
    }
}
