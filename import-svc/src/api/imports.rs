//! roster.imports.v1.ImportService

use futures::StreamExt;
use futures::stream::BoxStream;
use platform::caller::Caller;
use proto::google::api::HttpBody;
use proto::imports::v1::import_service_server::ImportService;
use proto::imports::v1::{
    AcceptImportRequest, CancelImportRequest, DownloadImportErrorsRequest, GetImportGuidelinesRequest,
    GetImportRequest, GetImportTemplateRequest, Import, ImportGuidelines, ListImportRowsRequest,
    ListImportRowsResponse, ListImportsRequest, ListImportsResponse, UploadImportRequest, WatchImportRequest,
    WatchImportResponse,
};
use proto::refusal::Refusal;
use proto::{name, page};
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::{files, parse};
use crate::app::{App, accept, cancel, download, get, list, resource, rows, upload, watch};
use crate::domain::guidelines::Guidelines;
use crate::domain::template;

/// Imports.
pub struct Imports(pub App);

#[async_trait]
impl ImportService for Imports {
    type WatchImportStream = BoxStream<'static, Result<WatchImportResponse, Status>>;
    type DownloadImportErrorsStream = BoxStream<'static, Result<HttpBody, Status>>;

    async fn get_import_template(
        &self,
        request: Request<GetImportTemplateRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        let kind = parse::kind(request.get_ref().kind, "kind")?;
        let mut response = Response::new(files::csv(template::template(kind), true));
        files::name(response.metadata_mut(), &format!("{}.csv", kind.as_str()));
        Ok(response)
    }

    async fn get_import_guidelines(
        &self,
        request: Request<GetImportGuidelinesRequest>,
    ) -> Result<Response<ImportGuidelines>, Status> {
        let kind = parse::kind(request.get_ref().kind, "kind")?;
        Ok(Response::new(files::guidelines(&Guidelines::new(kind, self.0.limits))))
    }

    async fn upload_import(
        &self,
        request: Request<Streaming<UploadImportRequest>>,
    ) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request);
        let mut messages = request.into_inner();
        let start = files::start(&mut messages).await?;
        let rpc = "ImportService/UploadImport";
        let upload = upload::Upload {
            parent: name::Organization::parse(&start.parent, "start.parent")?,
            kind: parse::kind(start.kind, "start.kind")?,
            call: parse::call(&caller, rpc, &start.request_id, "start.request_id", &start)?,
            file_name: start.file_name,
            product: start.product,
        };
        upload::upload(&self.0, &caller, upload, files::pieces(messages)).await?.respond()
    }

    async fn get_import(&self, request: Request<GetImportRequest>) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request);
        let name = name::Import::parse(&request.get_ref().name, "name")?;
        let import = get::get(&self.0, &caller, &name).await?;
        Ok(Response::new(resource::import(&import)))
    }

    async fn list_imports(
        &self,
        request: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let list = list::List {
            parent: name::Organization::parse(&request.parent, "parent")?,
            size: page::size(request.page_size)?,
            page_token: request.page_token,
        };
        let (found, next_page_token) = list::list(&self.0, &caller, list).await?;
        let imports = found.iter().map(resource::import).collect();
        Ok(Response::new(ListImportsResponse { imports, next_page_token }))
    }

    async fn watch_import(
        &self,
        request: Request<WatchImportRequest>,
    ) -> Result<Response<Self::WatchImportStream>, Status> {
        let caller = Caller::of(&request);
        let name = name::Import::parse(&request.get_ref().name, "name")?;
        let steps = watch::watch(&self.0, &caller, name).await?;
        let told = steps.map(|step| {
            let step = step?;
            let import = step.import.as_ref().map(resource::import);
            Ok(WatchImportResponse { sequence: step.sequence, import })
        });
        Ok(Response::new(told.boxed()))
    }

    async fn list_import_rows(
        &self,
        request: Request<ListImportRowsRequest>,
    ) -> Result<Response<ListImportRowsResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let list = rows::List {
            parent: name::Import::parse(&request.parent, "parent")?,
            size: page::size(request.page_size)?,
            page_token: request.page_token,
            filter: request.filter,
        };
        let page = rows::list(&self.0, &caller, list).await?;
        Ok(Response::new(ListImportRowsResponse {
            rows: page.rows.iter().map(|row| resource::row(&page.import, row)).collect(),
            next_page_token: page.next,
            total_size: i32::try_from(page.total).unwrap_or(i32::MAX),
        }))
    }

    async fn download_import_errors(
        &self,
        request: Request<DownloadImportErrorsRequest>,
    ) -> Result<Response<Self::DownloadImportErrorsStream>, Status> {
        let caller = Caller::of(&request);
        let name = name::Import::parse(&request.get_ref().name, "name")?;
        let download = download::download(&self.0, &caller, &name).await?;
        let bodies = download.pieces.enumerate().map(|(index, piece)| Ok(files::csv(piece?, index == 0)));
        let mut response = Response::new(bodies.boxed());
        files::name(response.metadata_mut(), &download.file_name);
        Ok(response)
    }

    async fn accept_import(&self, request: Request<AcceptImportRequest>) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        if request.etag.is_empty() {
            return Err(Refusal::field("etag", "is required: it says which plan is accepted").into());
        }
        let rpc = "ImportService/AcceptImport";
        let accept = accept::Accept {
            name: name::Import::parse(&request.name, "name")?,
            mode: parse::accept_mode(request.accept_mode)?,
            out: parse::when_seats_run_out(request.when_seats_run_out)?,
            call: parse::call(&caller, rpc, &request.request_id, "request_id", &request)?,
            etag: request.etag,
        };
        accept::accept(&self.0, &caller, accept).await?.respond()
    }

    async fn cancel_import(&self, request: Request<CancelImportRequest>) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let name = name::Import::parse(&request.name, "name")?;
        let rpc = "ImportService/CancelImport";
        let call = parse::call(&caller, rpc, &request.request_id, "request_id", &request)?;
        cancel::cancel(&self.0, &caller, &name, call).await?.respond()
    }
}
