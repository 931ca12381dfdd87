//! Keys that are made, found, and refused.

use crate::hsm::{Hsm, failed, object, pin, sign};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use ossuary::OssuaryError;
use ossuary_pkcs11::Token;
use ossuary_rustcrypto::RustCryptoVerifier;
use ossuary_test_parts::{converse, converse_in_both_roles};
use ossuary_traits::KeyStoreErrorKind::{Broken, Denied, NotFound};
use ossuary_traits::SignatureScheme::{EcdsaP256Sha256, Ed25519, MlDsa65};
use ossuary_traits::{KeyStore, Role, SignatureScheme};
use std::slice::from_ref;

pub(crate) fn ed25519_conforms(hsm: &Hsm) {
    conforms(hsm, Ed25519);
}

pub(crate) fn p256_conforms(hsm: &Hsm) {
    conforms(hsm, EcdsaP256Sha256);
}

fn conforms(hsm: &Hsm, scheme: SignatureScheme) {
    let token = hsm.token();
    let identity = token.generate(scheme, "host", &[1]).unwrap();
    assert_eq!(identity.scheme(), scheme);
    let store = token.key_store().unwrap();
    assert_eq!(store.identities().unwrap(), [identity]);
    assert!(!store.signs_in_process());
    ossuary_conformance::key_store::<RustCryptoVerifier>(&store).unwrap();
}

pub(crate) fn keys_converse(hsm: &Hsm) {
    let token = hsm.token();
    for (id, scheme) in [(1, Ed25519), (2, EcdsaP256Sha256)] {
        let identity = token.generate(scheme, "host", &[id]).unwrap();
        converse_in_both_roles(&token.key_store().unwrap(), &identity);
    }
}

pub(crate) fn keys_are_found_by_the_uri(hsm: &Hsm) {
    let token = hsm.token();
    let p256 = token.generate(EcdsaP256Sha256, "p 256", &[0, 1]).unwrap();
    let first = token.generate(Ed25519, "käy;?&%", &[0xff]).unwrap();
    let second = token.generate(Ed25519, "", &[2]).unwrap();
    let (slot, info) = hsm.slot();
    let (slot, serial) = (slot.id(), info.serial_number());
    for (more, identity) in [
        (";object=p%20256".to_owned(), &p256),
        (";id=%00%01;type=private".to_owned(), &p256),
        (";object=k%C3%A4y%3b%3F&%25".to_owned(), &first),
        (";id=%FF;object=k%C3%A4y%3b%3F&%25".to_owned(), &first),
        (format!(";serial={serial};id=%02"), &second),
        (format!(";slot-id={slot};id=%02"), &second),
        (
            ";object=;manufacturer=SoftHSM%20project;model=SoftHSM%20v2".to_owned(),
            &second,
        ),
        (
            ";object=;slot-manufacturer=SoftHSM%20project;library-version=2".to_owned()
                + &minor(hsm),
            &second,
        ),
    ] {
        let store = hsm.store(&more).unwrap();
        assert_eq!(store.identities().unwrap(), from_ref(identity), "{more}");
        sign(&store, identity).unwrap();
    }
    for more in [
        ";object=p",
        ";object=p%20256%20",
        ";id=",
        ";id=%01",
        ";object=p%20256;id=%02",
    ] {
        failed(hsm.store(more), NotFound, "no private key");
    }
    for more in [
        ";serial=0".to_owned(),
        format!(";slot-id={}", slot + 1),
        ";manufacturer=SoftHSM".to_owned(),
        ";slot-description=a".to_owned(),
    ] {
        failed(hsm.store(&more), NotFound, "no slot");
    }
    failed(hsm.store(";library-description=a"), NotFound, "library");
    // All of them, Ed25519 first whatever was made first.
    let mut all = [p256, first, second];
    all.sort();
    assert_eq!(hsm.store("").unwrap().identities().unwrap(), all);
    assert_eq!(all[2].scheme(), EcdsaP256Sha256);
}

fn minor(hsm: &Hsm) -> String {
    let version = hsm.module().get_library_info().unwrap().library_version();
    format!(".{}", version.minor())
}

pub(crate) fn keys_of_other_tools(hsm: &Hsm) {
    for (id, label, kind) in [
        ("01", "edwards", "EC:edwards25519"),
        ("02", "p256", "EC:prime256v1"),
        ("03", "p384", "EC:secp384r1"),
        ("04", "rsa", "rsa:2048"),
    ] {
        let pair = [
            "--keypairgen",
            "--key-type",
            kind,
            "--label",
            label,
            "--id",
            id,
        ];
        hsm.parts.pkcs11_tool(hsm.label, &pair);
    }
    for (label, scheme) in [("edwards", Ed25519), ("p256", EcdsaP256Sha256)] {
        let store = hsm.store(&format!(";object={label}")).unwrap();
        let identities = store.identities().unwrap();
        assert_eq!(identities.len(), 1);
        assert_eq!(identities[0].scheme(), scheme);
        converse_in_both_roles(&store, &identities[0]);
    }
    for label in ["p384", "rsa"] {
        let store = hsm.store(&format!(";object={label}"));
        failed(store, NotFound, "neither Ed25519 nor ECDSA P-256");
    }
    // Among others, they are left out.
    assert_eq!(hsm.store("").unwrap().identities().unwrap().len(), 2);
}

