//! Alerts: Disconnect and Reset, the tokens that prove them, and who acts on
//! what (docs/protocol.md, "Alerts").

use crate::packet::{Flags, HEADER_LEN, Header, PacketType};
use crate::secret::Chain;
use core::fmt;
use ossuary_traits::Role;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// The length of an alert's body, in bytes.
pub(crate) const ALERT_LEN: usize = 18;
/// The length of an unsealed alert's packet, in bytes.
pub(crate) const ALERT_PACKET_LEN: usize = HEADER_LEN + ALERT_LEN;
/// The length of a token, in bytes.
pub(crate) const TOKEN_LEN: usize = 16;
/// The count of resets that ends a connection.
pub(crate) const RESET_LIMIT: u8 = 6;

/// A token: 16 bytes that only the two ends of a handshake can derive. It is a
/// secret until its side sends it.
pub(crate) type Token = [u8; TOKEN_LEN];

/// What stands where no token was derived.
pub(crate) const NO_TOKEN: Token = [0; TOKEN_LEN];

/// Why an alert was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// 0x00: a clean end.
    Closed,
    /// 0x01: failed, no reason given.
    Failed,
    /// 0x02: the suite is not supported.
    SuiteNotSupported,
    /// 0x03: the version is not supported.
    VersionNotSupported,
    /// 0x04: not authorized.
    NotAuthorized,
    /// 0x05: timed out.
    TimedOut,
    /// 0x06: a malformed or unexpected packet.
    Malformed,
    /// 0x07: decryption failed.
    DecryptionFailed,
    /// 0x08: the key usage limit was reached.
    KeyLimitReached,
    /// A reason that the protocol does not name.
    Unknown(u8),
}

impl Reason {
    /// The code point on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Reason::Closed => 0x00,
            Reason::Failed => 0x01,
            Reason::SuiteNotSupported => 0x02,
            Reason::VersionNotSupported => 0x03,
            Reason::NotAuthorized => 0x04,
            Reason::TimedOut => 0x05,
            Reason::Malformed => 0x06,
            Reason::DecryptionFailed => 0x07,
            Reason::KeyLimitReached => 0x08,
            Reason::Unknown(code) => code,
        }
    }

    /// The reason of a code point.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0x00 => Reason::Closed,
            0x01 => Reason::Failed,
            0x02 => Reason::SuiteNotSupported,
            0x03 => Reason::VersionNotSupported,
            0x04 => Reason::NotAuthorized,
            0x05 => Reason::TimedOut,
            0x06 => Reason::Malformed,
            0x07 => Reason::DecryptionFailed,
            0x08 => Reason::KeyLimitReached,
            code => Reason::Unknown(code),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Closed => "closed before the channel was open",
            Reason::Failed => "failed, no reason given",
            Reason::SuiteNotSupported => "suite not supported",
            Reason::VersionNotSupported => "version not supported",
            Reason::NotAuthorized => "not authorized",
            Reason::TimedOut => "timed out",
            Reason::Malformed => "malformed or unexpected packet",
            Reason::DecryptionFailed => "decryption failed",
            Reason::KeyLimitReached => "key usage limit reached",
            Reason::Unknown(code) => return write!(f, "unknown reason {code:#04x}"),
        })
    }
}

/// `alert = u8(reason) || u8(kind) || token(16)`
#[derive(Clone, Copy)]
pub(crate) struct Alert {
    pub(crate) reason: Reason,
    pub(crate) kind: u8,
    pub(crate) token: Token,
}

impl Alert {
    pub(crate) fn encode(&self) -> [u8; ALERT_LEN] {
        let mut body = [0; ALERT_LEN];
        let [reason, kind, token @ ..] = &mut body;
        *reason = self.reason.code();
        *kind = self.kind;
        *token = self.token;
        body
    }

    pub(crate) fn decode(body: &[u8; ALERT_LEN]) -> Self {
        let [reason, kind, token @ ..] = *body;
        Alert {
            reason: Reason::from_code(reason),
            kind,
            token,
        }
    }

