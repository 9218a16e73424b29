//! A unary method that does nothing, to be put behind the same layers as a real one.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use prost::Message;
use proto::identity::v1::{GetUserRequest, User};
use proto::license::v1::{CheckEntitlementRequest, CheckEntitlementResponse};
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic_prost::ProstCodec;
use tower::Service;

/// Answers each question of one service at once with the same answer.
pub struct Empty<Question, Answer> {
    answer: Answer,
    question: PhantomData<fn(Question)>,
}

impl<Question, Answer> Empty<Question, Answer> {
    pub fn new(answer: Answer) -> Self {
        Self { answer, question: PhantomData }
    }
}

impl<Question, Answer: Clone> Clone for Empty<Question, Answer> {
    fn clone(&self) -> Self {
        Self::new(self.answer.clone())
    }
}

impl NamedService for Empty<CheckEntitlementRequest, CheckEntitlementResponse> {
    const NAME: &'static str = "roster.license.v1.LicenseService";
}

impl NamedService for Empty<GetUserRequest, User> {
    const NAME: &'static str = "roster.identity.v1.UserService";
}

impl<Question, Answer> Service<Request<Body>> for Empty<Question, Answer>
where
    Question: Message + Default + 'static,
    Answer: Message + Clone + Default + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let handler = Handler(self.answer.clone());
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Answer, Question>::default());
            Ok(grpc.unary(handler, request).await)
        })
    }
}

struct Handler<Answer>(Answer);

impl<Question: Message, Answer: Message + Clone> UnaryService<Question> for Handler<Answer> {
    type Response = Answer;
    type Future = Ready<Result<tonic::Response<Answer>, Status>>;

    fn call(&mut self, _: tonic::Request<Question>) -> Self::Future {
        ready(Ok(tonic::Response::new(self.0.clone())))
    }
}
