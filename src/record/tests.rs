//! The limits that no test reaches by sending: the counters are set.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;
use crate::DefaultSuite;
use crate::key_schedule::HandshakeSecrets;
use crate::secret::Chain;
use crate::transcript::H0;

const TOKEN: Token = [7; 16];

/// A sender and the opener of the other side, at the beginning.
fn pair() -> (Sender<DefaultSuite>, Opener<DefaultSuite>) {
    let secret = || {
        let h4 = H0::new(DefaultSuite::ID, &[])
            .client_handshake(&[0; HEADER_LEN], &[])
            .server_share(&[0; HEADER_LEN], &[], &[])
            .server_auth(&[])
            .client_auth(&[]);
        HandshakeSecrets::<DefaultSuite>::new(&[1; 12], &[2; 12], &[3; 32], &Chain::empty())
            .traffic(&h4)
            .unwrap()
            .client
    };
    let sender = Sender::new(secret(), 2, 0, TOKEN).unwrap();
    (sender, Opener::new(secret(), 2).unwrap())
}

type Packet = [u8; CLOSE_LEN];

/// Seals a record of 18 bytes.
fn seal(sender: &mut Sender<DefaultSuite>) -> Result<Packet, OssuaryError> {
    let mut packet = [0; CLOSE_LEN];
    sender.seal(&[0x5a; 18], &mut packet)?;
    Ok(packet)
}

fn close(sender: &mut Sender<DefaultSuite>) -> Result<Packet, OssuaryError> {
    let mut packet = [0; CLOSE_LEN];
    sender.close(&mut packet)?;
    Ok(packet)
}

fn header(packet: &Packet) -> Header {
    Header::decode(packet.first_chunk().unwrap()).unwrap()
}

/// As the connection does it: the header first, and then the body.
fn open(opener: &mut Opener<DefaultSuite>, mut packet: Packet) -> Result<(), PeerError> {
    let header = header(&packet);
    opener.check(&header)?;
    let (head, body) = packet.split_first_chunk_mut().unwrap();
    opener.open(&header, head, body).map(drop)
}

fn has_rekey(packet: &Packet) -> bool {
    header(packet).flags.has(Flags::REKEY)
}

/// Both ends have dealt with so many packets under the present key.
fn at(under_key: u32) -> (Sender<DefaultSuite>, Opener<DefaultSuite>) {
    let (mut sender, mut opener) = pair();
    sender.direction.under_key = under_key;
    opener.direction.under_key = under_key;
    (sender, opener)
}

/// "The record that carries REKEY is at the latest packet number 2^22 - 1
/// under that key, counted from 1."
#[test]
fn a_sender_rekeys_by_itself() {
    // This is packet number 2^22 - 2.
    let (mut sender, mut opener) = at((1 << 22) - 3);
    let below = seal(&mut sender).unwrap();
    assert!(!has_rekey(&below));
    open(&mut opener, below).unwrap();

    // Number 2^22 - 1.
    let last = seal(&mut sender).unwrap();
    assert!(has_rekey(&last));
    assert_eq!(sender.direction.under_key, 0);
    open(&mut opener, last).unwrap();
    assert_eq!(opener.direction.under_key, 0);

    // Number 1 under the next key; the counter goes on.
    let first = seal(&mut sender).unwrap();
    assert!(!has_rekey(&first));
    assert_eq!(header(&first).msg_id, 4);
    open(&mut opener, first).unwrap();

    // However late it is.
    for under_key in [(1 << 22) - 1, 1 << 22, 1 << 23] {
        let (mut sender, _) = at(under_key);
        assert!(has_rekey(&seal(&mut sender).unwrap()));
    }
}

#[test]
fn every_kind_of_record_rekeys() {
    let (mut sender, _) = at((1 << 22) - 2);
    let mut packet = [0; CLOSE_LEN];
    sender.seal_in_place(&mut packet, 18).unwrap();
    assert!(has_rekey(&packet));
    let (mut sender, _) = at((1 << 22) - 2);
    sender.seal_padded(&[], 18, &mut packet).unwrap();
    assert!(has_rekey(&packet));
    // An end has no next packet, and no such flag.
    for under_key in [(1 << 22) - 2, (1 << 22) - 1] {
        let (mut sender, mut opener) = at(under_key);
        let end = close(&mut sender).unwrap();
        assert_eq!(header(&end).flags, Flags::SEALED);
        open(&mut opener, end).unwrap();
    }
}

#[test]
fn a_wish_for_a_new_key_is_granted_once() {
    let (mut sender, mut opener) = pair();
    sender.rekey();
    sender.rekey();
    for rekey in [true, false, false] {
        let packet = seal(&mut sender).unwrap();
        assert_eq!(has_rekey(&packet), rekey);
        open(&mut opener, packet).unwrap();
    }
}

