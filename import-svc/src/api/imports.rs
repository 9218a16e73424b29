//! roster.imports.v1.ImportService

use futures::stream::{BoxStream, Empty};
use proto::google::api::HttpBody;
use proto::imports::v1::import_service_server::ImportService;
use proto::imports::v1::*;
use proto::refusal::{Reason, Refusal};
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::app::App;

/// Imports.
pub struct Imports(pub App);

fn soon<T>() -> Result<Response<T>, Status> {
    Err(Refusal::new(Reason::Unimplemented, "comes within the hour").into())
}

#[async_trait]
impl ImportService for Imports {
    type WatchImportStream = BoxStream<'static, Result<WatchImportResponse, Status>>;
    type DownloadImportErrorsStream = Empty<Result<HttpBody, Status>>;

    async fn get_import_template(
        &self,
        _: Request<GetImportTemplateRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        soon()
    }
    async fn get_import_guidelines(
        &self,
        _: Request<GetImportGuidelinesRequest>,
    ) -> Result<Response<ImportGuidelines>, Status> {
        soon()
    }
    async fn upload_import(
        &self,
        _: Request<Streaming<UploadImportRequest>>,
    ) -> Result<Response<Import>, Status> {
        soon()
    }
    async fn get_import(&self, _: Request<GetImportRequest>) -> Result<Response<Import>, Status> {
        soon()
    }
    async fn list_imports(
        &self,
        _: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        soon()
    }
    async fn watch_import(
        &self,
        _: Request<WatchImportRequest>,
    ) -> Result<Response<Self::WatchImportStream>, Status> {
        soon()
    }
    async fn list_import_rows(
        &self,
        _: Request<ListImportRowsRequest>,
    ) -> Result<Response<ListImportRowsResponse>, Status> {
        soon()
    }
    async fn download_import_errors(
        &self,
        _: Request<DownloadImportErrorsRequest>,
    ) -> Result<Response<Self::DownloadImportErrorsStream>, Status> {
        soon()
    }
    async fn accept_import(&self, _: Request<AcceptImportRequest>) -> Result<Response<Import>, Status> {
        soon()
    }
    async fn cancel_import(&self, _: Request<CancelImportRequest>) -> Result<Response<Import>, Status> {
        soon()
    }
}
