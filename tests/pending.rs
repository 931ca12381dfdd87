//! A thousand handshakes that wait for their signatures at the same time, on one thread:
//! by the driver that the example `pending` shows, on a clock that stands still.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

#[path = "../examples/pending/handshake.rs"]
mod handshake;

use handshake::handshake;
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::Secret;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Builder, DefaultSuite, Deferred, Identity, KeyStore, KeyStoreError, MemoryKeyStore,
    PendingSignature, Signature,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::runtime;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

const HANDSHAKES: usize = 1000;

/// On the clock that stands still: it is over at once where all wait for one another.
const LIMIT: Duration = Duration::from_secs(3600);

/// Room in a stream, in bytes: not enough for a packet.
const STREAM: usize = 64;

/// A signer that answers nobody until as many have asked as there are handshakes.
struct Signer {
    keys: Arc<Deferred<MemoryKeyStore>>,
    all_have_asked: Barrier,
    answered: AtomicUsize,
}

impl Signer {
    fn new(seed: u8) -> Arc<Self> {
        let key = Ed25519SigningKey::from_secret(Secret::from([seed; 32])).unwrap();
        Arc::new(Signer {
            keys: Arc::new(Deferred::new(MemoryKeyStore::new().with(key)).unwrap()),
            all_have_asked: Barrier::new(HANDSHAKES),
            answered: AtomicUsize::new(0),
        })
    }

    fn identity(&self) -> Identity {
        self.keys.identities().unwrap().remove(0)
    }

    fn sign(
        self: &Arc<Self>,
        pending: PendingSignature,
    ) -> impl Future<Output = Result<Signature, KeyStoreError>> + use<> {
        let signer = Arc::clone(self);
        async move {
            assert_eq!(signer.answered.load(Ordering::Relaxed), 0);
            signer.all_have_asked.wait().await;
            signer.answered.fetch_add(1, Ordering::Relaxed);
            pending.sign(signer.keys.get_ref())
        }
    }
}

/// One end, whose handshake is neither reset nor takes any time.
async fn end(
    builder: Builder<DefaultSuite>,
    mut stream: DuplexStream,
    signer: Arc<Signer>,
    peer: Identity,
) {
    let mut connection = builder
        .key_store(Arc::clone(&signer.keys))
        .trust(AuthorizedKeys::new([peer.clone()]))
        .build()
        .unwrap();
    let begun = Instant::now();
    let carried = handshake(&mut stream, &mut connection, |pending| signer.sign(pending));
    assert_eq!(carried.await.unwrap(), []);
    assert_eq!(connection.last_reset(), None);
    assert_eq!(connection.remote_identity(), Some(&peer));
    assert_eq!(begun.elapsed().as_nanos(), 0);
}

/// The clock goes on by itself only where nothing else can: if one handshake held up
/// another, time would pass, and a client would time out.
#[test]
fn a_thousand_handshakes_wait_for_their_signatures_on_one_thread() {
    let runtime = runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (servers, clients) = (Signer::new(1), Signer::new(2));
    runtime.block_on(async {
        let mut ends = JoinSet::new();
        for _ in 0..HANDSHAKES {
            let (near, far) = tokio::io::duplex(STREAM);
            let (server, client) = (Arc::clone(&servers), Arc::clone(&clients));
            let (server_key, client_key) = (server.identity(), client.identity());
            ends.spawn(end(Builder::server(), near, server, client_key));
            ends.spawn(end(Builder::client(), far, client, server_key));
        }
        let all = timeout(LIMIT, ends.join_all()).await;
        all.expect("no handshake waits for another");
    });
    for signer in [servers, clients] {
        assert_eq!(signer.answered.load(Ordering::Relaxed), HANDSHAKES);
    }
}
