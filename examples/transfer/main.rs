//! Sends a file through a secure channel.
//!
//! ```sh
//! cargo run --release --example transfer -- FILE
//! ```
//!
//! runs both ends, the receiver as the server and the sender as the client, over
//! a loopback socket; `--help` tells how to run them as two processes.
//!
//! # The protocol on top of the channel
//!
//! | record of the sender's | |
//! |---|---|
//! | 0 | the header: the file's length and name |
//! | 1 and on | the data, in records of one size; the last may be shorter |
//! | the last | the SHA-256 of the data |
//!
//! The receiver replies to the header, and after each 32 records that have
//! arrived; the sender stays at most 64 records ahead of that. In the end the
//! receiver says that it has the file, or at any time why it does not take it,
//! and the sender closes the channel.
//!
//! The replies are there because of recovery. A channel that was damaged makes
//! itself whole, but records may be lost, and each end is told how many of its
//! own have arrived ([`RecordsLost`](ossuary::io::RecordsLost)): the sender goes
//! on from that record, the receiver repeats its last reply. It is by reading
//! that an end notices the damage, so it cannot only write.

#[path = "../common/mod.rs"]
mod common;
mod protocol;
mod receive;
mod send;

use common::{Link, Result, Settings, keys, libraries, list_suites, public_key, suites_of, who};
use indicatif::{ProgressBar, ProgressStyle};
use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::AuthorizedKeys;
use ossuary::{Identity, MemoryKeyStore, Role};
use send::Source;
use std::io::{self, IsTerminal};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

const HELP: &str = "\
Sends a file through a secure channel, and checks its SHA-256 at the far end.

Both ends in one process, over a loopback socket, with fresh keys:
  transfer FILE [--output PATH]

The receiver and the sender as two processes:
  transfer --listen ADDRESS [--output PATH] --key FILE --authorized FILE
  transfer --connect ADDRESS FILE --key FILE (--authorized FILE | --trust-first)

  --listen ADDRESS    receive one file, from one connection to this address
  --connect ADDRESS   send to the receiver at this address
  --output PATH       where the receiver writes the file; otherwise it only
                      checks it
  --key FILE          this side's secret key, made where it does not exist;
                      otherwise the key is a fresh one
  --authorized FILE   the public keys that the other side may have, in hex, one
                      a line, with comments behind #
  --trust-first       let the client ask about a server's key that it does not
                      know; where there is no terminal to ask on, it trusts it
  --suite NAME        which cryptography; without it a sender asks for the default
                      and a receiver runs all; the name \"list\" lists them
  --public-key        print the public key of --key FILE, and do nothing else

Two people who each run
  transfer --public-key --key my.key > my.pub
and give each other my.pub have what --authorized needs.";

fn main() -> ExitCode {
    common::run("transfer", transfer)
}

/// The command line.
#[derive(Default)]
struct Arguments {
    file: Option<PathBuf>,
    listen: Option<String>,
    connect: Option<String>,
    output: Option<PathBuf>,
    key: Option<PathBuf>,
    authorized: Option<PathBuf>,
    trust_first: bool,
    suite: Option<String>,
    public_key: bool,
}

fn transfer() -> Result {
    use lexopt::prelude::*;

    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => arguments.listen = Some(parser.value()?.string()?),
            Long("connect") => arguments.connect = Some(parser.value()?.string()?),
            Long("output") => arguments.output = Some(parser.value()?.into()),
            Long("key") => arguments.key = Some(parser.value()?.into()),
            Long("authorized") => arguments.authorized = Some(parser.value()?.into()),
            Long("trust-first") => arguments.trust_first = true,
            Long("suite") => arguments.suite = Some(parser.value()?.string()?),
            Long("public-key") => arguments.public_key = true,
            Long("help") | Short('h') => {
                println!("{HELP}");
                return Ok(());
            }
            Value(file) if arguments.file.is_none() => arguments.file = Some(file.into()),
            argument => return Err(argument.unexpected().into()),
        }
    }
    if arguments.suite.as_deref() == Some("list") {
        list_suites();
        return Ok(());
    }
    if arguments.public_key {
        let file = arguments.key.ok_or("--public-key needs --key FILE")?;
        println!("{}", public_key(&keys::host_key(Some(&file))?.identity()));
        return Ok(());
    }
    match (&arguments.listen, &arguments.connect, &arguments.file) {
        (Some(address), None, None) => listen(address, &arguments),
        (None, Some(address), Some(file)) => connect(address, file, &arguments),
        (None, None, Some(file)) => loopback(file, &arguments),
        (Some(_), None, Some(_)) => Err("the FILE to send belongs to --connect".into()),
        (Some(_), Some(_), _) => Err("--listen and --connect are for two processes".into()),
        (None, _, None) => Err("which FILE is to be sent? See --help".into()),
    }
}

