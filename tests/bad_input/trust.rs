//! Who is not authorized, and who is not yet: every signature here is right.

use crate::pair::{Got, PEER_KEY, Pair, ROLES, Then, builder, peer_of};
use crate::peer::{host_key, wire};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::{AuthorizedKeys, KnownHosts, Peer, Trust, Verdict, trust_fn};
use ossuary::{
    DefaultSuite, Identity, Misuse, OssuaryError, PeerError, Reason, ResetCause, Role, Status,
};
use std::time::Duration;

/// The peer's key, as an error has it.
fn its_key() -> Box<Identity> {
    Box::new(host_key(PEER_KEY).identity())
}

fn not_authorized() -> Then {
    Then::End(PeerError::NotAuthorized(its_key()), wire::NOT_AUTHORIZED)
}

/// Our side asks the application about every key, and has asked about the
/// peer's.
fn undecided(role: Role) -> Pair {
    let ours = builder(role).trust(AuthorizedKeys::default().or_ask());
    let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role));
    pair.ours.connection.advance(Duration::ZERO).unwrap();
    pair.middle();
    assert!(pair.ours.connection.deadline().is_some());
    let packet = pair.authentication(|_, _| {}, |_, _| {});
    // It comes once.
    assert_eq!(pair.ours.give(&packet), [Got::Undecided]);
    pair
}

/// What our side does while nothing is decided: nothing.
fn waits(pair: &mut Pair) {
    let identity = host_key(PEER_KEY).identity();
    assert_eq!(pair.status(), Status::Undecided);
    assert_eq!(pair.ours.connection.undecided_peer(), Some(&identity));
    assert_eq!(pair.ours.connection.remote_identity(), None);
    assert!(matches!(
        pair.ours.connection.remote_public_key(),
        Err(OssuaryError::Misuse(Misuse::NotOpen))
    ));
    assert!(!pair.ours.connection.wants_send());
    assert_eq!(pair.ours.connection.send_len(), 0);
    assert_eq!(pair.ours.connection.send(&mut [0; 1000]).unwrap(), 0);
    // The clock stops.
    assert_eq!(pair.ours.connection.deadline(), None);
    let much_later = Duration::from_secs(1_000_000);
    assert!(!pair.ours.connection.advance(much_later).unwrap());
    // Nothing is read, whatever it is.
    let mut seal = [0; 100];
    assert!(matches!(
        pair.ours.connection.seal(b"", &mut seal),
        Err(OssuaryError::Misuse(Misuse::NotOpen))
    ));
    assert_eq!(pair.ours.give(&[]), [Got::NotYet]);
    assert_eq!(pair.status(), Status::Undecided);
}

#[test]
fn an_undecided_key_stops_everything() {
    for role in ROLES {
        let mut pair = undecided(role);
        waits(&mut pair);
        // An alert is not read either, and is found when the decision is there.
        let reset = pair.peer.reset(wire::FAILED);
        assert_eq!(pair.ours.give(&reset), [Got::NotYet]);
        assert_eq!(pair.status(), Status::Undecided);
        assert_eq!(pair.ours.connection.last_reset(), None);
        pair.ours.connection.decide(true).unwrap();
        if role == Role::Client {
            pair.ours.take();
        }
        let cause = ResetCause::Peer(Reason::Failed);
        assert_eq!(pair.ours.give(&[]), [Got::Reset(cause)]);
        pair.answered("after the decision", &reset);
        pair.handshake();
        pair.talk();
    }
}

/// From the decision on it is a handshake like another.
fn goes_on(pair: &mut Pair) {
    let identity = host_key(PEER_KEY).identity();
    assert_eq!(pair.ours.connection.undecided_peer(), None);
    assert_eq!(pair.ours.connection.remote_identity(), Some(&identity));
    if pair.role() == Role::Client {
        assert_eq!(pair.status(), Status::Handshaking);
        let packet = pair.ours.take();
        pair.peer.read_client_authentication(&packet);
    }
    assert_eq!(pair.status(), Status::Open);
    assert!(matches!(
        pair.ours.connection.decide(true),
        Err(OssuaryError::Misuse(Misuse::NoDecisionPending))
    ));
    pair.talk();
    // It is not asked again after a reset.
    pair.is_reset_by_peer("decided before", wire::FAILED);
}

