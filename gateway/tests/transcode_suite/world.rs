//! A scripted gRPC server and an HTTP client in front of it.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use axum::body::Body;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::{StreamExt, stream::BoxStream};
use gateway::transcode::{Options, Transcoder, Upstream};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tonic::{Code, Status};
use tower::service_fn;

/// The test schema, compiled once.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
    let mut compiler = protox::Compiler::new([folder]).unwrap();
    compiler.include_imports(true).open_file("lab.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
});

/// A call as the service saw it.
#[derive(Clone)]
pub struct Heard {
    pub method: MethodDescriptor,
    pub metadata: HeaderMap,
    pub raw: Vec<Bytes>,
    pub messages: Vec<DynamicMessage>,
    /// The request stream ended with an error.
    pub broken: bool,
}

impl Heard {
    /// The only message, as JSON of an independent writer without defaults.
    pub fn json(&self) -> Value {
        assert_eq!(self.messages.len(), 1);
        to_json(&self.messages[0])
    }
}

/// What the service says.
pub struct Reply {
    pub headers: HeaderMap,
    pub steps: BoxStream<'static, Step>,
}

/// A part of an answer.
#[derive(Clone)]
pub enum Step {
    Message(Bytes),
    Status(Status),
}

impl Reply {
    pub fn steps(steps: Vec<Step>) -> Self {
        Self { headers: HeaderMap::new(), steps: futures::stream::iter(steps).boxed() }
    }

    pub fn message(of: &str, json: Value) -> Self {
        Self::steps(vec![step(of, json)])
    }

    pub fn raw(message: impl Into<Bytes>) -> Self {
        Self::steps(vec![Step::Message(message.into())])
    }

    pub fn status(status: Status) -> Self {
        Self::steps(vec![Step::Status(status)])
    }

    pub fn channel() -> (mpsc::UnboundedSender<Step>, Self) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let steps = futures::stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
        (sender, Self { headers: HeaderMap::new(), steps })
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }
}

/// A message as a step of an answer.
pub fn step(of: &str, json: Value) -> Step {
    Step::Message(message(of, json).encode_to_vec().into())
}

/// A message from JSON, read by an independent reader.
pub fn message(of: &str, json: Value) -> DynamicMessage {
    let of = POOL.get_message_by_name(of).unwrap();
    DynamicMessage::deserialize(of, json).unwrap()
}

/// JSON of an independent writer, without defaults.
pub fn to_json(message: &DynamicMessage) -> Value {
    serde_json::to_value(message).unwrap()
}

type Script = Arc<dyn Fn(&Heard) -> Reply + Send + Sync>;

/// What the server remembers and how it answers.
#[derive(Clone, Default)]
pub struct Server {
    heard: Arc<Mutex<Vec<Heard>>>,
    scripts: Arc<Mutex<HashMap<&'static str, Script>>>,
    /// Told when a call's answer is dropped before its end.
    pub dropped: Arc<Notify>,
}

/// The transcoder and the server behind it.
pub struct World {
    pub transcoder: Transcoder,
    pub server: Server,
}

