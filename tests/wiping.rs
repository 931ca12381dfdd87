//! Secrets cannot be cloned, compared or printed, and no copy of them is left in
//! memory when they are not needed any more.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::backend::rustcrypto::{
    Aes256Gcm, ChaCha20Poly1305, EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey, P256,
    Sha256, Sha384, X25519, X25519MlKem768,
};
use ossuary::trust::Anyone;
use ossuary::{
    Builder, DefaultSuite, Identity, MAX_PACKET, MemoryKeyStore, OssuaryConnection, Random,
    Receiver, Sender, Status,
};
use ossuary_traits::{Aead, Hash, RandomError, Secret};
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use zeroize::ZeroizeOnDrop;

/// Whether a type implements a trait: the inherent constant exists where it does
/// and goes before the trait's, which exists always.
macro_rules! implements {
    ($type:ty: $bound:path) => {{
        #[allow(dead_code, reason = "only the one constant that is found is used")]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T> Otherwise for T {}
        #[allow(dead_code, reason = "only the one constant that is found is used")]
        struct Probe<T>(PhantomData<T>);
        #[allow(dead_code, reason = "only the one constant that is found is used")]
        impl<T: $bound> Probe<T> {
            const ANSWER: bool = true;
        }
        <Probe<$type>>::ANSWER
    }};
}

/// Does not compile where a type gives a secret away.
macro_rules! are_secret {
    ($($type:ty,)*) => {$(
        const { assert!(!implements!($type: Clone), "it is cloned") };
        const { assert!(!implements!($type: PartialEq), "it is compared") };
        const { assert!(!implements!($type: Display), "it is displayed") };
    )*};
}

#[test]
fn secrets_are_not_cloned_or_compared_or_displayed() {
    const { assert!(implements!(Identity: Clone) && implements!(Identity: PartialEq)) };
    const { assert!(implements!(String: Display)) };
    are_secret![
        Secret<32>,
        <Sha256 as Hash>::Prk,
        <Sha384 as Hash>::Prk,
        Ed25519SigningKey,
        EcdsaP256SigningKey,
        MlDsa65SigningKey,
        MemoryKeyStore,
        X25519,
        P256,
        X25519MlKem768,
        ChaCha20Poly1305,
        Aes256Gcm,
        Builder<DefaultSuite>,
        OssuaryConnection,
        Sender<DefaultSuite>,
        Receiver<DefaultSuite, MemoryKeyStore>,
    ];
    #[cfg(feature = "v1")]
    are_secret![ossuary::v1::Connection<DefaultSuite>,];
}

#[test]
fn secrets_wipe_themselves() {
    fn wipes<T: ZeroizeOnDrop>(_: &T) {}
    wipes(&Secret::from([1; 32]));
    wipes(&ossuary::generate_auth_keypair().unwrap().0);
}

/// Draws that follow from a seed, and are others for another.
struct Seeded(u8);

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(3);
            *byte = self.0;
        }
        Ok(())
    }
}

fn key_store(seed: [u8; 32]) -> MemoryKeyStore {
    MemoryKeyStore::new().with(Ed25519SigningKey::from_secret(seed.into()).unwrap())
}

fn host_of<S: ossuary::CryptoSuite>(
    builder: Builder<S>,
    seed: [u8; 32],
    pre_shared_key: &[u8],
    random: impl Random + Send + 'static,
) -> Builder<S> {
    let builder = builder.key_store(key_store(seed)).trust(Anyone);
    builder.pre_shared_key(pre_shared_key).random(random)
}

/// Carries packets until both ends are open; `at_each_step` looks on.
fn shake_hands<'a>(
    client: &mut OssuaryConnection,
    server: &mut OssuaryConnection,
    mut at_each_step: impl FnMut(&OssuaryConnection, &OssuaryConnection) + 'a,
) {
    let mut buffer = vec![0; MAX_PACKET];
    while client.status() != Status::Open || server.status() != Status::Open {
        let sent = client.send(&mut buffer).unwrap();
        at_each_step(client, server);
        server.receive(&mut buffer[..sent]).unwrap();
        at_each_step(client, server);
        let sent = server.send(&mut buffer).unwrap();
        at_each_step(client, server);
        client.receive(&mut buffer[..sent]).unwrap();
        at_each_step(client, server);
    }
}

