//! HTTP/JSON: the transcoder with Roster's contract, audience and visitors.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::request::Parts;
use ::http::{Request, Response};
use axum::Router;
use axum::body::Body;
use futures::future::BoxFuture;
use prost_reflect::MethodDescriptor;
use proto::audience;
use proto::refusal::Refusal;
use tonic::metadata::MetadataMap;
use tonic::{Status, async_trait};

use super::around;
use crate::app::App;
use crate::app::visitor::{self, Visitor};
use crate::transcode::{Admission, BuildError, Options, Transcoder};

/// All PUBLIC methods of the contract, over HTTP.
pub fn transcoder(app: &App) -> Result<Transcoder, BuildError> {
    let upstreams = Arc::clone(&app.upstreams);
    let mut options = Options::new(move |service| upstreams.of(service).map(|(_, peer)| peer));
    options.admission = Arc::new(Bearer(app.clone()));
    options.exposed = Arc::new(audience::is_public);
    options.error_domain = "roster.example".to_owned();
    options.limits.upload = app.config.upload_bytes;
    Transcoder::new(audience::POOL.clone(), options)
}

/// The API below `/v1`, with what stands around it.
pub fn routes(app: &App, transcoder: Transcoder) -> Router {
    let router = Router::new().nest_service("/v1", Mounted(transcoder));
    around::cors(around::packed(router), &app.config.cors_origins, &[], &[])
}

/// Bearer only: a browser's cookie opens nothing here, so no page can be made to call the API.
struct Bearer(App);

#[async_trait]
impl Admission for Bearer {
    async fn admit(&self, method: &MethodDescriptor, request: &Parts) -> Result<MetadataMap, Status> {
        let app = &self.0;
        let credential = visitor::bearer(&request.headers)?;
        let visitor = Visitor::admit(app, credential, &request.headers).await?;
        let service = method.parent_service();
        let (name, _) = app.upstreams.of(service.full_name()).ok_or_else(Refusal::internal)?;
        Ok(MetadataMap::from_headers(visitor.metadata(app, name)?))
    }
}

/// The transcoder below `/v1`, with the path that nesting took away put back.
#[derive(Clone)]
struct Mounted(Transcoder);

impl tower::Service<Request<Body>> for Mounted {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let nested = request.extensions().get::<axum::extract::OriginalUri>().map(|uri| uri.0.clone());
        if let Some(original) = nested {
            *request.uri_mut() = original;
        }
        self.0.call(request)
    }
}
