//! The transcoder: built once from descriptors, then one HTTP request at a time.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Body;
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderValue, Method as HttpMethod, Request, Response, StatusCode, header, request::Parts};
use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::Code;

use super::{
    annotation,
    binding::Binding,
    call::{self, Inbound},
    deadline::Deadline,
    error::{self, Refusal},
    facts::Facts,
    headers,
    method::Method,
    options::Options,
    routes::{Found, Table},
    stream, unary,
};

/// HTTP/JSON in front of gRPC. Cheap to clone.
#[derive(Clone)]
pub struct Transcoder {
    shared: Arc<Shared>,
}

struct Shared {
    pool: DescriptorPool,
    options: Arc<Options>,
    table: Table,
    bindings: Vec<Arc<Binding>>,
}

/// A rule that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("{method}, {template}: {problem}")]
pub struct BuildError {
    method: String,
    template: String,
    problem: String,
}

/// One route, for documents about the API.
#[derive(Clone)]
pub struct Route {
    /// As requests name it, or `*` for any.
    pub http_method: String,
    /// As written in the annotation.
    pub template: String,
    /// Empty for none, `*` for the whole request, else a field.
    pub body: String,
    /// Empty for the whole answer, else a field.
    pub response_body: String,
    /// The RPC behind.
    pub method: MethodDescriptor,
    /// What it takes and gives.
    pub facts: Facts,
}

impl Transcoder {
    /// Reads all services of a pool and builds the route table.
    ///
    /// # Errors
    /// A template that does not parse, a field that does not exist, or two rules for one path.
    pub fn new(pool: DescriptorPool, options: Options) -> Result<Self, BuildError> {
        let mut built =
            Shared { pool, options: Arc::new(options), table: Table::default(), bindings: Vec::new() };
        for service in built.pool.clone().services() {
            for method in service.methods() {
                built.add(method)?;
            }
        }
        Ok(Self { shared: Arc::new(built) })
    }

    /// All routes, in the order of the descriptors.
    pub fn routes(&self) -> impl Iterator<Item = Route> + '_ {
        self.shared.bindings.iter().map(|binding| Route {
            http_method: binding.rule.http_method.clone(),
            template: binding.rule.template.clone(),
            body: binding.rule.body.clone(),
            response_body: binding.rule.response_body.clone(),
            method: binding.method.descriptor.clone(),
            facts: Facts::of(binding),
        })
    }

    /// Whether a path has a route, under whatever HTTP method.
    #[must_use]
    pub fn knows(&self, path: &str) -> bool {
        self.shared.table.find("", path) != Found::Nothing
    }

    /// Answers a request; refusals are answers too.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let (parts, shared) = (Arc::new(parts), &self.shared);
        let mut response = match shared.handle(&parts, body).await {
            Ok(response) => response,
            Err(refusal) => shared.refuse(&parts, refusal),
        };
        if parts.method == HttpMethod::HEAD {
            *response.body_mut() = unary::unsent();
        }
        response
    }
}

impl Shared {
    fn add(&mut self, descriptor: MethodDescriptor) -> Result<(), BuildError> {
        if !(self.options.exposed)(&descriptor) {
            return Ok(());
        }
        let mut rules = annotation::rules(&descriptor);
        if rules.is_empty() && self.options.bind_unannotated {
            rules.push(annotation::unannotated(&descriptor));
        }
        if rules.is_empty() {
            return Ok(());
        }
        let name = descriptor.full_name().to_owned();
        let failed = |template: &str, problem: String| BuildError {
            method: name.clone(),
            template: template.to_owned(),
            problem,
        };
        let upstream = (self.options.upstreams)(descriptor.parent_service().full_name());
        let method = Arc::new(Method::new(descriptor, upstream).map_err(|problem| failed("", problem))?);
        for rule in rules {
            let wrong = |problem| failed(&rule.template, problem);
            self.bind(&method, rule.clone()).map_err(wrong)?;
        }
        Ok(())
    }