/// Everything that can be printed on the way through a connection.
fn printed(pre_shared_key: [u8; 32], random: [u8; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut print = |value: &dyn Debug| lines.push(format!("{value:?} {value:#?}"));

    let [server_random, client_random] = random.map(Seeded);
    let server = host_of(Builder::server(), [7; 32], &pre_shared_key, server_random);
    let client = host_of(Builder::client(), [9; 32], &pre_shared_key, client_random);
    print(&server);
    print(&client);
    let (mut server, mut client) = (server.build().unwrap(), client.build().unwrap());
    shake_hands(&mut client, &mut server, |client, server| {
        print(client);
        print(server);
    });
    print(client.key_store());
    let (sender, receiver) = client.split().unwrap();
    print(&sender);
    print(&receiver);
    server.disconnect(true);
    print(&server);
    lines
}

#[test]
fn what_is_printed_does_not_depend_on_secrets() {
    let lines = printed([1; 32], [1, 2]);
    assert_eq!(lines, printed([2; 32], [3, 4]));
    assert!(lines.iter().any(|line| line.contains("Identity(Ed25519")));
}

#[test]
fn what_is_printed_has_no_host_key_in_it() {
    let mut seed = [0; 32];
    Seeded(0xd0).fill(&mut seed).unwrap();
    let key = || Ed25519SigningKey::from_secret(seed.into()).unwrap();
    let secret = Secret::from(seed);
    let store = MemoryKeyStore::new().with(key());
    for line in [
        format!("{secret:?} {secret:#?}"),
        format!("{:?} {:#?}", key(), key()),
        format!("{store:?} {store:#?}"),
    ] {
        for bytes in seed.windows(3) {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let list = format!("{bytes:?}");
            assert!(!line.to_lowercase().contains(&hex), "{line}");
            assert!(!line.contains(list.trim_matches(['[', ']'])), "{line}");
        }
    }
}

/// Looks for secrets in the memory of this process.
#[cfg(target_os = "linux")]
mod memory {
    use super::*;
    use ossuary::OsRandom;
    use ossuary_test_memory::{PIECE, Room, mask, masked};
    use std::hint::black_box;
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    /// One of several secrets, no two of which have a piece in common.
    struct Masked([u8; 32]);

    impl Masked {
        fn any(number: u64) -> Self {
            Masked(masked(number))
        }

        fn unmask_into(&self, out: &mut [u8]) {
            for (byte, masked) in out.iter_mut().zip(self.0) {
                *byte = mask(masked);
            }
        }

        fn unmasked(&self) -> Secret<32> {
            let mut secret = Secret::from([0; 32]);
            self.unmask_into(secret.expose_mut());
            secret
        }

        /// How many pieces of it there are in memory.
        #[inline(never)]
        fn pieces_found(&self) -> usize {
            // In a frame that is nearly empty, so that it has nothing of an earlier one.
            let end_of_stack = 0;
            room().pieces_found(&[&self.0], (&raw const end_of_stack).addr())
        }
    }

    fn room() -> MutexGuard<'static, Room> {
        static ROOM: LazyLock<Mutex<Room>> = LazyLock::new(|| Mutex::new(Room::new()));
        ROOM.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const WHOLE: usize = 32 / PIECE;

    /// One after the other: whoever looks through memory copies other tests'
    /// secrets to a stack that these look at.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        drop(room());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn what_is_there_is_found() {
        let _alone = alone();
        let secret = Masked::any(1);
        assert_eq!(secret.pieces_found(), 0);
        let unmasked = secret.unmasked();
        assert_eq!(secret.pieces_found(), WHOLE);
        drop(unmasked);
        assert_eq!(secret.pieces_found(), 0);
    }

    #[test]
    fn a_host_key_goes_with_its_connection() {
        let _alone = alone();
        let seed = Masked::any(2);
        let key = Ed25519SigningKey::from_secret(seed.unmasked()).unwrap();
        let store = MemoryKeyStore::new().with(key);
        let server = Builder::server().key_store(store).trust(Anyone);
        let mut server: OssuaryConnection = server.build().unwrap();
        let mut client = OssuaryConnection::new(ossuary::ConnectionType::Client, None).unwrap();
        client
            .authorize(server.local_identity().unwrap().clone())
            .unwrap();
        shake_hands(&mut client, &mut server, |_, _| ());

        assert_eq!(seed.pieces_found(), WHOLE, "the key store has it, once");
        drop(server);
        assert_eq!(seed.pieces_found(), 0);
    }

    /// The two ends of a handshake with a pre-shared key.
    fn with_pre_shared_key(key: &Masked) -> (OssuaryConnection, OssuaryConnection) {
        let key = key.unmasked();
        let server = host_of(Builder::server(), [1; 32], key.expose(), OsRandom);
        let client = host_of(Builder::client(), [2; 32], key.expose(), OsRandom);
        (client.build().unwrap(), server.build().unwrap())
    }

    #[test]
    fn a_pre_shared_key_goes_with_its_connection() {
        let _alone = alone();
        let key = Masked::any(3);
        let (mut client, mut server) = with_pre_shared_key(&key);
        shake_hands(&mut client, &mut server, |_, _| ());

        assert_eq!(key.pieces_found(), 2 * WHOLE, "each side has it, once");
        drop(client);
        assert_eq!(key.pieces_found(), WHOLE);
        drop(server);
        assert_eq!(key.pieces_found(), 0);
    }

    #[test]
    fn a_pre_shared_key_goes_when_the_connection_is_over() {
        let _alone = alone();
        let key = Masked::any(4);
        let (mut client, mut server) = with_pre_shared_key(&key);
        shake_hands(&mut client, &mut server, |_, _| ());
        drop(client);

        server.disconnect(true);
        assert_eq!(server.status(), Status::Failed);
        assert_eq!(key.pieces_found(), 0);
    }

    /// Draws a known ephemeral key first, and after it from the system.
    struct Replayed(Option<Masked>);

    impl Random for Replayed {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            match self.0.take() {
                Some(key) => {
                    assert_eq!(out.len(), 32);
                    key.unmask_into(out);
                    Ok(())
                }
                None => OsRandom.fill(out),
            }
        }
    }

    #[test]
    fn a_clients_ephemeral_key_goes_with_the_handshake() {
        let _alone = alone();
        let key = Masked::any(5);
        let replayed = Replayed(Some(Masked::any(5)));
        let server = host_of(Builder::server(), [1; 32], &[3; 32], OsRandom);
        let client = host_of(Builder::client(), [2; 32], &[3; 32], replayed);
        let (mut client, mut server) = (client.build().unwrap(), server.build().unwrap());
        let mut found = Vec::new();
        shake_hands(&mut client, &mut server, |_, _| {
            found.push(key.pieces_found())
        });
        // It is there until the ServerHandshake has been received, and no longer.
        assert_eq!(found[..4], [WHOLE, WHOLE, WHOLE, 0]);
        assert_eq!(found[4..], [0; 4]);
    }

    #[test]
    fn a_servers_ephemeral_key_is_gone_at_once() {
        let _alone = alone();
        let key = Masked::any(6);
        let replayed = Replayed(Some(Masked::any(6)));
        let server = host_of(Builder::server(), [1; 32], &[3; 32], replayed);
        let client = host_of(Builder::client(), [2; 32], &[3; 32], OsRandom);
        let (mut client, mut server) = (client.build().unwrap(), server.build().unwrap());
        shake_hands(&mut client, &mut server, |_, _| {
            assert_eq!(key.pieces_found(), 0);
        });
    }

    /// The shared secret of two known ephemeral keys, written down masked.
    #[cfg(feature = "v1")]
    #[inline(never)]
    fn shared(client: u64, server: u64) -> Masked {
        use ossuary_traits::KeyExchange;
        let exchange = |number| {
            let mut replayed = Replayed(Some(Masked::any(number)));
            X25519::generate(&mut replayed).unwrap()
        };
        let ((client, _), (_, share)) = (exchange(client), exchange(server));
        let z = client.complete(&share).unwrap();
        let mut masked = Masked([0; 32]);
        for (masked, byte) in masked.0.iter_mut().zip(z.as_ref()) {
            *masked = mask(*byte);
        }
        masked
    }

    /// In protocol 1 the shared secret is the session key itself.
    #[cfg(feature = "v1")]
    #[test]
    fn a_session_key_of_protocol_1_goes_with_its_session() {
        use ossuary::Channel;
        let _alone = alone();
        let key = shared(8, 9);
        let side = |builder: Builder<DefaultSuite>, seed: u8, number| {
            let builder = builder.key_store(key_store([seed; 32])).trust(Anyone);
            let random = Replayed(Some(Masked::any(number)));
            builder.random(random).build_v1().unwrap()
        };
        let mut client = side(Builder::client(), 2, 8);
        let mut server = side(Builder::server(), 1, 9);
        assert_eq!(key.pieces_found(), 0);
        let mut buffer = vec![0; MAX_PACKET];
        for _ in 0..2 {
            let sent = client.send(&mut buffer).unwrap();
            server.receive(&mut buffer[..sent]).unwrap();
            let sent = server.send(&mut buffer).unwrap();
            client.receive(&mut buffer[..sent]).unwrap();
        }
        assert_eq!(client.status(), Status::Open);
        assert_eq!(key.pieces_found(), 2 * WHOLE, "each side has it, once");
        client.disconnect(false);
        assert_eq!(key.pieces_found(), WHOLE);
        // A packet of no type: the server drops its keys and resets.
        server.receive(&mut [0, 0, 0, 0, 0, 0x77, 0, 0]).unwrap();
        assert_eq!(server.status(), Status::Recovering);
        assert_eq!(key.pieces_found(), 0);
        assert_eq!(Masked::any(8).pieces_found(), 0);
        assert_eq!(Masked::any(9).pieces_found(), 0);
    }

    /// Makes a value and drops it, on the heap as the protocol holds it, and in a
    /// frame of the stack that is not in use any more when it is looked for.
    #[inline(never)]
    fn make_and_drop<T>(make: impl FnOnce(Secret<32>) -> T, secret: &Masked) {
        drop(black_box(Box::new(make(secret.unmasked()))));
    }

    /// Keys of every backend: none is left when what holds it is dropped.
    fn goes_with<T>(what: &str, make: impl FnOnce(Secret<32>) -> T) {
        let _alone = alone();
        let secret = Masked::any(7);
        make_and_drop(make, &secret);
        assert_eq!(secret.pieces_found(), 0, "{what}");
    }

    fn keys_of<S: ossuary::CryptoSuite>(what: &str)
    where
        S::Hash: Hash<Secret = Secret<32>>,
    {
        goes_with(&format!("AEAD of {what}"), |key| S::Aead::new(&key));
        goes_with(&format!("HKDF of {what}"), |key| S::Hash::prk(&key));
        goes_with(&format!("HKDF-Extract of {what}"), |key| {
            S::Hash::extract(b"salt", &[key.expose(), b"more"])
        });
    }

    /// The backends' suites, by their module, and the schemes that they sign with.
    macro_rules! backends {
        ($($feature:literal $module:ident: $($suite:ident)* / $($key:ident)*;)*) => {$(
            #[cfg(feature = $feature)]
            #[test]
            fn $module() {
                use ossuary::backend::$module;
                $(keys_of::<$module::$suite>(concat!($feature, " ", stringify!($suite)));)*
                $(goes_with(concat!($feature, " ", stringify!($key)), |seed| {
                    $module::$key::from_secret(seed).unwrap()
                });)*
            }
        )*};
    }

    backends! {
        "rustcrypto" rustcrypto:
            X25519ChaCha20Poly1305Sha256 X25519Aes256GcmSha256 /
            Ed25519SigningKey EcdsaP256SigningKey MlDsa65SigningKey;
        "ring" ring:
            X25519ChaCha20Poly1305Sha256 X25519Aes256GcmSha256 /
            Ed25519SigningKey;
        "orion" orion:
            X25519ChaCha20Poly1305Sha256 /
            MlDsa65SigningKey;
        "aws-lc" aws_lc:
            X25519ChaCha20Poly1305Sha256 X25519Aes256GcmSha256 /
            Ed25519SigningKey EcdsaP256SigningKey MlDsa65SigningKey;
        "graviola" graviola:
            X25519ChaCha20Poly1305Sha256 X25519Aes256GcmSha256 /
            Ed25519SigningKey EcdsaP256SigningKey;
    }
}
