//! Tokens, logins and keys that go away, and come back.

use crate::hsm::{Hsm, failed, object, pin, sign};
use cryptoki::object::ObjectClass;
use cryptoki::types::AuthPin;
use ossuary_pkcs11::{Pin, Pkcs11KeyStore, Token};
use ossuary_test_parts::softhsm::SO_PIN;
use ossuary_traits::KeyStoreErrorKind::{Denied, NotFound, TryAgain};
use ossuary_traits::{Identity, KeyStore, SignatureScheme};
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A store with one key, and how often the PIN was asked for.
fn store(hsm: &Hsm) -> (Pkcs11KeyStore, Identity, Arc<AtomicUsize>) {
    let (token, asked) = hsm.counting_token();
    let identity = token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    let store = token.key_store().unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    (store, identity, asked)
}

/// What `happens` is noticed by a store, which logs in again, and is whole.
fn recovers(hsm: &Hsm, happens: impl Fn()) {
    let (store, identity, asked) = store(hsm);
    for times in 2..4 {
        happens();
        for _ in 0..2 {
            sign(&store, &identity).unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), times);
        assert_eq!(store.identities().unwrap(), from_ref(&identity));
    }
    // And so does a token.
    let token = hsm.token();
    happens();
    token.key_store().unwrap();
    happens();
    token
        .generate(SignatureScheme::EcdsaP256Sha256, "other", &[2])
        .unwrap();
}

pub(crate) fn logged_out(hsm: &Hsm) {
    recovers(hsm, || hsm.session().logout().unwrap());
}

pub(crate) fn module_finalized(hsm: &Hsm) {
    recovers(hsm, || hsm.module().finalize().unwrap());
}

pub(crate) fn sessions_gone(hsm: &Hsm) {
    recovers(hsm, || {
        hsm.module().finalize().unwrap();
        // Initializes it again.
        hsm.module();
    });
}

pub(crate) fn threads_find_it_gone(hsm: &Hsm) {
    let (store, identity, asked) = store(hsm);
    let all_sign = || {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        sign(&store, &identity).unwrap();
                    }
                });
            }
        });
    };
    all_sign();
    hsm.module().finalize().unwrap();
    all_sign();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    hsm.session().logout().unwrap();
    all_sign();
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

pub(crate) fn a_wrong_pin_when_back(hsm: &Hsm) {
    let times = AtomicUsize::new(0);
    let token = Token::builder(hsm.uri("").parse().unwrap())
        .ask_pin(move |prompt| {
            let time = times.fetch_add(1, Ordering::SeqCst);
            assert_eq!(prompt.was_wrong(), time == 2);
            Some(if time == 1 {
                Pin::from("000000".to_owned())
            } else {
                pin()
            })
        })
        .open()
        .unwrap();
    let identity = token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    let store = token.key_store().unwrap();
    hsm.session().logout().unwrap();
    failed(sign(&store, &identity), Denied, "the PIN is wrong");
    sign(&store, &identity).unwrap();
    // The right one wipes the slate.
    hsm.session().logout().unwrap();
    sign(&store, &identity).unwrap();
}

/// Another token has the label, at first beside the one that was found.
pub(crate) fn another_with_the_label(hsm: &Hsm) {
    let (store, identity, asked) = store(hsm);
    let slot = hsm.slot().0;
    hsm.another_token(hsm.label);
    hsm.module().finalize().unwrap();
    sign(&store, &identity).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // A token with a session cannot be given another label.
    hsm.module().finalize().unwrap();
    let so_pin = AuthPin::from(SO_PIN);
    hsm.module()
        .init_token(slot, &so_pin, "relabelled")
        .unwrap();
    failed(sign(&store, &identity), TryAgain, "the token is gone");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

pub(crate) fn key_deleted(hsm: &Hsm) {
    let (store, identity, asked) = store(hsm);
    let session = hsm.session();
    let key = object(&session, ObjectClass::PRIVATE_KEY, &[1]);
    session.destroy_object(key).unwrap();
    failed(sign(&store, &identity), NotFound, "no private key");
    // The login was not what was lost.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

pub(crate) fn initialized_again(hsm: &Hsm) {
    let (store, identity, _) = store(hsm);
    hsm.parts.initialize_again(hsm.label);
    failed(sign(&store, &identity), NotFound, "no private key");
    let token = hsm.token();
    let new = token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    failed(sign(&store, &identity), NotFound, "no such key");
    assert_eq!(store.identities().unwrap(), from_ref(&new));
    sign(&store, &new).unwrap();
}