    fn bind(&mut self, method: &Arc<Method>, rule: annotation::Rule) -> Result<(), String> {
        let (binding, template) = Binding::new(method, rule)?;
        let inserted = self.table.insert(&template, &binding.rule.http_method, self.bindings.len());
        if let Err(taken) = inserted {
            let other = self.bindings.get(taken).map_or("another method", |other| other.method.name());
            return Err(format!("{other} already has this path"));
        }
        self.bindings.push(Arc::new(binding));
        Ok(())
    }

    async fn handle(&self, parts: &Arc<Parts>, body: Body) -> Result<Response<Body>, Refusal> {
        headers::check_sizes(parts, &self.options.limits)?;
        let inbound = self.route(parts)?;
        let method = &inbound.binding.method.descriptor;
        let streamed = method.is_server_streaming();
        let (outbound, feeder) = inbound.deadline.limit(call::prepare(&inbound, body)).await??;
        if streamed {
            return stream::respond(inbound, outbound, feeder).await;
        }
        inbound.deadline.limit(unary::respond(&inbound, outbound, feeder)).await?
    }

    fn route(&self, parts: &Arc<Parts>) -> Result<Inbound, Refusal> {
        let (number, segments) = self.find(parts)?;
        let binding = self.bindings.get(number).cloned().ok_or_else(not_found)?;
        let method = &binding.method.descriptor;
        let streaming = method.is_server_streaming() || method.is_client_streaming();
        let deadline = Deadline::new(&parts.headers, &self.options.deadlines, streaming)?;
        let segments = segments.into_iter().map(str::to_owned).collect();
        Ok(Inbound {
            binding,
            request: Arc::clone(parts),
            options: Arc::clone(&self.options),
            segments,
            deadline,
        })
    }

    fn find<'p>(&self, parts: &'p Parts) -> Result<(usize, Vec<&'p str>), Refusal> {
        let path = parts.uri.path();
        let mut found = self.table.find(parts.method.as_str(), path);
        if parts.method == HttpMethod::HEAD && !matches!(found, Found::Route(..)) {
            found = self.table.find("GET", path);
        }
        match found {
            Found::Route(route, segments) => Ok((route, segments)),
            Found::Nothing => Err(not_found()),
            Found::OtherMethods(others) => Err(Refusal::not_allowed(allow(others))),
        }
    }

    fn refuse(&self, parts: &Parts, refusal: Refusal) -> Response<Body> {
        let allow = refusal.allow();
        let (status, mut http) = refusal.into_status(&self.options.error_domain);
        if parts.headers.contains_key(header::IF_MATCH) && error::is_mismatch(&status) {
            http = StatusCode::PRECONDITION_FAILED;
        }
        let mut response = error::response(&self.pool, &status, http);
        unary::copy_metadata(&status, response.headers_mut(), &self.options.response_headers);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if let Some(challenge) = self.options.challenge.clone().filter(|_| http == StatusCode::UNAUTHORIZED) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn not_found() -> Refusal {
    Refusal::request(StatusCode::NOT_FOUND, Code::NotFound, "NOT_FOUND", "there is nothing at this path")
}

/// A path that answers GET answers HEAD too.
fn allow(mut methods: BTreeSet<String>) -> HeaderValue {
    if methods.contains("GET") {
        methods.insert("HEAD".to_owned());
    }
    let list: Vec<String> = methods.into_iter().collect();
    HeaderValue::from_str(&list.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl tower::Service<Request<Body>> for Transcoder {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transcoder = self.clone();
        async move { Ok(transcoder.answer(request).await) }.boxed()
    }
}

// Not derived: a descriptor of a recursive message prints without end.
impl fmt::Debug for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} -> {}", self.http_method, self.template, self.method.full_name())
    }
}

impl fmt::Debug for Transcoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Transcoder").field("routes", &self.shared.bindings.len()).finish_non_exhaustive()
    }
}
