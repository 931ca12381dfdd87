//! Keys on a token.

use crate::error::{Failure, Lost};
use crate::public_key::{ED25519, P256, from_info, from_point, is_curve};
use crate::uri::Uri;
use cryptoki::error::Error as Source;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use ossuary_traits::KeyStoreErrorKind::{Broken, Denied, NotFound};
use ossuary_traits::{Identity, Signature, SignatureScheme};
use sha2::{Digest, Sha256};

/// A private key on a token, and who signs with it.
pub(crate) struct Key {
    pub(crate) identity: Identity,
    handle: ObjectHandle,
}

impl Key {
    pub(crate) fn sign(&self, session: &Session, message: &[u8]) -> Result<Signature, Failure> {
        let scheme = self.identity.scheme();
        let signature = match scheme {
            SignatureScheme::Ed25519 => {
                let parameters = EddsaParams::new(EddsaSignatureScheme::Ed25519);
                session.sign(&Mechanism::Eddsa(parameters), self.handle, message)
            }
            _ => session.sign(&Mechanism::Ecdsa, self.handle, &Sha256::digest(message)),
        };
        let signature = signature.map_err(|source| Failure::answer("signing", source))?;
        Signature::new(scheme, &signature).map_err(|error| {
            let message = format!("the token's signature is no signature: {error}");
            Failure::new(Broken, message)
        })
    }
}

/// The keys that `uri` names: Ed25519 before P-256, and otherwise in the order of their
/// public keys, since a token has no order.
///
/// Keys that cannot be used are left out while there are others; where there is none, the
/// first one says why.
pub(crate) fn find(
    session: &Session,
    uri: &Uri,
    allow_extractable: bool,
) -> Result<Vec<Key>, Failure> {
    let mut wanted = vec![
        Attribute::Token(true),
        Attribute::Class(ObjectClass::PRIVATE_KEY),
    ];
    wanted.extend(
        uri.object
            .as_ref()
            .map(|label| Attribute::Label(label.clone().into_bytes())),
    );
    wanted.extend(uri.id.clone().map(Attribute::Id));
    let mut keys = Vec::new();
    let mut unfit = None;
    for handle in objects(session, &wanted)? {
        match read(session, handle, allow_extractable)? {
            Ok(key) => keys.push(key),
            Err(why) => unfit = unfit.or(Some(why)),
        }
    }
    if keys.is_empty() {
        return Err(unfit.unwrap_or_else(|| {
            // Private objects are not there at all for who is not logged in.
            let message = "the token has no private key that the URI names: `object` is its \
                label, `id` its identifier in hex with a `%` before each byte";
            Failure::new(NotFound, message).with_lost(Lost::Handles)
        }));
    }
    keys.sort_by(|a, b| a.identity.cmp(&b.identity));
    keys.dedup_by(|a, b| a.identity == b.identity);
    Ok(keys)
}

/// Whether the token has a private key with this identifier.
pub(crate) fn exists(session: &Session, id: &[u8]) -> Result<bool, Failure> {
    let wanted = [
        Attribute::Token(true),
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(id.to_vec()),
    ];
    Ok(!objects(session, &wanted)?.is_empty())
}

fn objects(session: &Session, wanted: &[Attribute]) -> Result<Vec<ObjectHandle>, Failure> {
    let found = session.iter_objects(wanted);
    bounded(found.map_err(|source| Failure::answer(LOOKING, source))?)
}

const LOOKING: &str = "looking for keys";

/// More than anybody wants to choose from.
const MAX_OBJECTS: usize = 1 << 16;

/// All that is `found`, as a module may never come to an end.
fn bounded<T>(found: impl Iterator<Item = Result<T, Source>>) -> Result<Vec<T>, Failure> {
    let found: Result<Vec<T>, Source> = found.take(MAX_OBJECTS + 1).collect();
    let found = found.map_err(|source| Failure::answer(LOOKING, source))?;
    if found.len() > MAX_OBJECTS {
        let message = format!(
            "{LOOKING}: the token has more than {MAX_OBJECTS}: name one, by `object` or `id`"
        );
        return Err(Failure::new(Broken, message));
    }
    Ok(found)
}

/// The attributes of an object that it has, and that `cryptoki` knows the values of.
fn attributes(
    session: &Session,
    object: ObjectHandle,
    wanted: &[AttributeType],
) -> Result<Vec<Attribute>, Failure> {
    match session.get_attributes(object, wanted) {
        Err(source @ Source::Pkcs11(..)) => Err(Failure::answer("reading a key", source)),
        attributes => Ok(attributes.unwrap_or_default()),
    }
}

/// What a private key says of itself.
#[derive(Default)]
struct Properties {
    key_type: Option<KeyType>,
    curve: Vec<u8>,
    id: Vec<u8>,
    label: Vec<u8>,
    sign: bool,
    /// These two are `None` where the token does not say.
    sensitive: Option<bool>,
    extractable: Option<bool>,
    always_authenticate: bool,
}

impl Properties {
    fn read(session: &Session, key: ObjectHandle) -> Result<Self, Failure> {
        let mut properties = Properties::default();
        // Each by itself, as modules differ in what they do when one is not there.
        for wanted in [
            AttributeType::KeyType,
            AttributeType::EcParams,
            AttributeType::Id,
            AttributeType::Label,
            AttributeType::Sign,
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::AlwaysAuthenticate,
        ] {
            for attribute in attributes(session, key, &[wanted])? {
                match attribute {
                    Attribute::KeyType(key_type) => properties.key_type = Some(key_type),
                    Attribute::EcParams(curve) => properties.curve = curve,
                    Attribute::Id(id) => properties.id = id,
                    Attribute::Label(label) => properties.label = label,
                    Attribute::Sign(sign) => properties.sign = sign,
                    Attribute::Sensitive(sensitive) => properties.sensitive = Some(sensitive),
                    Attribute::Extractable(extractable) => {
                        properties.extractable = Some(extractable);
                    }
                    Attribute::AlwaysAuthenticate(always) => {
                        properties.always_authenticate = always;
                    }
                    _ => {}
                }
            }
        }
        Ok(properties)
    }

