//! What the examples share: a connection from the command line's settings, a
//! socket that the protocol's timeouts work on, and errors that tell a person
//! what to do.

#![allow(dead_code, reason = "each example uses its part")]

pub(crate) mod keys;

use ossuary::io::Stream;
use ossuary::trust::{self, Trust};
use ossuary::{
    Acceptor, AnySuite, Builder, Channel, Identity, MemoryKeyStore, OssuaryError, PeerError,
    Reason, suites,
};
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A channel of any suite over TCP.
pub(crate) type Link = Stream<TcpStream, Box<dyn Channel + Send>>;

/// How often a read returns, so that the protocol notices the time
/// ([`ossuary::io`], "Timeouts").
const READ_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a peer may take nothing of what is sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client that was refused may take to read why.
const LINGER: Duration = Duration::from_secs(5);

/// Runs an example; an error is one line on standard error.
pub(crate) fn run(name: &str, example: impl FnOnce() -> Result) -> ExitCode {
    match example() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{name}: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

/// What the connections of a program are made of.
pub(crate) struct Settings {
    /// What a client asks for is the first; a server runs them all.
    pub(crate) suites: Vec<AnySuite>,
    pub(crate) keys: Arc<MemoryKeyStore>,
    pub(crate) trust: Arc<dyn Trust + Send + Sync>,
    pub(crate) prologue: Vec<u8>,
    pub(crate) pre_shared_key: Option<Zeroizing<Vec<u8>>>,
}

impl Settings {
    /// Runs a client's handshake. `ask` is asked about a server whose key the
    /// trust policy leaves undecided.
    pub(crate) fn connect(
        &self,
        socket: TcpStream,
        ask: impl FnMut(&Identity) -> Result<bool>,
    ) -> Result<Link> {
        prepare(&socket)?;
        let suite = self.suites.first().ok_or("there is no suite")?;
        let channel = self.builder(Builder::client()).build_with(suite)?;
        Stream::connect_with(socket, channel, ask).map_err(|error| explain(&error).into())
    }

    /// Runs a server's handshake.
    pub(crate) fn accept(&self, socket: TcpStream) -> Result<Link> {
        prepare(&socket)?;
        let channel: Box<dyn Channel + Send> = Box::new(self.server()?);
        let handle = socket.try_clone()?;
        Stream::accept(socket, channel).map_err(|error| {
            linger(handle);
            explain(&error).into()
        })
    }

    /// What is wrong with the settings shows here, before a client comes.
    pub(crate) fn server(&self) -> Result<Acceptor> {
        let builder = self.builder(Builder::server());
        Ok(builder.acceptor(&self.suites)?)
    }

    fn builder(&self, builder: Builder<AnySuite>) -> Builder<AnySuite, Arc<MemoryKeyStore>> {
        let builder = builder
            .key_store(Arc::clone(&self.keys))
            .trust(Arc::clone(&self.trust))
            .prologue(&self.prologue);
        match &self.pre_shared_key {
            Some(key) => builder.pre_shared_key(key),
            None => builder,
        }
    }
}

/// The suites of a command line's `--suite NAME`. Without one a client asks for
/// the default suite, and a server runs all that there are.
pub(crate) fn suites_of(name: Option<&str>) -> Result<Vec<AnySuite>> {
    Ok(match name {
        Some(name) => vec![*suites::find(name)?],
        // Those of a library for other processors are no use here.
        None => suites::ALL
            .iter()
            .filter(|suite| suite.available().is_ok())
            .copied()
            .collect(),
    })
}

/// What `--suite list` prints.
pub(crate) fn list_suites() {
    for suite in suites::ALL {
        println!("{suite}");
    }
}

/// The libraries behind the suite that a channel came to have.
pub(crate) fn libraries(settings: &Settings, channel: &dyn Channel) -> String {
    let mut suites = settings.suites.iter();
    let suite = suites.find(|suite| suite.id() == channel.suite());
    suite.map_or(String::new(), |suite| suite.libraries().join("; "))
}

pub(crate) fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    socket.set_write_timeout(Some(WRITE_TIMEOUT))
}

/// Lets a client read why it was refused. It may have sent its first records
/// already, and a socket that is closed over unread bytes resets the TCP
/// connection, which can overtake the Disconnect that tells the reason.
fn linger(mut socket: TcpStream) {
    let until = Instant::now() + LINGER;
    let mut unread = [0; 4096];
    if socket.shutdown(Shutdown::Write).is_ok() && socket.set_read_timeout(Some(LINGER)).is_ok() {
        while matches!(socket.read(&mut unread), Ok(1..)) && Instant::now() < until {}
    }
}

/// The fingerprint of who is at an end.
pub(crate) fn who(identity: Option<&Identity>) -> String {
    identity.map_or("anonymous".into(), trust::fingerprint)
}

/// A public key as a file of authorized keys has it.
pub(crate) fn public_key(identity: &Identity) -> String {
    hex::encode(identity.public_key())
}

/// An error of a connection, with what can be done about it.
pub(crate) fn explain(error: &OssuaryError) -> String {
    match error {
        OssuaryError::Peer(PeerError::NotAuthorized(key)) => format!(
            "the peer has the key {}, which is not authorized here: if it is the right one, \
             add it to the file of --authorized",
            public_key(key)
        ),
        OssuaryError::Peer(PeerError::Disconnected(Reason::NotAuthorized)) => {
            "the peer does not authorize this side's key: its owner has to add it to the file of \
             --authorized there"
                .into()
        }
        OssuaryError::Peer(PeerError::SuiteRefused(_) | PeerError::SuiteNotSupported { .. }) => {
            format!("{error}: give both ends the same --suite, or the server none")
        }
        OssuaryError::Io(error) => format!("the connection broke: {error}"),
        error => error.to_string(),
    }
}

/// An error of a [`Link`], with what can be done about it.
pub(crate) fn explain_io(error: &io::Error) -> String {
    match OssuaryError::of(error) {
        Some(inner) => explain(inner),
        None if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            format!(
                "the peer has taken nothing for {} seconds",
                WRITE_TIMEOUT.as_secs()
            )
        }
        None if error.raw_os_error().is_some() => format!("the connection broke: {error}"),
        None => error.to_string(),
    }
}
