//! `notify-svc mailbox` as a suite of somebody else uses it.

use std::process::Stdio;
use std::time::Duration;

use platform::testing::{Engine, on_both};
use proto::events::v1::message_state_changed::State;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::relay::through;
use crate::world::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_notify-svc");

struct Mailbox {
    port: u16,
    said: Lines<BufReader<ChildStdout>>,
    program: Child,
}

impl Mailbox {
    async fn start(words: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["mailbox", "--listen", "127.0.0.1:0"]).args(words);
        let mut program = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&said.next_line().await.unwrap().unwrap()).unwrap();
        let port = first["listening"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        Self { port, said, program }
    }

    async fn mail(&mut self) -> String {
        let line = timeout(Duration::from_secs(20), self.said.next_line()).await.expect("a mail is printed");
        let line: Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
        line["mail"].as_str().unwrap().to_owned()
    }
}

on_both! {
    async fn m1_the_mailbox_takes_mails_and_fails_as_it_is_told_to(engine: Engine) {
        let words = ["--fault", "recipient=550 5.1.1 no such user", "--fault", "cut=after-final-dot", "--every", "2"];
        let mut mailbox = Mailbox::start(&words).await;
        let world = World::with(engine, through(mailbox.port)).await;
        for (number, (state, detail)) in [
            (State::Sent, ""),
            (State::Bounced, "550 5.1.1 no such user"),
            (State::Sent, ""),
            (State::Deferred, ""),
        ]
        .into_iter()
        .enumerate()
        {
            world.deliver(vec![world.activation(&format!("p{number}@example.com"))]).await.unwrap();
            let heard = world.heard(number + 1).await.remove(number);
            assert_eq!(heard.state(), state, "{heard:?}");
            assert!(heard.detail.contains(detail), "{heard:?}");
        }
        // The last was taken, and its sender cannot know.
        for number in [0, 2, 3] {
            assert!(mailbox.mail().await.contains(&format!("p{number}@example.com")));
        }
    }
}

#[tokio::test]
async fn the_heap_of_a_program_is_not_rounded_up_to_huge_pages() {
    let mailbox = Mailbox::start(&[]).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", mailbox.program.id().unwrap())).unwrap();
    assert!(status.contains("THP_enabled:\t0"), "{status}");
}

#[tokio::test]
async fn a_fault_that_there_is_not_is_refused_with_what_there_is() {
    for (fault, told) in [
        ("final_dot=554 no", "final-dot=ANSWER"),
        ("recipient=no", "three digits"),
        ("recipient=noé", "three digits"),
        ("cut=here", "cut="),
    ] {
        let refused = Command::new(PROGRAM).args(["mailbox", "--fault", fault]).output().await.unwrap();
        assert_eq!(refused.status.code(), Some(2));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(told) && said.contains(fault), "{said}");
    }
}
