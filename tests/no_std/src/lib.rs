//! Uses the whole core of `ossuary` without the standard library.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use ossuary::backend::orion;
use ossuary::backend::ring;
use ossuary::backend::rustcrypto::{
    self, EcdsaP256SigningKey, Ed25519SigningKey, MlDsa65SigningKey,
};
use ossuary::ossuary_traits::{RandomError, Secret, SigningKey};
use ossuary::{
    Builder, Channel, CryptoSuite, DefaultSuite, Event, Identity, KeyStore, KeyStoreError,
    MAX_PACKET, MemoryKeyStore, OssuaryError, Random, SignRequest, Signing, Status, trust,
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Hands out memory and never takes it back: enough to be linked against.
struct Bump;

const ARENA: usize = 1 << 22;
static mut MEMORY: [u8; ARENA] = [0; ARENA];
static USED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: each call takes a range of MEMORY that no other call gets, aligned as
// asked, or returns null.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = &raw mut MEMORY as *mut u8;
        let taken = USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let start = (base as usize + used).next_multiple_of(layout.align()) - base as usize;
            start.checked_add(layout.size()).filter(|end| *end <= ARENA)
        });
        match taken {
            Ok(used) => {
                let start = (base as usize + used).next_multiple_of(layout.align());
                start as *mut u8
            }
            Err(_) => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;

/// A source of numbers that are not random: nothing here is secret.
struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(31).wrapping_add(7);
            *byte = self.0;
        }
        Ok(())
    }
}

/// A key store that leaves every signature to its application.
struct FarAway(Identity);

impl KeyStore for FarAway {
    fn identities(&self) -> Result<Vec<Identity>, KeyStoreError> {
        Ok(vec![self.0.clone()])
    }

    fn sign(&self, _: &Identity, _: &SignRequest<'_>) -> Result<Signing, KeyStoreError> {
        Ok(Signing::Pending)
    }
}

/// Carries one packet from one end to the other.
fn carry(
    from: &mut dyn Channel,
    to: &mut dyn Channel,
    buffer: &mut [u8],
) -> Result<(), OssuaryError> {
    let len = from.send(buffer)?;
    to.receive(&mut buffer[..len])?;
    Ok(())
}

fn converse<S: CryptoSuite>(key: &dyn SigningKey) -> Result<u64, OssuaryError> {
    let mut buffer = vec![0; MAX_PACKET];
    let store = MemoryKeyStore::new()
        .with(Ed25519SigningKey::from_secret(Secret::from([1; 32]))?)
        .with(EcdsaP256SigningKey::from_secret(Secret::from([2; 32]))?)
        .with(MlDsa65SigningKey::from_secret(Secret::from([3; 32]))?);
    let mut server = Builder::<S>::server()
        .key_store(store)
        .random(Counter(1))
        .prologue(b"prologue")
        .pre_shared_key(&[9; 16])
        .trust(trust::Anyone)
        .build()?;
    let mut client = Builder::<S>::client()
        .key_store(FarAway(key.identity()))
        .random(Counter(2))
        .prologue(b"prologue")
        .pre_shared_key(&[9; 16])
        .peer_name("server")
        .trust(trust::KnownHosts::new())
        .build()?;

    let mut turns: u8 = 0;
    while client.status() != Status::Open || server.status() != Status::Open {
        client.advance(Duration::from_millis(turns.into()))?;
        carry(&mut client, &mut server, &mut buffer)?;
        carry(&mut server, &mut client, &mut buffer)?;
        if client.undecided_peer().is_some() {
            client.decide(true)?;
        }
        let signature = match client.pending_signature() {
            Some(pending) => Some(key.sign(pending.request().message())?),
            None => None,
        };
        if let Some(signature) = signature {
            client.provide_signature(signature)?;
        }
        turns = turns.saturating_add(1);
        if turns > 10 {
            return Err(OssuaryError::ConnectionFailed);
        }
    }

    client.rekey()?;
    let mut len = client.seal(b"one", &mut buffer)?;
    server.receive(&mut buffer[..len])?;
    buffer[8..11].copy_from_slice(b"two");
    len = client.seal_in_place(&mut buffer, 3)?;
    server.receive(&mut buffer[..len])?;
    len = client.seal_padded(b"three", 64, &mut buffer)?;
    let padded = matches!(
        server.receive(&mut buffer[..len])?.event,
        Event::Record(text) if *text == *b"three"
    );

    let mut exported = [0; 32];
    client.export_keying_material(b"label", b"context", &mut exported)?;
    let bound = client.channel_binding()? == server.channel_binding()?;
    if !padded || !bound || client.deadline().is_some() {
        return Err(OssuaryError::ConnectionFailed);
    }

    let (mut sender, mut receiver) = client.split().map_err(|(_, error)| error)?;
    len = sender.seal(b"four", &mut buffer)?;
    server.receive(&mut buffer[..len])?;
    len = server.seal(b"five", &mut buffer)?;
    receiver.receive(&mut buffer[..len])?;
    let client = receiver.rejoin(sender).map_err(|(_, _, error)| error)?;

    let mut client: Box<dyn Channel> = Box::new(client);
    client.disconnect(false);
    len = client.send(&mut buffer)?;
    server.receive(&mut buffer[..len])?;
    server.end_of_stream()?;
    let known = server.remote_identity().map(trust::fingerprint);
    match known {
        Some(_) => Ok(server.records_received()),
        None => Err(OssuaryError::ConnectionFailed),
    }
}

/// A conversation over every kind of key exchange, AEAD, hash and host key;
/// returns how many records were received, or 0 where something failed.
#[unsafe(no_mangle)]
pub extern "C" fn ossuary_no_std() -> u64 {
    let all = || {
        let ed25519 = Ed25519SigningKey::from_secret(Secret::from([4; 32]))?;
        let ecdsa = EcdsaP256SigningKey::from_secret(Secret::from([5; 32]))?;
        let ml_dsa = MlDsa65SigningKey::from_secret(Secret::from([6; 32]))?;
        Ok::<_, OssuaryError>(
            converse::<DefaultSuite>(&ed25519)?
                + converse::<rustcrypto::P256Aes256GcmSha384>(&ecdsa)?
                + converse::<rustcrypto::X25519MlKem768Aes256GcmSha256>(&ml_dsa)?
                + converse::<orion::X25519MlKem768ChaCha20Poly1305Sha384>(&ml_dsa)?
                + converse::<ring::X25519Aes256GcmSha384>(&ed25519)?,
        )
    };
    all().unwrap_or(0)
}
