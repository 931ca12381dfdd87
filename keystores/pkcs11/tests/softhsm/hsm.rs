//! A trial's token, and what is done to it behind the store's back.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use ossuary::verify_signature;
use ossuary_pkcs11::{Pin, Pkcs11KeyStore, Token};
use ossuary_rustcrypto::RustCryptoVerifier;
use ossuary_test_parts::softhsm::{PIN, SO_PIN, SoftHsm};
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, KeyStoreErrorKind, Role, SignRequest, Signing,
};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Hsm {
    pub(crate) parts: SoftHsm,
    pub(crate) label: &'static str,
}

impl Hsm {
    pub(crate) fn new(parts: SoftHsm, label: &'static str) -> Self {
        Hsm { parts, label }
    }

    /// The URI of this trial's token, with `more` attributes.
    pub(crate) fn uri(&self, more: &str) -> String {
        self.parts.uri(self.label, more)
    }

    /// The token, logged in to.
    pub(crate) fn token(&self) -> Token {
        self.counting_token().0
    }

    /// The same, and how often the PIN was asked for.
    pub(crate) fn counting_token(&self) -> (Token, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let token = Token::builder(self.uri("").parse().unwrap())
            .ask_pin(move |prompt| {
                assert!(!prompt.was_wrong());
                counter.fetch_add(1, Ordering::SeqCst);
                Some(pin())
            })
            .open()
            .unwrap();
        (token, asked)
    }

    /// The keys that a URI with `more` attributes names.
    pub(crate) fn store(&self, more: &str) -> Result<Pkcs11KeyStore, KeyStoreError> {
        let uri = self.uri(more).parse().unwrap();
        let token = Token::builder(uri).ask_pin(|_| Some(pin())).open()?;
        token.key_store()
    }

    /// The module, as another part of the program has it.
    pub(crate) fn module(&self) -> Pkcs11 {
        let module = Pkcs11::new(self.parts.module()).unwrap();
        // It was in all likelihood.
        let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        module
    }

    pub(crate) fn slot(&self) -> (Slot, TokenInfo) {
        let module = self.module();
        let mut slots = module.get_slots_with_token().unwrap().into_iter();
        slots
            .find_map(|slot| {
                let token = module.get_token_info(slot).unwrap();
                (token.label() == self.label).then_some((slot, token))
            })
            .unwrap()
    }

    /// Makes another token, with `label` and no user PIN.
    pub(crate) fn another_token(&self, label: &str) {
        let module = self.module();
        let slots = module.get_slots_with_token().unwrap();
        let free = slots.into_iter().find(|slot| {
            let token = module.get_token_info(*slot).unwrap();
            !token.token_initialized()
        });
        let so_pin = AuthPin::from(SO_PIN);
        module.init_token(free.unwrap(), &so_pin, label).unwrap();
    }

    /// A session that may write, of the user.
    pub(crate) fn session(&self) -> Session {
        let session = self.module().open_rw_session(self.slot().0).unwrap();
        // The process is logged in where a token is open.
        let _ = session.login(UserType::User, Some(&AuthPin::from(PIN)));
        session
    }
}

pub(crate) fn pin() -> Pin {
    Pin::from(PIN.to_owned())
}

/// The one object of `class` with `id`.
pub(crate) fn object(session: &Session, class: ObjectClass, id: &[u8]) -> ObjectHandle {
    let wanted = [Attribute::Class(class), Attribute::Id(id.to_vec())];
    let found = session.find_objects(&wanted).unwrap();
    assert_eq!(found.len(), 1);
    found[0]
}

const MESSAGE: &[u8] = b"ossuary/2 client signature\0 and what comes after it";

/// Signs as `identity`, and verifies that.
pub(crate) fn sign(store: &dyn KeyStore, identity: &Identity) -> Result<(), KeyStoreError> {
    let request = SignRequest::new(Role::Client, MESSAGE);
    let Signing::Done(signature) = store.sign(identity, &request)? else {
        panic!("the token does not sign");
    };
    let (scheme, key) = (identity.scheme(), identity.public_key());
    verify_signature::<RustCryptoVerifier>(scheme, key, MESSAGE, signature.bytes()).unwrap();
    Ok(())
}

/// It failed with `kind`, and says something with `told` in it.
pub(crate) fn failed<T>(result: Result<T, KeyStoreError>, kind: KeyStoreErrorKind, told: &str) {
    let Err(error) = result else {
        panic!("it did not fail: {told}");
    };
    let message = error.source().unwrap().to_string();
    assert_eq!(error.kind(), kind, "{message}");
    assert!(message.contains(told), "{message}");
}