    /// The packet of an unsealed alert.
    pub(crate) fn packet(&self, kind: PacketType, msg_id: u16) -> [u8; ALERT_PACKET_LEN] {
        let mut packet = [0; ALERT_PACKET_LEN];
        let (header, body) = packet.split_at_mut(HEADER_LEN);
        header.copy_from_slice(&Header::new(kind, Flags::NONE, msg_id, ALERT_LEN).encode());
        body.copy_from_slice(&self.encode());
        packet
    }
}

/// What one handshake leaves behind for the alerts after it: both sides'
/// tokens and the recovery secret.
pub(crate) struct Credentials {
    pub(crate) client_token: Token,
    pub(crate) server_token: Token,
    pub(crate) recovery: Chain,
}

impl Drop for Credentials {
    fn drop(&mut self) {
        self.client_token.zeroize();
        self.server_token.zeroize();
    }
}

/// What a side knows about alerts: it lasts as long as the connection.
pub(crate) struct Alerts {
    role: Role,
    /// Those of the latest handshake whose ServerHandshake this client opened,
    /// or this server sent.
    current: Option<Credentials>,
    /// What the next handshake's key schedule mixes in.
    chain: Chain,
    /// Server only: the client token of the handshake that the chain comes
    /// from; zeros while the chain is the initial one.
    chain_token: Token,
    /// Whether this side has opened a sealed packet in the present handshake.
    heard: bool,
    /// How many Resets of kind 0 this side has sent on the connection.
    resets_sent: u16,
    /// The count of resets since a record was opened.
    resets: u8,
}

impl Alerts {
    pub(crate) fn new(role: Role, pre_shared_key: Chain) -> Self {
        Alerts {
            role,
            current: None,
            chain: pre_shared_key,
            chain_token: NO_TOKEN,
            heard: false,
            resets_sent: 0,
            resets: 0,
        }
    }

    /// The chain that the present handshake mixes in.
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// A ServerHandshake was opened (client) or sent (server): its credentials
    /// become the current ones. Those before are erased.
    pub(crate) fn renew(&mut self, credentials: Credentials) {
        self.current = Some(credentials);
    }

    /// This side has opened a sealed packet in the present handshake.
    pub(crate) fn peer_heard(&mut self) {
        self.heard = true;
    }

    /// The token that this side's alerts carry.
    pub(crate) fn own_token(&self) -> Token {
        match (&self.current, self.role) {
            (None, _) => NO_TOKEN,
            (Some(current), Role::Client) => current.client_token,
            (Some(current), Role::Server) => current.server_token,
        }
    }

    fn peer_token(&self) -> Option<&Token> {
        self.current.as_ref().map(|current| match self.role {
            Role::Client => &current.server_token,
            Role::Server => &current.client_token,
        })
    }

    /// "A side that has opened a sealed packet in the present handshake acts on
    /// an unsealed alert only if it carries the peer's current token. Before
    /// that, a client acts on any; a server acts on one that carries the current
    /// client token, or the client token of the handshake that its chain comes
    /// from (zeros while the chain is the initial one)."
    pub(crate) fn may_act_on(&self, token: &Token) -> bool {
        if !self.heard && self.role == Role::Client {
            return true;
        }
        let current = match self.peer_token() {
            Some(current) => current.ct_eq(token) & !NO_TOKEN.ct_eq(token),
            None => Choice::from(0),
        };
        let of_chain = self.chain_token.ct_eq(token) & Choice::from(u8::from(!self.heard));
        (current | of_chain).into()
    }

    /// Acting on a Reset that carried `token`: the chain of the next handshake
    /// is settled, and the present one is over.
    ///
    /// "A client takes as the chain of the next handshake its current recovery
    /// secret, if it has one; a server takes the recovery secret of the handshake
    /// whose client token the Reset carried, or keeps its chain where that was
    /// zeros."
    pub(crate) fn reset_by(&mut self, token: &Token) {
        let current = match (&self.current, self.role) {
            (Some(current), Role::Client) => Some(current),
            (Some(current), Role::Server) if current.client_token.ct_eq(token).into() => {
                Some(current)
            }
            // The token is that of the handshake that the chain comes from
            // already, or zeros.
            _ => None,
        };
        if let Some(current) = current {
            self.chain = current.recovery.duplicate();
            self.chain_token = current.client_token;
        }
        self.heard = false;
    }