/// An HTTP answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts a 400 whose field violation names a field.
    #[track_caller]
    pub fn blames(&self, field: &str) {
        assert_eq!(self.status, 400, "{}", self.text());
        let json = self.json();
        let details = json["error"]["details"].as_array().unwrap().clone();
        let found = details.iter().any(|detail| detail["fieldViolations"][0]["field"] == field);
        assert!(found, "no violation of {field}: {json}");
        assert_eq!(json["error"]["status"], "INVALID_ARGUMENT");
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let server = Server::default();
        let upstream = server.upstream();
        let mut options = Options::new(move |service| (service == "lab.v1.Lab").then(|| upstream.clone()));
        change(&mut options);
        Self { transcoder: Transcoder::new(POOL.clone(), options).unwrap(), server }
    }

    /// Answers a method by a script instead of repeating the request.
    pub fn on(
        &self,
        method: &'static str,
        script: impl Fn(&Heard) -> Reply + Send + Sync + 'static,
    ) -> &Self {
        self.server.scripts.lock().unwrap().insert(method, Arc::new(script));
        self
    }

    pub fn heard(&self) -> Heard {
        self.server.heard.lock().unwrap().last().expect("nothing was called").clone()
    }

    pub fn calls(&self) -> usize {
        self.server.heard.lock().unwrap().len()
    }

    pub async fn open(&self, request: Request<Body>) -> Response<Body> {
        self.transcoder.answer(request).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.open(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn call(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        self.send(request(method, uri, headers, body)).await
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.call("GET", uri, &[], "").await
    }

    pub async fn post(&self, uri: &str, json: &str) -> Answer {
        self.call("POST", uri, &[("content-type", "application/json")], json.to_owned()).await
    }
}

pub fn request(method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

impl Server {
    pub fn upstream(&self) -> Upstream {
        let server = self.clone();
        Upstream::new(service_fn(move |request| {
            let server = server.clone();
            async move { server.serve(request).await }
        }))
    }

    async fn serve(
        &self,
        request: Request<tonic::body::Body>,
    ) -> Result<Response<tonic::body::Body>, Status> {
        let (head, body) = request.into_parts();
        let (_, name) = head.uri.path().rsplit_once('/').unwrap();
        let lab = POOL.get_service_by_name("lab.v1.Lab").unwrap();
        let method = lab.methods().find(|method| method.name() == name).unwrap();
        let (raw, broken) = read_all(body).await;
        let decode = |raw: &Bytes| DynamicMessage::decode(method.input(), raw.clone()).unwrap();
        let messages = raw.iter().map(decode).collect();
        let heard = Heard { method, metadata: head.headers, raw, messages, broken };
        self.heard.lock().unwrap().push(heard.clone());
        let script = self.scripts.lock().unwrap().get(heard.method.name()).cloned();
        let echo = |heard: &Heard| Reply::raw(heard.raw.first().cloned().unwrap_or_default());
        let reply = script.map_or_else(|| echo(&heard), |script| script(&heard));
        Ok(reply.into_response(self.dropped.clone()).await)
    }
}

/// Tells when it is dropped, unless the answer ended first.
struct Watch(Arc<Notify>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Reply {
    async fn into_response(mut self, dropped: Arc<Notify>) -> Response<tonic::body::Body> {
        let mut response = Response::new(());
        *response.headers_mut() = self.headers;
        response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        let mut steps = std::pin::pin!(self.steps.as_mut().peekable());
        let first = futures::FutureExt::now_or_never(steps.as_mut().peek()).flatten();
        if let Some(Step::Status(status)) = first {
            status.add_header(response.headers_mut()).unwrap();
            return response.map(|()| tonic::body::Body::empty());
        }
        let first = first.cloned();
        if first.is_some() {
            futures::FutureExt::now_or_never(steps.next());
        }
        let watch = Watch(dropped);
        let ok = Step::Status(Status::new(Code::Ok, ""));
        let rest = futures::stream::iter(first).chain(self.steps).chain(futures::stream::iter([ok]));
        let frames = rest.scan(false, move |over, step| {
            let _keep = &watch;
            let frame = (!*over).then(|| frame(&step));
            *over |= matches!(step, Step::Status(_));
            std::future::ready(frame.map(Ok::<_, Status>))
        });
        response.map(|()| tonic::body::Body::new(StreamBody::new(frames)))
    }
}

fn frame(step: &Step) -> Frame<Bytes> {
    match step {
        Step::Message(message) => {
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).unwrap());
            frame.extend_from_slice(message);
            Frame::data(frame.freeze())
        }
        Step::Status(status) => {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).unwrap();
            Frame::trailers(trailers)
        }
    }
}

async fn read_all(mut body: tonic::body::Body) -> (Vec<Bytes>, bool) {
    let (mut messages, mut buffer, mut broken) = (Vec::new(), BytesMut::new(), false);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => buffer.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => broken = true,
        }
        while buffer.len() >= 5 {
            let length = u32::from_be_bytes(buffer[1..5].try_into().unwrap()) as usize;
            if buffer.len() < 5 + length {
                break;
            }
            buffer.advance(5);
            messages.push(buffer.split_to(length).freeze());
        }
    }
    (messages, broken)
}
