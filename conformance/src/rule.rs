//! The rules, by name.

use std::fmt;

macro_rules! rules {
    ($($rule:ident, $name:literal, $demand:literal;)*) => {
        /// What an implementation must keep to. The checks name the rule that
        /// they found broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $( #[doc = concat!("`", $name, "`: ", $demand, ".")] $rule, )*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),*];

            /// Its name, which does not change.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Rule::$rule => $name,)* }
            }

            /// What it demands, in a sentence.
            #[must_use]
            pub const fn demand(self) -> &'static str {
                match self { $(Rule::$rule => $demand,)* }
            }
        }
    };
}

rules! {
    Available, "available", "what is checked can run on this machine";
    SomethingRan, "something-ran", "there is something to check";
    Sizes, "sizes", "shares, secrets and hashes have the lengths of the algorithm";

    RoundTrip, "round-trip", "what was sealed opens again, whatever its length";
    Deterministic, "deterministic", "the same input is sealed to the same bytes";
    SealInPlace, "seal-in-place", "`seal` and `seal_in_place` give the same bytes";
    SealLengths, "seal-lengths", "`seal` refuses buffers of different lengths";
    ShortSealed, "short-sealed", "what is shorter than a tag is refused";
    TagBits, "tag-bits", "every bit of the tag counts";
    CiphertextBits, "ciphertext-bits", "every bit of the ciphertext, and its length, is authenticated";
    AadBits, "aad-bits", "every bit of the associated data, and its length, is authenticated";
    NonceBits, "nonce-bits", "every bit of the nonce counts";
    KeyBits, "key-bits", "every bit of the key counts";
    FailedOpen, "failed-open", "a buffer that did not open holds no plaintext";
    AeadAnswers, "aead-answers", "the AEAD gives the known answers";
    AeadInteroperation, "aead-interoperation", "the AEAD seals to the bytes of another implementation, whatever the length";

    JoinedParts, "joined-parts", "an input in parts counts as joined";
    ExpandLimit, "expand-limit", "HKDF-Expand gives up to 255 hashes, and no more";
    ExpandLengths, "expand-lengths", "a shorter output of HKDF-Expand begins a longer one";
    PrkReuse, "prk-reuse", "a pseudorandom key is the same each time that it is expanded";
    PrkAsIs, "prk-as-is", "`prk` takes a secret as it is, without HKDF-Extract";
    Salt, "salt", "HKDF-Extract takes salts of any length as HMAC takes its keys";
    HashAnswers, "hash-answers", "the hash gives the known answers";
    HkdfAnswers, "hkdf-answers", "HKDF gives the known answers";
    HashInteroperation, "hash-interoperation", "the hash, and HKDF with it, is that of another implementation, whatever the length";

    Agreement, "agreement", "both sides have one secret";
    FreshKeys, "fresh-keys", "each exchange has private keys of its own";
    Randomness, "randomness", "what is drawn is what the seam says: all of it from `random`, or nothing, or of a hybrid the X25519 half";
    RandomFailure, "random-failure", "a random source that fails is reported as that";
    InvalidShare, "invalid-share", "a share that is none is refused as that";
    LowOrder, "low-order", "an X25519 share of low order gives zeros or is refused";
    NonCanonical, "non-canonical", "every X25519 share is taken as RFC 7748 reads it";
    ImplicitRejection, "implicit-rejection", "a changed ML-KEM ciphertext gives another secret, and no error";
    Interoperation, "interoperation", "the secret is that of another implementation";
    ExchangeAnswers, "exchange-answers", "the key exchange gives the known answers";

    LibraryNames, "library-names", "`library` names one for each of the schemes, and for no other";
    UnsupportedScheme, "unsupported-scheme", "a scheme that the verifier does not have is refused as that";
    ValidSignature, "valid-signature", "signatures that are right are accepted";
    EitherS, "either-s", "of an ECDSA signature either s is accepted";
    SignatureLengths, "signature-lengths", "keys and signatures of another length are refused";
    KeyEncoding, "key-encoding", "a public key is taken in the encoding of its scheme, and in no other";
    SignatureBits, "signature-bits", "every byte of a signature counts";
    PublicKeyBits, "public-key-bits", "every byte of a public key counts";
    MessageBits, "message-bits", "every byte of a message, and its length, counts";
    EcdsaRange, "ecdsa-range", "r, s and points out of range are refused";
    StrictEd25519, "strict-ed25519", "the verdict on Ed25519's edge cases is the protocol's";
    SignatureAnswers, "signature-answers", "the verifier gives the known answers";

    StableIdentities, "stable-identities", "the identities are the same each time, and each is there once";
    Signs, "signs", "it signs for each of its identities, in both roles";
    OwnSignature, "own-signature", "its signatures are of its identities";
    FreshNonces, "fresh-nonces", "no two messages are signed with one nonce: that gives the private key away";
    UnknownIdentity, "unknown-identity", "a key that it does not have is reported as that";
    PublicKey, "public-key", "a secret has the public key that another implementation makes of it";
    SecretRange, "secret-range", "a secret of ECDSA is a scalar in range";
    StoredKey, "stored-key", "a key is made of what was drawn, and of what was stored the same again";
    SigningAnswers, "signing-answers", "a signing key gives the known answers";

    Conversation, "conversation", "two sides talk to each other";
    Transcripts, "transcripts", "the recorded conversations are reproduced";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
