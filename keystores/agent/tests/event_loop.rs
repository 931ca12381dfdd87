//! Signing in an event loop.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod common;

use common::by_hand::{
    Answer, ByHand, FAILURE, FULL_QUEUE, SUCCESS, dripping, frame, framed, in_time, key, list,
    our_list, signing_with, some_signature, with_full_queue,
};
use common::kind;
use ossuary_agent::Agent;
use ossuary_traits::KeyStoreErrorKind::{Broken, Denied, Locked, NotFound, TryAgain};
use ossuary_traits::{KeyStore, KeyStoreError, Role, SignRequest, Signature, SigningKey};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixSocket;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn signing(agent: &Agent) -> impl Future<Output = Result<Signature, KeyStoreError>> + Send + use<> {
    let request = SignRequest::new(Role::Server, b"message");
    agent.sign_async(&key(1).identity(), &request)
}

fn sign(agent: &Agent) -> Result<Signature, KeyStoreError> {
    runtime().block_on(signing(agent))
}

#[test]
fn it_signs_as_the_store_does() {
    let listing = || Box::new(|_: &[u8]| frame(&our_list())) as Answer;
    // The list is asked for once.
    let answers = vec![listing(), signing_with(1), signing_with(1)];
    let (by_hand, agent) = ByHand::answering(answers);
    let expected = key(1).sign(b"message").unwrap();
    for _ in 0..2 {
        assert_eq!(sign(&agent).unwrap().bytes(), expected.bytes());
    }
    by_hand.requests();
}

#[test]
fn it_fails_as_the_store_does() {
    let cases = [
        (vec![list(&[])], Locked),
        (vec![FAILURE.to_vec()], Locked),
        (vec![our_list(), FAILURE.to_vec(), our_list()], Denied),
        (vec![our_list(), FAILURE.to_vec(), list(&[])], Locked),
        (vec![our_list(), SUCCESS.to_vec()], Broken),
        (vec![some_signature()], Broken),
    ];
    for (answers, class) in cases {
        let (by_hand, agent) = ByHand::new(answers.clone().into_iter().map(framed));
        assert_eq!(kind(sign(&agent)), class, "{answers:?}");
        by_hand.requests();
    }
    // Longer than what is read, and cut off.
    for (answer, class) in [
        (vec![0xff; 100], Broken),
        (frame(&our_list())[..9].into(), TryAgain),
    ] {
        let (by_hand, agent) = ByHand::new([answer]);
        assert_eq!(kind(sign(&agent)), class);
        by_hand.requests();
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        kind(sign(&Agent::at(folder.path().join("nothing")))),
        NotFound
    );
}

#[test]
fn an_agent_that_does_not_answer_is_given_up_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let agent = Agent::at(&path).with_timeout(Duration::from_millis(10));
    assert_eq!(kind(sign(&agent)), TryAgain);
}

#[test]
fn the_timeout_is_for_the_connection_and_the_answer_too() {
    let (_folder, dripping) = dripping();
    let (_sockets, full) = with_full_queue();
    for (agent, class) in [(dripping, TryAgain), (full, FULL_QUEUE)] {
        let agent = agent.with_timeout(Duration::from_millis(100));
        assert_eq!(in_time(move || kind(sign(&agent))), class);
    }
}

/// A socket that does not block is told that the agent's queue is full; one that blocks
/// waits. Here both wait.
#[test]
fn more_requests_than_the_agent_lets_queue_wait_for_it() {
    const REQUESTS: usize = 20;
    let (by_hand, agent) = ByHand::new([frame(&our_list())]);
    agent.identities().unwrap();
    let socket = by_hand.remove_socket();
    runtime().block_on(async {
        let listener = UnixSocket::new_stream().unwrap();
        listener.bind(&socket).unwrap();
        let listener = listener.listen(1).unwrap();
        let mut requests = JoinSet::new();
        for _ in 0..REQUESTS {
            requests.spawn(signing(&agent));
        }
        // All of them have tried to connect before any is accepted.
        tokio::task::yield_now().await;
        for _ in 0..REQUESTS {
            let mut socket = listener.accept().await.unwrap().0;
            let len = socket.read_u32().await.unwrap();
            let mut request = vec![0; usize::try_from(len).unwrap()];
            socket.read_exact(&mut request).await.unwrap();
            let answer = signing_with(1)(&request);
            socket.write_all(&answer).await.unwrap();
        }
        for signature in requests.join_all().await {
            signature.unwrap();
        }
    });
}