    fn scheme(&self) -> Option<SignatureScheme> {
        let scheme = match self.key_type? {
            KeyType::EC_EDWARDS => SignatureScheme::Ed25519,
            KeyType::EC => SignatureScheme::EcdsaP256Sha256,
            _ => return None,
        };
        is_curve(scheme, &self.curve).then_some(scheme)
    }

    /// Whether the token says that the key cannot be taken out.
    fn stays(&self) -> bool {
        self.sensitive == Some(true) && self.extractable == Some(false)
    }

    fn unfit(&self, allow_extractable: bool) -> Option<&'static str> {
        if !self.sign {
            Some("may not sign (CKA_SIGN)")
        } else if !self.stays() && !allow_extractable {
            Some(
                "can be taken out of the token, or may be (CKA_EXTRACTABLE is not false, or \
                 CKA_SENSITIVE not true): use one that cannot, or `allow_extractable`",
            )
        } else if self.always_authenticate {
            Some("wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which is not done")
        } else {
            None
        }
    }
}

/// A private key, or why it is none to use.
fn read(
    session: &Session,
    handle: ObjectHandle,
    allow_extractable: bool,
) -> Result<Result<Key, Failure>, Failure> {
    let properties = Properties::read(session, handle)?;
    let label = String::from_utf8_lossy(&properties.label);
    let unfit = |kind, why: &str| Ok(Err(Failure::new(kind, format!("the key {label:?} {why}"))));
    let Some(scheme) = properties.scheme() else {
        return unfit(NotFound, "is neither Ed25519 nor ECDSA P-256");
    };
    if let Some(why) = properties.unfit(allow_extractable) {
        return unfit(Denied, why);
    }
    match identity(session, handle, scheme, &properties)? {
        Some(identity) => Ok(Ok(Key { identity, handle })),
        None => unfit(
            NotFound,
            "has no public key on the token: put one beside it, with the same CKA_ID",
        ),
    }
}

/// The public key beside a private key: in an object with the same identifier, or in the
/// private key's own.
fn identity(
    session: &Session,
    private_key: ObjectHandle,
    scheme: SignatureScheme,
    properties: &Properties,
) -> Result<Option<Identity>, Failure> {
    let mut objects_to_read = Vec::new();
    if !properties.id.is_empty() {
        let mut wanted = vec![
            Attribute::Token(true),
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::Id(properties.id.clone()),
        ];
        wanted.extend(properties.key_type.map(Attribute::KeyType));
        objects_to_read = objects(session, &wanted)?;
    }
    objects_to_read.push(private_key);
    for object in objects_to_read {
        for wanted in [AttributeType::EcPoint, AttributeType::PublicKeyInfo] {
            for attribute in attributes(session, object, &[wanted])? {
                let identity = match attribute {
                    Attribute::EcPoint(point) => from_point(scheme, &point),
                    Attribute::PublicKeyInfo(info) => from_info(scheme, &info),
                    _ => None,
                };
                if identity.is_some() {
                    return Ok(identity);
                }
            }
        }
    }
    Ok(None)
}

/// Makes a key pair in the token, in a session that may write.
pub(crate) fn generate(
    session: &Session,
    scheme: SignatureScheme,
    label: &str,
    id: &[u8],
) -> Result<Identity, Failure> {
    let doing = "generating a key";
    let (mechanism, key_type, curve) = match scheme {
        SignatureScheme::Ed25519 => (
            Mechanism::EccEdwardsKeyPairGen,
            KeyType::EC_EDWARDS,
            ED25519,
        ),
        SignatureScheme::EcdsaP256Sha256 => (Mechanism::EccKeyPairGen, KeyType::EC, P256),
        _ => {
            let message = format!("{doing}: keys of {scheme} are not for tokens");
            return Err(Failure::new(Broken, message));
        }
    };
    let of_both = [
        Attribute::Token(true),
        Attribute::KeyType(key_type),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Id(id.to_vec()),
    ];
    let of_public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(curve.to_vec()),
    ];
    let of_private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let pair = session.generate_key_pair(
        &mechanism,
        &[of_both.as_slice(), &of_public].concat(),
        &[of_both.as_slice(), &of_private].concat(),
    );
    let (_, private_key) = pair.map_err(|source| Failure::answer(doing, source))?;
    read(session, private_key, false)?.map(|key| key.identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_end_is_not_read_to_it() {
        let most = bounded((0..MAX_OBJECTS).map(Ok)).unwrap();
        assert_eq!(most.len(), MAX_OBJECTS);
        let failure = bounded((0..).map(Ok)).unwrap_err();
        assert_eq!(failure.kind, Broken);
    }

    #[test]
    fn a_key_stays_where_the_token_says_so() {
        for sensitive in [None, Some(false), Some(true)] {
            for extractable in [None, Some(false), Some(true)] {
                let properties = Properties {
                    sign: true,
                    sensitive,
                    extractable,
                    ..Properties::default()
                };
                let stays = (sensitive, extractable) == (Some(true), Some(false));
                assert_eq!(properties.unfit(false).is_none(), stays);
                assert_eq!(properties.unfit(true), None);
            }
        }
    }
}