/// "A receiver refuses packet number 2^23 under one key, counted from 1."
#[test]
fn a_receiver_refuses_too_many_packets_under_one_key() {
    type Seal = fn(&mut Sender<DefaultSuite>) -> Result<Packet, OssuaryError>;
    for seal in [seal as Seal, close] {
        let opened = |under_key| {
            let (mut sender, mut opener) = pair();
            opener.direction.under_key = under_key;
            let packet = seal(&mut sender).unwrap();
            let opened = open(&mut opener, packet);
            (opened, opener.direction.under_key, opener.direction.counter)
        };
        let refused = Err(PeerError::KeyLimitReached);
        // Number 2^23 - 1, then 2^23 and the one after it.
        assert_eq!(opened((1 << 23) - 2), (Ok(()), (1 << 23) - 1, 3));
        assert_eq!(opened((1 << 23) - 1), (refused.clone(), (1 << 23) - 1, 2));
        assert_eq!(opened(1 << 23), (refused, 1 << 23, 2));
    }
    // It ends the connection, with a reason of its own.
    assert!(!PeerError::KeyLimitReached.is_recoverable());
    assert_eq!(PeerError::KeyLimitReached.reason(), Reason::KeyLimitReached);
    assert_eq!(Reason::KeyLimitReached.code(), 0x08);
}

/// The refusal is of a header: a packet that is not the next one is out of
/// sequence, and one that is the last allowed can bring a new key.
#[test]
fn the_limit_is_that_of_the_key() {
    let (mut sender, mut opener) = pair();
    opener.direction.under_key = (1 << 23) - 2;
    sender.rekey();
    let rekey = seal(&mut sender).unwrap();
    open(&mut opener, rekey).unwrap();
    assert_eq!(opener.direction.under_key, 0);
    let next = seal(&mut sender).unwrap();
    open(&mut opener, next).unwrap();

    let (mut sender, mut opener) = pair();
    seal(&mut sender).unwrap();
    opener.direction.under_key = (1 << 23) - 1;
    let (expected, received) = (2, 3);
    assert_eq!(
        open(&mut opener, seal(&mut sender).unwrap()),
        Err(PeerError::WrongMessageId { expected, received })
    );
}

/// A packet that does not open counts towards no limit.
#[test]
fn what_does_not_open_is_not_counted() {
    let (mut sender, mut opener) = pair();
    sender.rekey();
    let good = seal(&mut sender).unwrap();
    for _ in 0..3 {
        let mut bad = good;
        *bad.last_mut().unwrap() ^= 1;
        assert_eq!(open(&mut opener, bad), Err(PeerError::DecryptionFailed));
        assert_eq!(opener.direction.counter, 2);
        assert_eq!(opener.direction.under_key, 0);
    }
    open(&mut opener, good).unwrap();
    open(&mut opener, seal(&mut sender).unwrap()).unwrap();
}

/// `msg_id` has the low 16 bits, and the nonce has all 64.
#[test]
fn a_message_id_begins_anew_and_the_counter_does_not() {
    let (mut sender, mut opener) = pair();
    sender.direction.counter = 0xfffe;
    opener.direction.counter = 0xfffe;
    for id in [0xfffe, 0xffff, 0, 1] {
        let packet = seal(&mut sender).unwrap();
        assert_eq!(header(&packet).msg_id, id);
        open(&mut opener, packet).unwrap();
    }
    assert_eq!(opener.direction.counter, 0x1_0002);
    // The same msg_id under another counter is another nonce.
    let packet = seal(&mut sender).unwrap();
    opener.direction.counter = 2;
    assert_eq!(open(&mut opener, packet), Err(PeerError::DecryptionFailed));
}

/// "The 64-bit counter is never allowed to wrap."
#[test]
fn a_counter_does_not_wrap() {
    let (mut sender, mut opener) = pair();
    sender.direction.counter = u64::MAX - 1;
    opener.direction.counter = u64::MAX - 1;
    open(&mut opener, seal(&mut sender).unwrap()).unwrap();
    assert_eq!(sender.direction.counter, u64::MAX);
    assert_eq!(opener.direction.counter, u64::MAX);
    for _ in 0..2 {
        for sealed in [seal(&mut sender), close(&mut sender)] {
            assert!(matches!(
                sealed,
                Err(OssuaryError::Misuse(Misuse::CounterExhausted))
            ));
        }
        assert_eq!(sender.records_sent(), 1);
        assert_eq!(sender.direction.counter, u64::MAX);
        assert!(!sender.is_closed());
    }
    // What a peer that goes on would send.
    let beyond = Header::new(PacketType::EncryptedData, Flags::SEALED, 0xffff, 16);
    assert_eq!(opener.check(&beyond), Err(PeerError::KeyLimitReached));
}

#[test]
fn nothing_is_sealed_behind_an_end() {
    let (mut sender, _) = pair();
    close(&mut sender).unwrap();
    for sealed in [seal(&mut sender), close(&mut sender)] {
        assert!(matches!(sealed, Err(OssuaryError::ConnectionClosed)));
    }
    assert_eq!((sender.records_sent(), sender.direction.counter), (0, 3));
}
