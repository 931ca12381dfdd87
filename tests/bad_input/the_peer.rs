//! The hand-made peer, unbent: it speaks protocol 2 in both roles.

use crate::pair::{Got, OUR_KEY, Pair, ROLES, builder, peer_of};
use crate::peer::{Peer, host_key, wire};
use ossuary::backend::rustcrypto::{
    EcdsaP256SigningKey, MlDsa65SigningKey, P256Aes256GcmSha384, X25519ChaCha20Poly1305Sha256,
    X25519MlKem768ChaCha20Poly1305Sha256,
};
use ossuary::ossuary_traits::{Secret, SigningKey};
use ossuary::trust::Anyone;
use ossuary::{CryptoSuite, Role, Status};
use std::rc::Rc;

fn speaks<S: CryptoSuite>() {
    for role in ROLES {
        let mut pair = Pair::<S>::new(role).into_open();
        pair.talk();

        // An exporter.
        let mut exported = [0; 80];
        let ours = &pair.ours.connection;
        ours.export_keying_material(b"label", b"context", &mut exported)
            .unwrap();
        assert_eq!(pair.peer.export(b"label", b"context", 80), exported);

        // Re-keying, and padding, in both directions and together.
        let (flags, plaintext) = (
            wire::SEALED | wire::REKEY | wire::PADDED,
            b"rekeyed\x80\0\0",
        );
        let packet = pair.peer.seal(wire::ENCRYPTED_DATA, flags, plaintext);
        pair.peer.sent += 1;
        assert_eq!(pair.ours.give(&packet), [Got::Record(b"rekeyed".to_vec())]);
        pair.ours.connection.rekey().unwrap();
        let mut packet = vec![0; 100];
        let seal = pair
            .ours
            .connection
            .seal_padded(b"rekeyed", 76, &mut packet);
        assert_eq!(seal.unwrap(), 100);
        let (header, plaintext) = pair.peer.open(&packet);
        assert_eq!(header.flags, flags);
        assert_eq!(plaintext, b"rekeyed");
        pair.talk();

        // A reset by each side, and after it the same channel.
        pair.is_reset_by_peer("the peer resets", wire::FAILED);
        let damaged = {
            let mut packet = pair.peer.record(b"damaged");
            *packet.last_mut().unwrap() ^= 1;
            packet
        };
        let error = ossuary::PeerError::DecryptionFailed;
        let reset = pair.resets("we reset", &damaged, error, wire::DECRYPTION_FAILED);
        pair.recover(&reset);

        // A clean end by the peer.
        let packet = pair.peer.close();
        assert_eq!(pair.ours.give(&packet), [Got::Closed]);
        assert_eq!(pair.status(), Status::Closed);

        // And one by our side.
        let mut pair = Pair::<S>::new(role).into_open();
        pair.ours.connection.disconnect(false);
        let packet = pair.ours.take();
        let (header, plaintext) = pair.peer.open(&packet);
        assert_eq!(
            (header.kind, header.flags),
            (wire::DISCONNECT, wire::SEALED)
        );
        assert_eq!(wire::Alert::decode(&plaintext).reason, wire::CLOSED);
        assert_eq!(
            wire::Alert::decode(&plaintext).token,
            pair.peer.peer_token()
        );
        assert_eq!(pair.status(), Status::Closed);
    }
}

#[test]
fn it_speaks_the_default_suite() {
    speaks::<X25519ChaCha20Poly1305Sha256>();
}

#[test]
fn it_speaks_the_other_algorithms() {
    speaks::<P256Aes256GcmSha384>();
    speaks::<X25519MlKem768ChaCha20Poly1305Sha256>();
}

#[test]
fn it_has_keys_of_every_scheme_or_none() {
    let keys: [Rc<dyn SigningKey>; 3] = [
        Rc::new(host_key(1)),
        Rc::new(EcdsaP256SigningKey::from_secret(Secret::from([1; 32])).unwrap()),
        Rc::new(MlDsa65SigningKey::from_secret(Secret::from([1; 32])).unwrap()),
    ];
    for key in keys {
        for role in ROLES {
            let mut peer = peer_of::<X25519ChaCha20Poly1305Sha256>(role);
            peer.key = Some(Rc::clone(&key));
            Pair::of(builder(role).trust(Anyone), peer)
                .into_open()
                .talk();
        }
    }
    let anonymous = Peer::<X25519ChaCha20Poly1305Sha256>::client(None);
    let mut pair = Pair::of(builder(Role::Server).trust(Anyone), anonymous).into_open();
    assert_eq!(pair.ours.connection.remote_identity(), None);
    pair.talk();
}

#[test]
fn it_has_prologues_and_pre_shared_keys() {
    for role in ROLES {
        let ours = builder::<X25519ChaCha20Poly1305Sha256>(role)
            .trust(Anyone)
            .prologue(b"a prologue")
            .pre_shared_key(&[OUR_KEY; 16]);
        let mut peer = peer_of(role);
        peer.prologue = b"a prologue".to_vec();
        peer.chain = vec![OUR_KEY; 16];
        Pair::of(ours, peer).into_open().talk();
    }
}
