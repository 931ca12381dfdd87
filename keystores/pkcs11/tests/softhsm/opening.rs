//! What stands between a program and a token.

use crate::hsm::{Hsm, failed, pin, sign};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use ossuary_pkcs11::{Pin, Token};
use ossuary_test_parts::softhsm::{PIN, SO_PIN};
use ossuary_traits::KeyStoreErrorKind::{Broken, Cancelled, Denied, Locked, NotFound, TryAgain};
use ossuary_traits::{KeyStoreError, SignatureScheme};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn open(uri: &str) -> Result<Token, KeyStoreError> {
    let builder = Token::builder(uri.parse().unwrap());
    builder.ask_pin(|_| Some(pin())).open()
}

fn with_module(path: &Path) -> Result<Token, KeyStoreError> {
    open(&format!("pkcs11:?module-path={}", path.display()))
}

pub(crate) fn what_is_missing(hsm: &Hsm) {
    failed(open("pkcs11:token=a"), NotFound, "module-path");
    let folder = tempfile::tempdir().unwrap();
    failed(
        with_module(&folder.path().join("none.so")),
        NotFound,
        "no module",
    );
    failed(with_module(folder.path()), NotFound, "no module");
    let text = folder.path().join("text.so");
    fs::write(&text, "no module").unwrap();
    failed(with_module(&text), Broken, "cannot be loaded");
    failed(
        open(&hsm.parts.uri("no-such-token", "")),
        NotFound,
        "no slot",
    );
    // There is one without a label, which is not initialized.
    failed(open(&hsm.parts.uri("", "")), NotFound, "no slot");
    // There is a token for each trial.
    failed(with_module(&hsm.parts.module()), NotFound, "several");
    failed(hsm.store(""), NotFound, "no private key");
}

pub(crate) fn a_wrong_pin(hsm: &Hsm) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let open = |pin: &'static str| {
        let asked = Arc::clone(&asked);
        let builder = Token::builder(hsm.uri("").parse().unwrap());
        let builder = builder.ask_pin(move |prompt| {
            asked.lock().unwrap().push(prompt.clone());
            Some(Pin::from(pin.to_owned()))
        });
        builder.open()
    };
    failed(open("000000"), Denied, "the PIN is wrong");
    assert_eq!(asked.lock().unwrap().len(), 1);
    failed(open(""), Denied, "the PIN is wrong");
    assert_eq!(asked.lock().unwrap().len(), 2);
    open(PIN).unwrap();
    let asked = asked.lock().unwrap();
    let tries_low: Vec<_> = asked.iter().map(|prompt| prompt.tries_low()).collect();
    assert_eq!(tries_low, [false, true, true]);
    let serial = hsm.slot().1.serial_number().to_owned();
    for prompt in asked.iter() {
        assert_eq!(
            (prompt.label(), prompt.serial()),
            (hsm.label, serial.as_str())
        );
        assert!(!prompt.was_wrong());
    }
}

pub(crate) fn no_pin(hsm: &Hsm) {
    let builder = || Token::builder(hsm.uri("").parse().unwrap());
    failed(
        builder().ask_pin(|_| None).open(),
        Cancelled,
        "nobody gave the PIN",
    );
    failed(builder().open(), Locked, "wants a PIN");
}

pub(crate) fn a_pin_in_a_file(hsm: &Hsm) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let uri = format!("{}&pin-source=file:{}", hsm.uri(""), file.path().display());
    let open = || {
        let builder = Token::builder(uri.parse().unwrap());
        builder.ask_pin(|_| panic!("the PIN is in the file")).open()
    };
    fs::write(file.path(), "000000\n").unwrap();
    failed(open(), Denied, "the PIN is wrong");
    fs::write(file.path(), format!("{PIN}\n")).unwrap();
    let token = open().unwrap();
    let identity = token
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    let store = token.key_store().unwrap();
    // It is logged in to again, with a PIN that is wrong by now: once.
    fs::write(file.path(), "000000\n").unwrap();
    hsm.session().logout().unwrap();
    failed(sign(&store, &identity), Denied, "the PIN is wrong");
    failed(sign(&store, &identity), Denied, "is not tried again");
    drop((token, store));
    fs::write(file.path(), PIN).unwrap();
    sign(&open().unwrap().key_store().unwrap(), &identity).unwrap();
}

pub(crate) fn a_token_without_a_pin(hsm: &Hsm) {
    hsm.another_token("pinless");
    failed(
        open(&hsm.parts.uri("pinless", "")),
        Locked,
        "no user PIN yet",
    );
}

pub(crate) fn a_label_with_controls(hsm: &Hsm) {
    hsm.another_token("a\u{1b}[2J");
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let builder = Token::builder(hsm.parts.uri("a%1b[2J", "").parse().unwrap());
    let builder = builder.ask_pin(move |prompt| {
        assert_eq!(prompt.label(), "a\u{fffd}[2J");
        counter.fetch_add(1, Ordering::SeqCst);
        None
    });
    failed(builder.open(), Cancelled, "nobody gave the PIN");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

pub(crate) fn the_security_officer(hsm: &Hsm) {
    let session = hsm.module().open_rw_session(hsm.slot().0).unwrap();
    session
        .login(UserType::So, Some(&AuthPin::from(SO_PIN)))
        .unwrap();
    failed(hsm.store(""), TryAgain, "the security officer is logged in");
    session.logout().unwrap();
    hsm.token();
}

pub(crate) fn one_login_for_the_process(hsm: &Hsm) {
    let (first, asked) = hsm.counting_token();
    let identity = first
        .generate(SignatureScheme::Ed25519, "host", &[1])
        .unwrap();
    let store = first.key_store().unwrap();
    let asked_again = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked_again);
    let second = Token::builder(hsm.uri("").parse().unwrap())
        .ask_pin(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Some(pin())
        })
        .open()
        .unwrap();
    let other_store = second.key_store().unwrap();
    drop((first, store));
    sign(&other_store, &identity).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(asked_again.load(Ordering::SeqCst), 0);
}