pub(crate) fn private_keys_stay(hsm: &Hsm) {
    let token = hsm.token();
    let session = hsm.session();
    for (id, scheme) in [(1, Ed25519), (2, EcdsaP256Sha256)] {
        token.generate(scheme, "host", &[id]).unwrap();
        let key = object(&session, ObjectClass::PRIVATE_KEY, &[id]);
        let wanted = [
            AttributeType::Token,
            AttributeType::Private,
            AttributeType::Sensitive,
            AttributeType::AlwaysSensitive,
            AttributeType::Extractable,
            AttributeType::NeverExtractable,
            AttributeType::Value,
        ];
        let expected = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::AlwaysSensitive(true),
            Attribute::Extractable(false),
            Attribute::NeverExtractable(true),
        ];
        assert_eq!(session.get_attributes(key, &wanted).unwrap(), expected);
    }
}

pub(crate) fn an_id_is_for_one_key(hsm: &Hsm) {
    let token = hsm.token();
    let identity = token.generate(Ed25519, "host", &[1]).unwrap();
    for id in [[].as_slice(), &[1]] {
        failed(
            token.generate(EcdsaP256Sha256, "other", id),
            Denied,
            "identifier",
        );
    }
    failed(token.generate(MlDsa65, "other", &[2]), Broken, "ML-DSA-65");
    assert_eq!(token.key_store().unwrap().identities().unwrap(), [identity]);
}

pub(crate) fn unfit_keys(hsm: &Hsm) {
    let session = hsm.session();
    let curve = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec();
    let public_key = |id| {
        let curve = Attribute::EcParams(curve.clone());
        [Attribute::Token(true), Attribute::Id(vec![id]), curve]
    };
    for (id, sensitive, extractable, sign, always_authenticate) in [
        (1, true, true, true, false),
        (2, false, false, true, false),
        (3, true, false, false, false),
        (4, true, false, true, true),
    ] {
        let private_key = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Id(vec![id]),
            Attribute::Sensitive(sensitive),
            Attribute::Extractable(extractable),
            Attribute::Sign(sign),
            Attribute::AlwaysAuthenticate(always_authenticate),
        ];
        session
            .generate_key_pair(&Mechanism::EccKeyPairGen, &public_key(id), &private_key)
            .unwrap();
    }
    failed(hsm.store(";id=%01"), Denied, "taken out");
    failed(hsm.store(";id=%02"), Denied, "taken out");
    failed(hsm.store(";id=%03"), Denied, "may not sign");
    failed(hsm.store(";id=%04"), Denied, "for each signature");
    let allowed = |more: &str| {
        let token = Token::builder(hsm.uri(more).parse().unwrap());
        let token = token.ask_pin(|_| Some(pin())).allow_extractable();
        token.open().unwrap().key_store()
    };
    for more in [";id=%01", ";id=%02"] {
        let store = allowed(more).unwrap();
        sign(&store, &store.identities().unwrap()[0]).unwrap();
    }
    failed(allowed(";id=%03"), Denied, "may not sign");
}

pub(crate) fn keys_without_public_key(hsm: &Hsm) {
    let token = hsm.token();
    let identity = token.generate(Ed25519, "first", &[1]).unwrap();
    token.generate(Ed25519, "second", &[2]).unwrap();
    let session = hsm.session();
    let public_key = object(&session, ObjectClass::PUBLIC_KEY, &[2]);
    session.destroy_object(public_key).unwrap();
    failed(
        hsm.store(";object=second"),
        NotFound,
        "\"second\" has no public key",
    );
    assert_eq!(hsm.store("").unwrap().identities().unwrap(), [identity]);
}

pub(crate) fn another_key_than_announced(hsm: &Hsm) {
    for (scheme, key_type) in [
        (Ed25519, KeyType::EC_EDWARDS),
        (EcdsaP256Sha256, KeyType::EC),
    ] {
        let token = hsm.token();
        let (own, other) = (scheme.code(), scheme.code() + 0x80);
        token.generate(scheme, "own", &[own]).unwrap();
        let identity = token.generate(scheme, "other", &[other]).unwrap();
        let session = hsm.session();
        let own_key = object(&session, ObjectClass::PUBLIC_KEY, &[own]);
        let other_key = object(&session, ObjectClass::PUBLIC_KEY, &[other]);
        let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
        let mut announced = session.get_attributes(other_key, &wanted).unwrap();
        announced.extend([
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(key_type),
            Attribute::Token(true),
            Attribute::Id(vec![own]),
        ]);
        session.destroy_object(own_key).unwrap();
        session.create_object(&announced).unwrap();
        let store = hsm.store(&format!(";id=%{own:02x}")).unwrap();
        assert_eq!(store.identities().unwrap(), from_ref(&identity));
        for role in [Role::Client, Role::Server] {
            match converse(role, &store, &identity) {
                Err(OssuaryError::KeyStore(error)) => assert_eq!(error.kind(), Broken),
                other => panic!("{other:?}"),
            }
        }
    }
}
