//! What the application may ask for, and may not.

use crate::pair::{Pair, client, keys, server};
use ossuary::backend::rustcrypto::{EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey};
use ossuary::v1::{MAX_PACKET, MAX_PLAINTEXT, RECORD_OVERHEAD};
use ossuary::{
    AnySuite, Builder, Channel, DefaultSuite, HEADER_LEN, MemoryKeyStore, Misuse, OssuaryError,
    SignatureScheme, trust::Anyone,
};

fn misuse<T: std::fmt::Debug>(result: Result<T, OssuaryError>) -> Misuse {
    match result {
        Err(OssuaryError::Misuse(misuse)) => misuse,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_protocol_1_does_not_have_is_refused() {
    let mut pair = Pair::open();
    let channel = &mut pair.client.channel;
    let mut out = [0; 100];
    assert_eq!(misuse(channel.rekey()), Misuse::NotInProtocol1);
    let padded = channel.seal_padded(b"text", 32, &mut out);
    assert_eq!(misuse(padded), Misuse::NotInProtocol1);
    let exported = channel.export_keying_material(b"label", b"", &mut out);
    assert_eq!(misuse(exported), Misuse::NotInProtocol1);
    let binding = channel.channel_binding().map(<[u8]>::len);
    assert_eq!(misuse(binding), Misuse::NotInProtocol1);
    pair.converse();

    let bound = client().prologue(b"name").build_v1();
    assert_eq!(misuse(bound), Misuse::NotInProtocol1);
    let bound = client().pre_shared_key(&[7; 32]).build_v1();
    assert_eq!(misuse(bound), Misuse::NotInProtocol1);
}

#[test]
fn a_record_has_a_limit_and_a_place() {
    let mut pair = Pair::open();
    let channel = &mut pair.client.channel;
    assert_eq!(channel.max_plaintext(), 16_384);
    assert_eq!(channel.record_overhead(), 28);
    assert_eq!(MAX_PACKET, MAX_PLAINTEXT + RECORD_OVERHEAD);
    let mut out = vec![0; MAX_PACKET + 1];
    let (len, max) = (MAX_PLAINTEXT + 1, MAX_PLAINTEXT);
    let long = vec![1; len];
    let error = Misuse::RecordTooLong { len, max };
    assert_eq!(misuse(channel.seal(&long, &mut out)), error);
    assert_eq!(misuse(channel.seal_in_place(&mut out, len)), error);
    let needed = MAX_PACKET;
    for room in [0, HEADER_LEN, needed - 1] {
        let short = &mut out[..room];
        assert!(matches!(
            channel.seal(&long[..max], short),
            Err(OssuaryError::BufferTooSmall { needed: asked }) if asked == needed
        ));
        assert!(matches!(
            channel.seal_in_place(short, max),
            Err(OssuaryError::BufferTooSmall { needed: asked }) if asked == needed
        ));
    }
    // What failed has changed nothing: this is the first record, of the first number.
    let first = pair.client.seal(b"first");
    assert_eq!(first[2..4], [0, 2]);
    pair.server.feed(&first);
    assert_eq!(pair.server.records(), [b"first"]);
    assert_eq!(pair.client.channel.records_sent(), 1);
    // In place and not are the same, at each end.
    for len in [0, 1, 4, 5, max] {
        let mut other = Pair::open();
        out[HEADER_LEN..HEADER_LEN + len].fill(6);
        let mut one = Pair::open();
        let sealed = one.client.seal(&vec![6; len]);
        let written = other.client.channel.seal_in_place(&mut out, len).unwrap();
        assert_eq!(out[..written], sealed);
    }
    // Before it is open, and after.
    let mut fresh = client().build_v1().unwrap();
    assert_eq!(misuse(fresh.seal(b"", &mut out)), Misuse::NotOpen);
    assert!(matches!(
        fresh.send(&mut [0; 91]),
        Err(OssuaryError::BufferTooSmall { needed: 92 })
    ));
    assert_eq!(fresh.send(&mut out).unwrap(), 92);
}

#[test]
fn host_keys_are_ed25519_keys() {
    let ed25519 = || Ed25519SigningKey::from_secret([1; 32].into()).unwrap();
    let p256 = || EcdsaP256SigningKey::from_secret([1; 32].into()).unwrap();
    let ml_dsa = || MlDsa65SigningKey::from_secret([1; 32].into()).unwrap();
    let made = |store: MemoryKeyStore| server().key_store(store).build_v1();
    for (store, scheme) in [
        (
            MemoryKeyStore::new().with(p256()),
            SignatureScheme::EcdsaP256Sha256,
        ),
        (
            MemoryKeyStore::new().with(ml_dsa()),
            SignatureScheme::MlDsa65,
        ),
    ] {
        // A client with such a key alone is not taken for an anonymous one.
        let refused = Misuse::SchemeNotInProtocol1(scheme);
        assert_eq!(misuse(made(store)), refused);
    }
    let client_of_p256 = client().key_store(MemoryKeyStore::new().with(p256()));
    let refused = Misuse::SchemeNotInProtocol1(SignatureScheme::EcdsaP256Sha256);
    assert_eq!(misuse(client_of_p256.build_v1()), refused);
    // The first that it can use.
    let both = MemoryKeyStore::new().with(ml_dsa()).with(ed25519());
    let own = made(both).unwrap();
    let scheme = own.local_identity().map(ossuary::Identity::scheme);
    assert_eq!(scheme, Some(SignatureScheme::Ed25519));
    // And what a rule picks, or nothing.
    let both = MemoryKeyStore::new().with(ml_dsa()).with(ed25519());
    let picked = client().key_store(both);
    let picked = picked.identity_by(|choice| choice.identities().first().cloned());
    let refused = Misuse::SchemeNotInProtocol1(SignatureScheme::MlDsa65);
    assert_eq!(misuse(picked.build_v1()), refused);
    assert_eq!(misuse(made(MemoryKeyStore::new())), Misuse::NoHostKey);
}

#[test]
fn an_acceptor_of_both_has_what_both_need() {
    let suites = [AnySuite::of::<DefaultSuite>("rustcrypto")];
    let builder = || {
        Builder::<AnySuite>::server()
            .trust(Anyone)
            .key_store(keys(2))
    };
    let also = |builder: Builder<AnySuite, MemoryKeyStore>| {
        let acceptor = builder.acceptor(&suites).unwrap();
        acceptor.also_protocol_1::<DefaultSuite>()
    };
    also(builder()).unwrap();
    let bound = also(builder().prologue(b"name"));
    assert_eq!(misuse(bound), Misuse::NotInProtocol1);
    let bound = also(builder().pre_shared_key(&[7; 32]));
    assert_eq!(misuse(bound), Misuse::NotInProtocol1);
    let p256 = EcdsaP256SigningKey::from_secret([1; 32].into()).unwrap();
    let other = also(builder().key_store(MemoryKeyStore::new().with(p256)));
    let refused = Misuse::SchemeNotInProtocol1(SignatureScheme::EcdsaP256Sha256);
    assert_eq!(misuse(other), refused);
}