/// Both ends in this process: the receiver in a thread of its own.
fn loopback(file: &Path, arguments: &Arguments) -> Result {
    if arguments.key.is_some() || arguments.authorized.is_some() {
        return Err("--key and --authorized are for --listen and --connect".into());
    }
    let source = Source::open(file)?;
    let (client_key, server_key) = (keys::host_key(None)?, keys::host_key(None)?);
    // A client that trusts on first use is not told the server's key.
    let known = (!arguments.trust_first).then(|| server_key.identity());
    let server = settings(arguments, vec![client_key.identity()], server_key)?;
    let client = settings(arguments, known.into_iter().collect(), client_key)?;

    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let client_socket = TcpStream::connect(listener.local_addr()?)?;
    let (server_socket, _) = listener.accept()?;
    thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut link = server.accept(server_socket)?;
            receive::receive(
                &mut link,
                arguments.output.as_deref(),
                &ProgressBar::hidden(),
            )
        });
        let sent = client.connect(client_socket, ask).and_then(|mut link| {
            let report = with_progress(|bar| send::send(&mut link, source, bar))?;
            Ok((link, report))
        });
        let received = receiver
            .join()
            .map_err(|_| "the receiver's thread panicked")?;
        // Where both ends failed, the sender knows why: it has been told.
        let (link, _) = sent?;
        print(&client, &link, &received?);
        Ok(())
    })
}

/// The receiver: the server.
fn listen(address: &str, arguments: &Arguments) -> Result {
    if arguments.trust_first {
        return Err("--trust-first is for the client: --connect".into());
    }
    let authorized = arguments.authorized.as_ref();
    let authorized = authorized.ok_or("whom is the file to come from? Give --authorized FILE")?;
    let authorized = keys::authorized_keys(authorized)?;
    let key = keys::host_key(arguments.key.as_deref())?;
    let identity = key.identity();
    let server = settings(arguments, authorized, key)?;

    let listener = TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    println!("listening    {}", listener.local_addr()?);
    println!("public key   {}", public_key(&identity));
    let (socket, _) = listener.accept()?;
    let mut link = server.accept(socket)?;
    let report =
        with_progress(|bar| receive::receive(&mut link, arguments.output.as_deref(), bar))?;
    print(&server, &link, &report);
    Ok(())
}

/// The sender: the client.
fn connect(address: &str, file: &Path, arguments: &Arguments) -> Result {
    if arguments.output.is_some() {
        return Err("--output is for the receiver: --listen".into());
    }
    let authorized = match &arguments.authorized {
        Some(file) => keys::authorized_keys(file)?,
        None if arguments.trust_first => Vec::new(),
        None => return Err("whom to trust? Give --authorized FILE or --trust-first".into()),
    };
    let source = Source::open(file)?;
    let key = keys::host_key(arguments.key.as_deref())?;
    println!("public key   {}", public_key(&key.identity()));
    let client = settings(arguments, authorized, key)?;

    let socket = TcpStream::connect(address)
        .map_err(|error| format!("cannot connect to {address}: {error}"))?;
    let mut link = client.connect(socket, ask)?;
    let report = with_progress(|bar| send::send(&mut link, source, bar))?;
    print(&client, &link, &report);
    Ok(())
}

fn settings(
    arguments: &Arguments,
    authorized: Vec<Identity>,
    key: Ed25519SigningKey,
) -> Result<Settings> {
    let authorized = AuthorizedKeys::new(authorized);
    let trust = if arguments.trust_first {
        authorized.or_ask()
    } else {
        authorized
    };
    Ok(Settings {
        suites: suites_of(arguments.suite.as_deref())?,
        keys: Arc::new(MemoryKeyStore::new().with(key)),
        trust: Arc::new(trust),
        prologue: protocol::PROLOGUE.into(),
        pre_shared_key: None,
    })
}

/// Trust on first use. The server has proved that the key is its own, but only
/// a person can know whether it is the right server's. A real program keeps the
/// answer, as the example `known_hosts` does.
fn ask(server: &Identity) -> Result<bool> {
    eprintln!("the server's key is not known: {}", who(Some(server)));
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        eprintln!("there is no terminal to ask on: it is trusted on first use");
        return Ok(true);
    }
    eprint!("is it the right one? [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What an end knows of a file that has been transferred.
struct Report {
    name: String,
    bytes: u64,
    seconds: f64,
    hash: [u8; 32],
}

fn print(settings: &Settings, link: &Link, report: &Report) {
    let channel = link.channel();
    let (own, peers) = (channel.local_identity(), channel.remote_identity());
    let (client, server) = match channel.role() {
        Role::Client => (own, peers),
        Role::Server => (peers, own),
    };
    let throughput = report.bytes as f64 / report.seconds / 1e6;
    println!("suite        {}", channel.suite());
    println!("libraries    {}", libraries(settings, channel));
    println!("client       {}", who(client));
    println!("server       {}", who(server));
    println!("file         {:?}", report.name);
    println!("bytes        {}", report.bytes);
    println!("seconds      {:.3}", report.seconds);
    println!("throughput   {throughput:.1} MB/s");
    println!("SHA-256      {}", hex::encode(report.hash));
}

/// Shows a progress bar where somebody can see it.
fn with_progress<T>(work: impl FnOnce(&ProgressBar) -> Result<T>) -> Result<T> {
    let bar = if io::stderr().is_terminal() {
        let style = "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta}";
        ProgressBar::no_length().with_style(ProgressStyle::with_template(style)?)
    } else {
        ProgressBar::hidden()
    };
    let result = work(&bar);
    bar.finish_and_clear();
    result
}