#[test]
fn a_key_that_is_trusted_goes_on() {
    for role in ROLES {
        let mut pair = undecided(role);
        pair.ours.connection.decide(true).unwrap();
        goes_on(&mut pair);
    }
}

#[test]
fn a_key_that_is_authorized_goes_on_and_another_changes_nothing() {
    for role in ROLES {
        let mut pair = undecided(role);
        let stranger = host_key(0x33).identity();
        pair.ours.connection.authorize(stranger.clone()).unwrap();
        waits(&mut pair);
        pair.ours
            .connection
            .add_authorized_key(host_key(0x34).identity().public_key())
            .unwrap();
        waits(&mut pair);
        let identity = host_key(PEER_KEY).identity();
        pair.ours.connection.authorize(identity).unwrap();
        goes_on(&mut pair);
    }
}

#[test]
fn a_key_that_is_refused_ends_it() {
    for role in ROLES {
        let mut pair = undecided(role);
        assert!(matches!(
            pair.ours.connection.decide(false),
            Err(OssuaryError::Peer(PeerError::NotAuthorized(key))) if key == its_key()
        ));
        assert_eq!(pair.ours.connection.remote_identity(), None);
        assert_eq!(pair.ours.connection.undecided_peer(), None);
        let error = PeerError::NotAuthorized(its_key());
        pair.has_ended("refused", error, wire::NOT_AUTHORIZED);
        assert!(matches!(
            pair.ours.connection.decide(true),
            Err(OssuaryError::Misuse(Misuse::NoDecisionPending))
        ));
    }
}

#[test]
fn a_stream_that_ends_while_undecided_has_failed() {
    for role in ROLES {
        let mut pair = undecided(role);
        assert!(matches!(
            pair.ours.connection.end_of_stream(),
            Err(OssuaryError::Peer(PeerError::StreamEnded))
        ));
        assert_eq!(pair.ours.connection.undecided_peer(), None);
        assert_eq!(pair.status(), Status::Failed);
        pair.is_over("ended");
    }
}

#[test]
fn no_decision_is_taken_before_it_is_asked_for() {
    for role in ROLES {
        let middle = Pair::new(role).into_middle();
        for mut pair in [Pair::<DefaultSuite>::new(role), middle] {
            for trusted in [true, false] {
                assert!(matches!(
                    pair.ours.connection.decide(trusted),
                    Err(OssuaryError::Misuse(Misuse::NoDecisionPending))
                ));
            }
            assert_eq!(pair.status(), Status::Handshaking);
            assert_eq!(pair.ours.connection.failure(), None);
        }
    }
}

/// The application cannot change it any more.
fn is_refused(pair: &mut Pair) {
    let connection = &mut pair.ours.connection;
    assert_eq!(connection.remote_identity(), None);
    assert_eq!(connection.undecided_peer(), None);
    assert!(matches!(
        connection.decide(true),
        Err(OssuaryError::Misuse(Misuse::NoDecisionPending))
    ));
    connection.authorize(*its_key()).unwrap();
    assert_eq!(connection.remote_identity(), None);
    assert_eq!(connection.status(), Status::Failed);
}

#[test]
fn a_revoked_key_is_refused_even_if_it_is_known_or_authorized() {
    for authorized in [false, true] {
        let mut hosts = KnownHosts::new();
        let identity = host_key(PEER_KEY).identity();
        hosts.add("host", identity.clone());
        hosts.revoke(identity.clone());
        let ours = builder(Role::Client).trust(hosts).peer_name("host");
        let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(Role::Client)).into_middle();
        if authorized {
            pair.ours.connection.authorize(identity).unwrap();
        }
        let packet = pair.authentication(|_, _| {}, |_, _| {});
        let end = Then::End(PeerError::KeyRevoked(its_key()), wire::NOT_AUTHORIZED);
        pair.refuses("a revoked key", &packet, end);
        is_refused(&mut pair);
    }
}

