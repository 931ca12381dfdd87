//! What the tests of agents share.

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod by_hand;

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::trust::AuthorizedKeys;
use ossuary::{
    Builder, DefaultSuite, Event, MemoryKeyStore, OssuaryConnection, OssuaryError, Status,
};
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, Role, Secret, SigningKey,
};
use std::error::Error;

/// The class of an error.
#[track_caller]
pub(crate) fn kind<T>(result: Result<T, KeyStoreError>) -> KeyStoreErrorKind {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.kind(),
    }
}

/// An error and all under it, in words.
pub(crate) fn said(error: &KeyStoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// A connection with the store, and one with a key in memory, which trust each other.
pub(crate) struct Ends<K> {
    ours: OssuaryConnection<DefaultSuite, K>,
    theirs: OssuaryConnection<DefaultSuite>,
}

impl<K: KeyStore> Ends<K> {
    /// A handshake up to where our side is to sign.
    pub(crate) fn up_to_signing(role: Role, store: K, identity: &Identity) -> Self {
        let key = Ed25519SigningKey::from_secret(Secret::from([7; 32])).unwrap();
        let (our_builder, their_builder) = match role {
            Role::Client => (Builder::client(), Builder::server()),
            Role::Server => (Builder::server(), Builder::client()),
        };
        let mut ends = Ends {
            ours: our_builder
                .key_store(store)
                .identity(identity.clone())
                .trust(AuthorizedKeys::new([key.identity()]))
                .build()
                .unwrap(),
            theirs: their_builder
                .trust(AuthorizedKeys::new([identity.clone()]))
                .key_store(MemoryKeyStore::new().with(key))
                .build()
                .unwrap(),
        };
        if role == Role::Client {
            carry(&mut ends.ours, &mut ends.theirs);
        }
        carry(&mut ends.theirs, &mut ends.ours);
        ends
    }

    /// Our side has something to send, and cannot: nothing has changed.
    #[track_caller]
    pub(crate) fn fails_to_send(&mut self, kind: KeyStoreErrorKind) -> KeyStoreError {
        assert!(self.ours.wants_send());
        let mut out = [0xa5; 1000];
        match self.ours.send(&mut out) {
            Err(OssuaryError::KeyStore(error)) => {
                assert_eq!(error.kind(), kind, "{}", said(&error));
                assert_eq!(out, [0xa5; 1000]);
                assert_eq!(self.ours.failure(), None);
                error
            }
            other => panic!("{other:?}"),
        }
    }

    /// The handshake goes on to its end.
    pub(crate) fn complete(mut self) {
        while self.ours.status() != Status::Open || self.theirs.status() != Status::Open {
            carry(&mut self.ours, &mut self.theirs);
            carry(&mut self.theirs, &mut self.ours);
        }
        assert_eq!(self.ours.last_reset(), None);
        let mut record = [0; 100];
        let len = self.ours.seal(b"data", &mut record).unwrap();
        match self.theirs.receive(&mut record[..len]).unwrap().event {
            Event::Record(data) => assert_eq!(data, b"data"),
            event => panic!("{event:?}"),
        }
    }
}

fn carry<K: KeyStore, L: KeyStore>(
    from: &mut OssuaryConnection<DefaultSuite, K>,
    to: &mut OssuaryConnection<DefaultSuite, L>,
) {
    let mut buffer = [0; 1000];
    let len = from.send(&mut buffer).unwrap();
    if len > 0 {
        assert_eq!(to.receive(&mut buffer[..len]).unwrap().consumed, len);
    }
}