    /// Counts one reset. `false` where the connection has to end instead.
    #[must_use]
    pub(crate) fn count_reset(&mut self) -> bool {
        if self.resets + 1 >= RESET_LIMIT {
            return false;
        }
        self.resets += 1;
        true
    }

    /// A record was opened, or the peer reports more records than before.
    pub(crate) fn forgive_resets(&mut self) {
        self.resets = 0;
    }

    /// The `msg_id` of the next Reset of kind 0.
    pub(crate) fn next_reset_id(&mut self) -> u16 {
        self.resets_sent = self.resets_sent.wrapping_add(1);
        self.resets_sent
    }

    /// The `msg_id` of this side's latest Reset of kind 0.
    pub(crate) fn latest_reset_id(&self) -> u16 {
        self.resets_sent
    }

    /// Erases all secrets, when the connection is over.
    pub(crate) fn erase(&mut self) {
        self.current = None;
        self.chain = Chain::empty();
        self.chain_token.zeroize();
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.chain_token.zeroize();
    }
}

#[cfg(test)]
impl Alerts {
    /// What a test that looks at states compares: the current credentials, the
    /// chain with its token, whether the peer was heard, and the count of resets.
    pub(crate) fn inside(&self) -> (Option<&Credentials>, &Chain, &Token, bool, u8) {
        let Alerts {
            current,
            chain,
            chain_token,
            heard,
            resets,
            ..
        } = self;
        (current.as_ref(), chain, chain_token, *heard, *resets)
    }
}

/// What a search for alerts found in a stretch of bytes that may begin in the
/// middle of a packet.
pub(crate) enum Scan {
    /// An alert that may be acted on, and the number of bytes up to its end.
    Found {
        header: Header,
        alert: Alert,
        end: usize,
    },
    /// None; so many bytes can be thrown away, the others may begin one.
    Nothing { skip: usize },
}

impl Alerts {
    /// Looks through `bytes` for a Disconnect or Reset that may be acted on.
    pub(crate) fn scan(&self, bytes: &[u8]) -> Scan {
        let mut rest = bytes;
        let mut skip = 0;
        while let Some((packet, _)) = rest.split_first_chunk::<ALERT_PACKET_LEN>() {
            if let Some((header, alert)) = self.alert_in(packet) {
                return Scan::Found {
                    header,
                    alert,
                    end: skip + ALERT_PACKET_LEN,
                };
            }
            rest = rest.split_first().map_or(&[], |(_, rest)| rest);
            skip += 1;
        }
        // What cannot begin an alert need not be kept until more comes.
        while !rest.is_empty() && !may_begin_alert(rest) {
            rest = rest.split_first().map_or(&[], |(_, rest)| rest);
            skip += 1;
        }
        Scan::Nothing { skip }
    }

    fn alert_in(&self, packet: &[u8; ALERT_PACKET_LEN]) -> Option<(Header, Alert)> {
        let (header, body) = packet.split_first_chunk::<HEADER_LEN>()?;
        let header = Header::decode(header).ok()?;
        let body: &[u8; ALERT_LEN] = body.try_into().ok()?;
        let alert = Alert::decode(body);
        let formed = usize::from(header.length) == ALERT_LEN
            && match header.kind {
                PacketType::Disconnect => {
                    header.flags == Flags::NONE && header.msg_id == 0 && alert.kind == 0
                }
                PacketType::Reset => alert.kind <= 1,
                _ => false,
            };
        (formed && self.may_act_on(&alert.token)).then_some((header, alert))
    }
}

/// Whether these bytes can be the first of an unsealed alert's header.
fn may_begin_alert(bytes: &[u8]) -> bool {
    let of = |kind| Header::new(kind, Flags::NONE, 0, ALERT_LEN).encode();
    let matches = |header: [u8; HEADER_LEN]| {
        let fixed = bytes.iter().zip(header).enumerate();
        // The msg_id can be anything.
        fixed
            .filter(|(at, _)| !(2..4).contains(at))
            .all(|(_, (byte, due))| *byte == due)
    };
    matches(of(PacketType::Disconnect)) || matches(of(PacketType::Reset))
}