#[test]
fn a_policy_that_cannot_tell_trusts_nobody() {
    for role in ROLES {
        let ours = builder(role).trust(trust_fn(|_| Err("no file".into())));
        let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_middle();
        let identity = host_key(PEER_KEY).identity();
        pair.ours.connection.authorize(identity).unwrap();
        let mut packet = pair.authentication(|_, _| {}, |_, _| {});
        let error = pair.ours.connection.receive(&mut packet).unwrap_err();
        assert!(matches!(&error, OssuaryError::Trust(cause) if cause.to_string() == "no file"));
        assert_eq!(pair.ours.connection.remote_identity(), None);
        pair.has_ended("no file", PeerError::LocalFailure, wire::FAILED);
    }
}

#[test]
fn a_key_that_the_policy_refuses_ends_it() {
    for role in ROLES {
        let mut listed = AuthorizedKeys::new([host_key(0x33).identity()]);
        for _ in 0..2 {
            let ours = builder(role).trust(listed);
            let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_middle();
            let packet = pair.authentication(|_, _| {}, |_, _| {});
            pair.refuses("not listed", &packet, not_authorized());
            assert_eq!(pair.ours.connection.remote_identity(), None);
            listed = AuthorizedKeys::default();
        }
        let ours = builder(role).trust(trust_fn(|_| Ok(Verdict::Refused)));
        let mut pair = Pair::of(ours, peer_of::<DefaultSuite>(role)).into_middle();
        let packet = pair.authentication(|_, _| {}, |_, _| {});
        pair.refuses("a policy", &packet, not_authorized());
        is_refused(&mut pair);
    }
}

#[test]
fn a_host_with_another_key_than_it_is_known_to_have_is_refused() {
    let known = |name: &str, key| {
        let mut hosts = KnownHosts::new();
        hosts.add(name, host_key(key).identity());
        builder::<DefaultSuite>(Role::Client).trust(hosts)
    };
    let pair = |ours| Pair::of(ours, peer_of::<DefaultSuite>(Role::Client)).into_middle();

    // Not even where the application had authorized it.
    for authorized in [false, true] {
        let mut changed = pair(known("host", 0x33).peer_name("host"));
        if authorized {
            let identity = host_key(PEER_KEY).identity();
            changed.ours.connection.authorize(identity).unwrap();
        }
        let packet = changed.authentication(|_, _| {}, |_, _| {});
        let end = Then::End(PeerError::KeyChanged(its_key()), wire::NOT_AUTHORIZED);
        changed.refuses("a changed key", &packet, end);
        is_refused(&mut changed);
    }

    // The application forgot to say who the peer is.
    let mut nameless = pair(known("host", PEER_KEY));
    let mut packet = nameless.authentication(|_, _| {}, |_, _| {});
    let error = nameless.ours.connection.receive(&mut packet).unwrap_err();
    assert!(
        matches!(&error, OssuaryError::Trust(cause) if cause.to_string().contains("peer_name")),
        "{error:?}"
    );

    let mut unknown = pair(known("host", PEER_KEY).peer_name("another"));
    let packet = unknown.authentication(|_, _| {}, |_, _| {});
    assert_eq!(unknown.ours.give(&packet), [Got::Undecided]);

    let mut same = pair(known("host", PEER_KEY).peer_name("host"));
    let packet = same.authentication(|_, _| {}, |_, _| {});
    same.finish(&packet);
}

#[test]
fn case_does_not_matter_in_names() {
    let mut hosts = KnownHosts::new();
    hosts.add("Gate.Example", host_key(1).identity());
    for (key, verdict) in [(1, Verdict::Trusted), (2, Verdict::Changed)] {
        let identity = host_key(key).identity();
        for name in ["gate.example", "GATE.example"] {
            let peer = Peer::new(Role::Server, Some(name), Some(&identity));
            assert_eq!(hosts.verdict(&peer).unwrap(), verdict);
        }
    }
    assert_eq!(
        hosts.lookup("gate.example.", &host_key(2).identity()),
        Verdict::Unknown
    );
}
