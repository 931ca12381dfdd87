//! `known_hosts` files.

mod add;
mod hosts;
#[cfg(test)]
mod tests;

use crate::public_key::ParsedKey;
use crate::trust_file::{Cached, Contents, lines, parse_key, split_word};
use crate::{LineProblem, TrustFileError};
use hosts::Hosts;
use ossuary_traits::{BoxError, Identity, Peer, Trust, Verdict};
use std::path::PathBuf;
use std::sync::Arc;

/// Knows peers by their names, in a `known_hosts` file (sshd(8), "SSH_KNOWN_HOSTS FILE
/// FORMAT"), and adds those to it that the application trusts on first use.
///
/// Each verdict checks whether the file has changed, and if so, reads it again. Clones share
/// what was read. Any number of programs can use one file at a time.
///
/// # What the file may hold
///
/// Lines of names and a key, empty lines, and comments, which begin with `#`. The names of a
/// line have commas between them; `*` and `?` in them stand for any characters and for one,
/// and a name after `!` is excluded from the line. Names may be hashed (`|1|…`). Case does not
/// matter. A host may have several keys, on a line each.
///
/// | marker | |
/// |---|---|
/// | `@revoked` | the key is trusted under none of the names of the line, whatever other lines say; `*` is all names |
/// | `@cert-authority` | the line is ignored, because the protocol has no certificates |
///
/// Lines with keys of types that the protocol does not have, such as `ssh-rsa`, count neither
/// way: a host of which only such a key is known is unknown.
///
/// A line is at most 16384 bytes long, the file at most 16 MiB.
///
/// # Names
///
/// Peers are looked up by the names that are given to `Builder::peer_name`.
/// [`host_name`] makes such a name of a host and a port, as `ssh` does: `[host]:port`, and
/// the host alone for port 22, which is that of `ssh`. So a name without a port is that of
/// the host's `ssh`, and another one than those with ports. Programs whose peers are no
/// hosts can use any name that [`add`](Self::add) takes. Names are compared as they are,
/// but for their case: `gate.example.org.`, with a dot at its end, is another name than
/// `gate.example.org`.
///
/// # When the file is in error
///
/// A file with an error in one line trusts nobody: [`open`](Self::open) fails, and after a
/// change each verdict does, until the error is mended. On Unix, a file that its group or
/// others can write to is refused; its owner and the folders above are not checked.
///
/// # Example
///
/// ```no_run
/// # fn agrees(_: &ossuary::Identity) -> bool { true }
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use ossuary::{Builder, DefaultSuite, io::Stream};
/// use ossuary_openssh::{KnownHostsFile, host_name};
/// use std::net::TcpStream;
///
/// let hosts = KnownHostsFile::open("/home/me/.config/example/known_hosts")?;
/// let name = host_name("server.example", 7000);
/// let client = Builder::<DefaultSuite>::client()
///     .peer_name(&name)
///     .trust(hosts.clone())
///     .build()?;
/// let socket = TcpStream::connect("server.example:7000")?;
/// // The question is asked where the server is unknown, and there alone.
/// let stream = Stream::connect_with(socket, client, |identity| {
///     let trusted = agrees(identity);
///     if trusted {
///         hosts.add(&name, identity)?;
///     }
///     Ok(trusted)
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KnownHostsFile {
    file: Arc<Cached<Entries>>,
    hash: bool,
}

/// A key that a `known_hosts` file has for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownKey {
    /// The number of its line; the first is 1.
    pub line: usize,
    /// The key.
    pub identity: Identity,
}

