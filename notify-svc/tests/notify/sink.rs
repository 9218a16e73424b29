//! The mail server for tests, in this process.

use std::sync::{Arc, Mutex};

pub use notify_svc::sink::Fault;
use notify_svc::sink::{Ear, Faults, Heard, serve};
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    recipients: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub async fn start(faults: Vec<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Self { port, mails: Arc::default(), recipients: Arc::default() };
        let heard = sink.clone();
        let ear: Ear = Arc::new(move |what| match what {
            Heard::Recipient(line) => heard.recipients.lock().unwrap().push(line.to_owned()),
            Heard::Mail(mail) => heard.mails.lock().unwrap().push(mail.to_owned()),
        });
        platform::testing::spawn(serve(listener, Faults::once(faults), ear));
        sink
    }

    /// What came in whole, answered or not.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// The RCPT lines so far, answered or not.
    pub fn recipients(&self) -> Vec<String> {
        self.recipients.lock().unwrap().clone()
    }
}
