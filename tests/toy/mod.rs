//! A toy suite for tests: the seams of `ossuary-traits` over arithmetic that
//! costs next to nothing, so that hundreds of thousands of handshakes are cheap.
//!
//! **There is no security in it.** Whoever sees a share knows the secret, anyone
//! can sign for any key, and a tag is a checksum. What it does keep is what the
//! protocol above relies on: the sizes and code points of the default suite
//! (`01 01 01`), shares that agree, tags that depend on every bit of key, nonce,
//! associated data and text, and signatures that depend on key and message and
//! pass the byte rules for Ed25519 that the core checks itself.

use ossuary_traits::{
    Aead, AeadId, AeadKey, CryptoError, FixedBytes, Hash, HashId, Identity, KeyExchange,
    KeyExchangeId, Nonce, Random, RandomError, Secret, Signature, SignatureScheme, SigningKey,
    Suite, Tag, Verifier,
};

/// The toy suite, `01 01 01` on the wire like the default one.
pub(crate) type Toy = Suite<ToyKeyExchange, ToyAead, ToyHash, ToyVerifier>;

const LIBRARY: &str = "toy, for tests only";

/// FNV-1a's offset and prime. Each step is a bijection, so that strings of one
/// length that differ in one byte never collide.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn absorb(state: u64, bytes: &[u8]) -> u64 {
    let mut state = state;
    for byte in bytes {
        state = (state ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    state
}

/// Word `n` of the stream that a state stands for (splitmix64).
fn word(state: u64, n: u64) -> u64 {
    let mut z = state.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Fills `out` with the stream of a state.
fn squeeze(state: u64, out: &mut [u8]) {
    for (n, chunk) in (1..).zip(out.chunks_mut(8)) {
        chunk.copy_from_slice(&word(state, n).to_le_bytes()[..chunk.len()]);
    }
}

/// Four words as 32 bytes, and back.
fn bytes(words: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_mut(8).zip(words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
        *word = u64::from_le_bytes(chunk.try_into().unwrap());
    }
    words
}

/// Multiplication modulo 2^64, which commutes: `x·(y·G) = y·(x·G)`. Private keys
/// and `G` are odd, so only a damaged share gives zeros.
pub(crate) struct ToyKeyExchange([u64; 4]);

const G: u64 = PRIME;

impl ToyKeyExchange {
    fn draw(random: &mut dyn Random) -> Result<Self, CryptoError> {
        let mut private = [0; 32];
        random.fill(&mut private)?;
        Ok(ToyKeyExchange(words(&private).map(|word| word | 1)))
    }

    fn share(&self) -> [u8; 32] {
        bytes(self.0.map(|word| word.wrapping_mul(G)))
    }

    fn agree(&self, share: &[u8; 32]) -> Secret<32> {
        let mut z = self.0;
        for (z, share) in z.iter_mut().zip(words(share)) {
            *z = z.wrapping_mul(share);
        }
        Secret::from(bytes(z))
    }
}

impl KeyExchange for ToyKeyExchange {
    const ID: KeyExchangeId = KeyExchangeId::X25519;
    const LIBRARY: &'static str = LIBRARY;
    type ClientShare = [u8; 32];
    type ServerShare = [u8; 32];
    type SharedSecret = Secret<32>;

    fn generate(random: &mut dyn Random) -> Result<(Self, [u8; 32]), CryptoError> {
        let key = Self::draw(random)?;
        let share = key.share();
        Ok((key, share))
    }

    fn respond(
        random: &mut dyn Random,
        client: &[u8; 32],
    ) -> Result<([u8; 32], Secret<32>), CryptoError> {
        let key = Self::draw(random)?;
        Ok((key.share(), key.agree(client)))
    }

    fn complete(self, server: &[u8; 32]) -> Result<Secret<32>, CryptoError> {
        Ok(self.agree(server))
    }
}

/// A key stream and a checksum.
pub(crate) struct ToyAead(u64);

impl ToyAead {
    fn apply(&self, nonce: &Nonce, text: &mut [u8]) {
        let state = absorb(self.0, nonce);
        for (n, chunk) in (1..).zip(text.chunks_mut(8)) {
            for (byte, key) in chunk.iter_mut().zip(word(state, n).to_le_bytes()) {
                *byte ^= key;
            }
        }
    }

    fn tag(&self, nonce: &Nonce, aad: &[u8], ciphertext: &[u8]) -> Tag {
        let lengths = [aad.len(), ciphertext.len()].map(usize::to_le_bytes);
        let state = absorb(self.0, nonce);
        let state = absorb(absorb(state, lengths.as_flattened()), aad);
        let mut tag = [0; 16];
        squeeze(absorb(state, ciphertext), &mut tag);
        tag
    }
}

impl Aead for ToyAead {
    const ID: AeadId = AeadId::ChaCha20Poly1305;
    const LIBRARY: &'static str = LIBRARY;

    fn new(key: &AeadKey) -> Self {
        ToyAead(absorb(OFFSET, key.expose()))
    }

    fn seal_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<Tag, CryptoError> {
        self.apply(nonce, in_out);
        Ok(self.tag(nonce, aad, in_out))
    }

    fn open_in_place(
        &self,
        nonce: &Nonce,
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), CryptoError> {
        let Some((text, tag)) = sealed.split_last_chunk_mut::<16>() else {
            return Err(CryptoError::Verification);
        };
        if *tag != self.tag(nonce, aad, text) {
            return Err(CryptoError::Verification);
        }
        self.apply(nonce, text);
        Ok(())
    }
}

/// A checksum of 64 bits, stretched.
pub(crate) struct ToyHash;

impl Hash for ToyHash {
    const ID: HashId = HashId::Sha256;
    const LIBRARY: &'static str = LIBRARY;
    type Output = [u8; 32];
    type Secret = Secret<32>;
    type Prk = u64;

    fn digest(parts: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        squeeze(
            parts.iter().fold(OFFSET, |s, part| absorb(s, part)),
            &mut out,
        );
        out
    }

    fn extract(salt: &[u8], ikm: &[&[u8]]) -> u64 {
        let state = absorb(absorb(OFFSET, b"extract"), salt);
        ikm.iter().fold(state, |s, part| absorb(s, part))
    }

    fn prk(secret: &Secret<32>) -> u64 {
        absorb(absorb(OFFSET, b"prk"), secret.expose())
    }

    fn expand(prk: &u64, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
        let state = absorb(OFFSET, &prk.to_le_bytes());
        squeeze(info.iter().fold(state, |s, part| absorb(s, part)), out);
        Ok(())
    }
}

/// A signature is a checksum of public key and message. The last bytes are fixed,
/// so that the key and R are canonical and not of small order, and S is below the
/// group order.
fn toy_signature(public_key: &[u8], message: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    squeeze(absorb(absorb(OFFSET, public_key), message), &mut signature);
    signature[31] = 0x55;
    signature[63] = 0x05;
    signature
}

/// Verifies toy signatures, which pass for Ed25519.
pub(crate) struct ToyVerifier;

impl Verifier for ToyVerifier {
    const SCHEMES: &'static [SignatureScheme] = &[SignatureScheme::Ed25519];

    fn library(_: SignatureScheme) -> Option<&'static str> {
        Some(LIBRARY)
    }

    fn verify(
        scheme: SignatureScheme,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if scheme != SignatureScheme::Ed25519 {
            return Err(CryptoError::Unsupported);
        }
        if signature != toy_signature(public_key, message) {
            return Err(CryptoError::Verification);
        }
        Ok(())
    }
}

/// A host key of the toy suite.
pub(crate) struct ToyKey([u8; 32]);

impl ToyKey {
    pub(crate) fn new(seed: u8) -> Self {
        let mut public_key = [0; 32];
        squeeze(absorb(OFFSET, &[seed]), &mut public_key);
        public_key[31] = 0x55;
        ToyKey(public_key)
    }
}

impl SigningKey for ToyKey {
    fn identity(&self) -> Identity {
        Identity::new(SignatureScheme::Ed25519, &self.0).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, CryptoError> {
        let bytes = toy_signature(&self.0, message);
        Ok(Signature::new(SignatureScheme::Ed25519, &bytes).unwrap())
    }
}

/// Random bytes that are the same in every run: a counter, stretched.
pub(crate) struct Counter(u64);

impl Counter {
    pub(crate) fn new(seed: u8) -> Self {
        Counter(absorb(OFFSET, &[seed]))
    }
}

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        squeeze(self.0, out);
        self.0 = word(self.0, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_agree() {
        let mut random = Counter::new(1);
        let (client, client_share) = ToyKeyExchange::generate(&mut random).unwrap();
        let (server_share, z) = ToyKeyExchange::respond(&mut random, &client_share).unwrap();
        assert_ne!(client_share, server_share);
        assert_eq!(client.complete(&server_share).unwrap().expose(), z.expose());
        assert_ne!(z.expose(), &[0; 32]);
    }

    #[test]
    fn a_tag_depends_on_every_byte_of_everything() {
        let (key, nonce, aad, text) = ([1; 32], [2; 12], [3; 8], [4; 21]);
        let aead = |key: [u8; 32]| ToyAead::new(&Secret::from(key));
        let mut sealed = text.to_vec();
        let tag = aead(key).seal_in_place(&nonce, &aad, &mut sealed).unwrap();
        sealed.extend(tag);
        let opens = |key, nonce: &Nonce, aad: &[u8], sealed: &[u8]| {
            let mut sealed = sealed.to_vec();
            aead(key).open_in_place(nonce, aad, &mut sealed).is_ok()
        };
        assert!(opens(key, &nonce, &aad, &sealed));
        fn changed<const N: usize>(bytes: [u8; N]) -> impl Iterator<Item = [u8; N]> {
            (0..8 * N).map(move |bit| {
                let mut bytes = bytes;
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            })
        }
        assert!(!changed(key).any(|key| opens(key, &nonce, &aad, &sealed)));
        assert!(!changed(nonce).any(|nonce| opens(key, &nonce, &aad, &sealed)));
        assert!(!changed(aad).any(|aad| opens(key, &nonce, &aad, &sealed)));
        let sealed: [u8; 37] = sealed.try_into().unwrap();
        assert!(!changed(sealed).any(|sealed| opens(key, &nonce, &aad, &sealed)));
        assert!(!opens(key, &nonce, &aad, &sealed[..36]));
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_message() {
        let (one, other) = (ToyKey::new(1), ToyKey::new(2));
        let signature = one.sign(b"message").unwrap();
        let verify = |key: &ToyKey, message: &[u8]| {
            ToyVerifier::verify(SignatureScheme::Ed25519, &key.0, message, signature.bytes())
        };
        assert!(verify(&one, b"message").is_ok());
        assert!(verify(&one, b"messagf").is_err());
        assert!(verify(&other, b"message").is_err());
    }

    #[test]
    fn sizes_are_those_of_the_algorithms() {
        assert_eq!(
            <[u8; 32] as FixedBytes>::LEN,
            KeyExchangeId::X25519.client_share_len()
        );
        assert_eq!(<Toy as ossuary_traits::CryptoSuite>::ID.code(), [1, 1, 1]);
    }
}
