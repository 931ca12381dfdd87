//! The key store.

use crate::error::{CreateError, from_keystore};
use crate::item::Item;
use crate::key::{Key, from_stored, to_stored};
use keyring_core::{Entry, Error};
use ossuary_traits::{
    Identity, KeyStore, KeyStoreError, KeyStoreErrorKind as Kind, Random, Secret, SignRequest,
    SignatureScheme, Signing,
};
use zeroize::Zeroizing;

/// A key store of one private key, which is an item of the operating system's
/// keystore.
///
/// It holds the public key alone. To sign, it goes to the keystore, reads the private
/// key, signs in this process and wipes it. A keystore may ask a person first, and
/// the call waits for the answer: a program that must not wait puts this store into
/// [`Deferred`](ossuary_traits::Deferred) and has it sign on another thread.
#[derive(Clone, Debug)]
pub struct OsKeyStore {
    item: Item,
    identity: Identity,
}

impl OsKeyStore {
    /// Opens the key that is in the keystore, which reads it once.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] where there is no such item, [`Kind::Broken`] where the item is
    /// no host key, there are several, or there is no such keystore, and others by the
    /// [table](crate#errors).
    pub fn open(item: Item) -> Result<Self, KeyStoreError> {
        let identity = read(&item.entry()?)?.identity().clone();
        Ok(OsKeyStore { item, identity })
    }

    /// Makes a key of random bytes, of which it draws 32, and stores it. (A P-256
    /// key's are drawn again where they are 0 or not below the order of the curve.)
    ///
    /// # Errors
    ///
    /// As with [`import`](Self::import), and where the random source failed.
    pub fn create(
        item: Item,
        scheme: SignatureScheme,
        random: &mut dyn Random,
    ) -> Result<Self, CreateError> {
        let secret = Key::draw(scheme, random).map_err(CreateError::Key)?;
        Self::import(item, scheme, secret)
    }

    /// Stores a key that exists: the 32 bytes of an Ed25519 seed, or of a big-endian
    /// P-256 scalar. They are wiped here; copies of them are the caller's to wipe.
    ///
    /// What was stored is read again before this returns. Keystores have no way to
    /// make an item only if there is none: of two programs that make the same item at
    /// the same moment, one is told [`CreateError::Exists`], or finds another key at
    /// its first signature. A Secret Service may also keep both items. Then both
    /// programs fail with [`Kind::Broken`], since there are several, and neither can
    /// tell which to delete: both keys stay, and every call fails so until a person
    /// deletes them in the desktop's password manager. Have one program make the key.
    ///
    /// # Errors
    ///
    /// There is an item of that service and name, which stays as it is; `scheme` is
    /// neither Ed25519 nor ECDSA P-256; `secret` is 0 or not below the order of
    /// P-256; or the keystore failed, and the key is not stored, other than where two
    /// programs make it at the same moment.
    pub fn import(
        item: Item,
        scheme: SignatureScheme,
        secret: Secret<32>,
    ) -> Result<Self, CreateError> {
        let key = Key::new(scheme, &secret).map_err(CreateError::Key)?;
        let stored = to_stored(scheme, &secret).map_err(CreateError::Key)?;
        drop(secret);
        let identity = key.identity().clone();
        drop(key);
        let entry = item.entry().map_err(CreateError::Keystore)?;
        store(&entry, &stored, &identity)?;
        Ok(OsKeyStore { item, identity })
    }

    /// The public key.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which item the private key is.
    #[must_use]
    pub fn item(&self) -> &Item {
        &self.item
    }
}

impl KeyStore for OsKeyStore {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(vec![self.identity.clone()])
    }

    fn sign(
        &self,
        identity: &Identity,
        request: &SignRequest<'_>,
    ) -> Result<Signing, KeyStoreError> {
        if *identity != self.identity {
            return Err(KeyStoreError::new(Kind::NotFound));
        }
        let key = read(&self.item.entry()?)?;
        if key.identity() != identity {
            return Err(KeyStoreError::with_source(
                Kind::NotFound,
                "the item has another key than when it was opened: open it again, \
                and tell the peers the new public key",
            ));
        }
        let signature = key.sign(request.message());
        let signature =
            signature.map_err(|error| KeyStoreError::with_source(Kind::Broken, error))?;
        Ok(Signing::Done(signature))
    }

    /// The public key is derived from the private key that signs, at every signature.
    fn signs_in_process(&self) -> bool {
        true
    }
}

fn read(entry: &Entry) -> Result<Key, KeyStoreError> {
    let stored = Zeroizing::new(entry.get_secret().map_err(from_keystore)?);
    from_stored(&stored).map_err(|error| KeyStoreError::with_source(Kind::Broken, error))
}

/// Stores what `identity` is the public key of, where nothing is stored yet, and
/// leaves nothing behind where that fails.
fn store(entry: &Entry, stored: &[u8], identity: &Identity) -> Result<(), CreateError> {
    match entry.get_secret().map(Zeroizing::new) {
        Err(Error::NoEntry) => {}
        Ok(_) | Err(Error::Ambiguous(_)) => return Err(CreateError::Exists),
        Err(error) => return Err(CreateError::Keystore(from_keystore(error))),
    }
    let written = entry.set_secret(stored).map_err(from_keystore);
    let error = match (written, read(entry)) {
        (Ok(()), Ok(key)) if key.identity() == identity => return Ok(()),
        // Another program was faster: its key is not ours to delete.
        (Ok(()), Ok(_)) => return Err(CreateError::Exists),
        (Ok(()), Err(error)) => error,
        // The keystore has it all the same, or in part: a key in the kernel's session
        // keyring that the persistent keyring did not take.
        (Err(error), Ok(key)) if key.identity() == identity => error,
        (Err(error), _) => return Err(CreateError::Keystore(error)),
    };
    // The first error tells more than one of this.
    let _ = entry.delete_credential();
    Err(CreateError::Keystore(error))
}

#[cfg(test)]
mod tests;
