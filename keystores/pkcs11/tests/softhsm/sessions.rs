//! Sessions, and the threads that share them.

use crate::hsm::{Hsm, pin, sign};
use cryptoki::session::SessionState;
use ossuary_pkcs11::{Pkcs11KeyStore, Token, TokenBuilder};
use ossuary_traits::SignatureScheme;
use std::num::NonZeroUsize;
use std::thread;

const THREADS: usize = 8;

fn builder(hsm: &Hsm) -> TokenBuilder {
    Token::builder(hsm.uri("").parse().unwrap()).ask_pin(|_| Some(pin()))
}

/// The handle of a new session. SoftHSM, which does not tell how many sessions there are,
/// numbers them as they are opened.
fn next_handle(hsm: &Hsm) -> u64 {
    let session = hsm.module().open_ro_session(hsm.slot().0).unwrap();
    session.handle()
}

pub(crate) fn threads_share_sessions(hsm: &Hsm) {
    fn shared<T: Send + Sync>() {}
    shared::<(Token, Pkcs11KeyStore)>();
    let token = builder(hsm).open().unwrap();
    let identity = token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    for (limit, most) in [(Some(1), 1), (Some(2), 2), (Some(THREADS), 8), (None, 8)] {
        let builder = match limit.and_then(NonZeroUsize::new) {
            Some(limit) => builder(hsm).max_sessions(limit),
            None => builder(hsm),
        };
        let store = builder.open().unwrap().key_store().unwrap();
        let before = next_handle(hsm);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..20 {
                        sign(&store, &identity).unwrap();
                    }
                });
            }
        });
        // The store has had one all the time.
        let opened = next_handle(hsm) - before - 1;
        assert!(opened < most, "{opened} more than one, of {most}");
    }
}

/// The user is logged out when the last session of the process is closed.
pub(crate) fn sessions_are_closed(hsm: &Hsm) {
    let logged_in = || {
        let session = hsm.module().open_ro_session(hsm.slot().0).unwrap();
        session.get_session_info().unwrap().session_state() == SessionState::RoUser
    };
    let token = hsm.token();
    token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    let store = token.clone().key_store().unwrap();
    drop(token);
    assert!(logged_in());
    drop(store);
    assert!(!logged_in());
}