impl KnownHostsFile {
    /// The file at `path`, which is read at once to see whether it can be used. A file that
    /// is not there is an empty one, and made by [`add`](Self::add).
    ///
    /// # Errors
    ///
    /// It cannot be read, others can write to it, or a line of it is in error.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TrustFileError> {
        let file = Cached::new(path.into());
        file.get()?;
        Ok(KnownHostsFile {
            file: Arc::new(file),
            hash: false,
        })
    }

    /// Hashes the names that are added, as `HashKnownHosts` of `ssh` does: whoever reads the
    /// file learns which keys are in it, but which hosts only by trying names.
    #[must_use]
    pub fn hash_names(mut self) -> Self {
        self.hash = true;
        self
    }

    /// What the file says of a peer that is known by `name` and has proved to be `identity`.
    ///
    /// All lines are looked at first. [`Verdict::Revoked`]: this key is revoked under this
    /// name. [`Verdict::Trusted`]: a line for the name has this key.
    /// [`Verdict::Changed`]: lines for the name have keys, but not this one
    /// ([`keys`](Self::keys) tells which).
    /// [`Verdict::Unknown`]: no line is for the name.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), where the file has changed, and
    /// [`TrustFileError::Busy`].
    pub fn lookup(&self, name: &str, identity: &Identity) -> Result<Verdict, TrustFileError> {
        Ok(self.file.get()?.lookup(name, identity))
    }

    /// The keys that the file has for `name`, in the order of their lines. Lines that are
    /// marked `@revoked` are not among them, nor are keys of types that the protocol does
    /// not have.
    ///
    /// After [`Verdict::Changed`], they are what a program shows so that a person can find
    /// the old key, as `ssh` does ("Offending key in FILE:LINE"); where the key was changed
    /// for a good reason, that line is the one to remove.
    ///
    /// # Errors
    ///
    /// Those of [`lookup`](Self::lookup).
    pub fn keys(&self, name: &str) -> Result<Vec<KnownKey>, TrustFileError> {
        let entries = self.file.get()?;
        let of_name = entries.of(name).filter(|entry| !entry.revoked);
        let keys = of_name.map(|entry| KnownKey {
            line: entry.line,
            identity: entry.identity.clone(),
        });
        Ok(keys.collect())
    }

    /// Adds a line with `name` in lower case and the key of `identity`: trust on first use.
    ///
    /// The file is locked meanwhile, and read again: if the name is known with this key by
    /// now, nothing is written. The line is on the disk when this returns. A file that is not
    /// there is made, with the permissions 0600.
    ///
    /// This waits up to 30 seconds for the lock. Whoever can read the file can hold the lock,
    /// which delays a verdict by a second at most.
    ///
    /// `ssh` and `ssh-keygen` take no locks: a line that is added in the very moment in
    /// which `ssh-keygen -R` replaces the file may be lost, and its host is unknown again.
    ///
    /// # Errors
    ///
    /// [`TrustFileError::Changed`] and [`Revoked`](TrustFileError::Revoked): by now the
    /// name is known with another key, or the key is revoked.
    /// [`Name`](TrustFileError::Name): a name has 1 to 1022 printable ASCII characters, no
    /// space, comma, `*` or `?`, and does not begin with `!`, `|`, `@` or `#`.
    /// [`Key`](TrustFileError::Key): OpenSSH has no form for ML-DSA-65 keys.
    /// [`Write`](TrustFileError::Write): the file cannot be written to, or its folder is not
    /// there. Otherwise those of [`open`](Self::open). Nothing is added.
    pub fn add(&self, name: &str, identity: &Identity) -> Result<(), TrustFileError> {
        add::add(&self.file, name, identity, self.hash)
    }
}

/// An anonymous peer is refused. [`TrustFileError::NoPeerName`] is the error where the
/// application gave no name for the peer.
impl Trust for KnownHostsFile {
    fn verdict(&self, peer: &Peer<'_>) -> Result<Verdict, BoxError> {
        let Some(identity) = peer.identity() else {
            return Ok(Verdict::Refused);
        };
        let name = peer.name().ok_or(TrustFileError::NoPeerName)?;
        Ok(self.lookup(name, identity)?)
    }
}

/// The name by which `ssh` knows the service on `port` of `host`: `[host]:port`, or `host`
/// alone where the port is 22.
#[must_use]
pub fn host_name(host: &str, port: u16) -> String {
    match port {
        22 => host.to_owned(),
        _ => format!("[{host}]:{port}"),
    }
}

/// The lines of a file.
#[derive(Debug, Default)]
struct Entries(Vec<Entry>);

/// A line with a key of a type that the protocol has.
#[derive(Debug)]
struct Entry {
    line: usize,
    revoked: bool,
    hosts: Hosts,
    identity: Identity,
}

impl Entries {
    /// Those whose names `name` is one of.
    fn of(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let name = name.to_ascii_lowercase();
        self.0
            .iter()
            .filter(move |entry| entry.hosts.matches(name.as_bytes()))
    }

    fn lookup(&self, name: &str, identity: &Identity) -> Verdict {
        let (mut known, mut trusted) = (false, false);
        for entry in self.of(name) {
            let same = entry.identity == *identity;
            match (entry.revoked, same) {
                (true, true) => return Verdict::Revoked,
                // A revoked key says nothing about the other keys of a host.
                (true, false) => {}
                (false, _) => {
                    known = true;
                    trusted |= same;
                }
            }
        }
        match (known, trusted) {
            (_, true) => Verdict::Trusted,
            (true, false) => Verdict::Changed,
            (false, false) => Verdict::Unknown,
        }
    }

    fn add(&mut self, number: usize, line: &[u8]) -> Result<(), LineProblem> {
        let (marker, rest) = match line.first() {
            Some(b'@') => split_word(line),
            _ => (&[][..], line),
        };
        if parse_key(rest).is_ok() {
            let problem = "it begins with a key: the names of its host belong before it";
            return Err(LineProblem::Syntax(problem));
        }
        let (hosts, rest) = split_word(rest);
        let hosts = Hosts::parse(hosts)?;
        let key = parse_key(rest)?;
        let revoked = match marker {
            b"" => false,
            b"@revoked" => true,
            b"@cert-authority" => return Ok(()),
            _ => {
                let problem = "its marker is neither @revoked nor @cert-authority";
                return Err(LineProblem::Syntax(problem));
            }
        };
        if let ParsedKey::Known(identity) = key {
            self.0.push(Entry {
                line: number,
                revoked,
                hosts,
                identity,
            });
        }
        Ok(())
    }
}

impl Contents for Entries {
    const IS_ADDED_TO: bool = true;

    fn parse(bytes: &[u8]) -> Result<Self, (usize, LineProblem)> {
        let mut entries = Entries::default();
        for line in lines(bytes) {
            let (number, line) = line?;
            entries
                .add(number, line)
                .map_err(|problem| (number, problem))?;
        }
        Ok(entries)
    }
}
