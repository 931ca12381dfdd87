//! Sends every record back as it came: something to try another
//! implementation of the protocol against.
//!
//! ```sh
//! cargo run --example echo -- --listen 127.0.0.1:7000 --anyone
//! ```
//!
//! It serves any number of connections at once, in a thread each, until it is
//! stopped. Empty records are sent back too. What the protocol does by itself,
//! such as padding, re-keying and recovery, needs nothing here.

mod common;

use common::{Link, Result, Settings, explain_io, keys, list_suites, public_key, suites_of, who};
use ossuary::MemoryKeyStore;
use ossuary::io::RecordsLost;
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::{Anyone, AuthorizedKeys, Trust};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const HELP: &str = "\
Serves connections, and sends every record back as it came.

  echo --listen ADDRESS (--anyone | --authorized FILE) [options]

  --listen ADDRESS    the address to listen on; with port 0 any free port
  --anyone            let in every client, anonymous ones too
  --authorized FILE   let in the clients whose public keys the file lists, in
                      hex, one a line, with comments behind #
  --key FILE          the server's Ed25519 secret key, 32 bytes in hex, made
                      where it does not exist; otherwise the key is a fresh one
  --suite NAME        only this cryptography; without it the client chooses; the
                      name \"list\" lists what there is
  --prologue TEXT     what both sides agree on beforehand
  --psk-file FILE     a pre-shared key, at least 16 bytes, in hex";

/// How long to wait when the system has no resources for a connection.
const BREATH: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    common::run("echo", echo)
}

fn echo() -> Result {
    use lexopt::prelude::*;

    let mut listen = None;
    let mut anyone = false;
    let mut authorized: Option<PathBuf> = None;
    let mut key: Option<PathBuf> = None;
    let mut suite = None;
    let mut prologue = String::new();
    let mut pre_shared_key = None;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = Some(parser.value()?.string()?),
            Long("anyone") => anyone = true,
            Long("authorized") => authorized = Some(parser.value()?.into()),
            Long("key") => key = Some(parser.value()?.into()),
            Long("suite") => suite = Some(parser.value()?.string()?),
            Long("prologue") => prologue = parser.value()?.string()?,
            Long("psk-file") => {
                let file = PathBuf::from(parser.value()?);
                pre_shared_key = Some(keys::pre_shared_key(&file)?);
            }
            Long("help") | Short('h') => {
                println!("{HELP}");
                return Ok(());
            }
            argument => return Err(argument.unexpected().into()),
        }
    }
    if suite.as_deref() == Some("list") {
        list_suites();
        return Ok(());
    }
    let address = listen.ok_or("which address to listen on? Give --listen ADDRESS")?;
    let trust: Arc<dyn Trust + Send + Sync> = match (anyone, authorized) {
        (true, None) => Arc::new(Anyone),
        (false, Some(file)) => Arc::new(AuthorizedKeys::new(keys::authorized_keys(&file)?)),
        _ => return Err("whom to let in? Give --anyone or --authorized FILE".into()),
    };
    let key = keys::host_key(key.as_deref())?;
    let identity = key.identity();
    let settings = Settings {
        suites: suites_of(suite.as_deref())?,
        keys: Arc::new(MemoryKeyStore::new().with(key)),
        trust,
        prologue: prologue.into_bytes(),
        pre_shared_key,
    };
    settings.server()?;

    let listener = TcpListener::bind(&address)
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    println!("listening    {}", listener.local_addr()?);
    for suite in &settings.suites {
        println!("suite        {suite}");
    }
    println!("public key   {}", public_key(&identity));
    println!("fingerprint  {}", who(Some(&identity)));
    serve(&listener, &Arc::new(settings))
}

/// Takes connections for ever. Whatever happens to one, or in making one, is no
/// reason to stop.
fn serve(listener: &TcpListener, settings: &Arc<Settings>) -> ! {
    loop {
        let served = listener.accept().and_then(|(socket, address)| {
            let settings = Arc::clone(settings);
            let name = format!("echo {address}");
            thread::Builder::new()
                .name(name)
                .spawn(move || connection(socket, address, &settings))
        });
        if let Err(error) = served {
            eprintln!("echo: a connection was not taken: {error}");
            thread::sleep(BREATH);
        }
    }
}

/// One connection, from its handshake to its end, and one line about it.
fn connection(socket: TcpStream, address: SocketAddr, settings: &Settings) {
    match settings.accept(socket) {
        Ok(mut link) => {
            let ended = match echo_records(&mut link, address) {
                Ok(()) => "closed in good order".into(),
                Err(error) => explain_io(&error),
            };
            let peer = who(link.channel().remote_identity());
            let count = link.channel().records_received();
            println!("{address}  {peer}  {count} records, {ended}");
        }
        Err(error) => println!("{address}  no handshake: {error}"),
    }
}

fn echo_records(link: &mut Link, address: SocketAddr) -> io::Result<()> {
    let mut record = Vec::new();
    loop {
        match link.read_record() {
            Ok(Some(plaintext)) => {
                record.clear();
                record.extend_from_slice(plaintext);
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                note_loss(error, address)?;
                continue;
            }
        }
        // An error that says that earlier records were lost has not sent this one.
        while let Err(error) = link.write_record(&record) {
            note_loss(error, address)?;
        }
    }
}

/// After a recovery the channel is as good as before, but records that were on
/// their way back are lost. The peer can count which ones it did not get.
fn note_loss(error: io::Error, address: SocketAddr) -> io::Result<()> {
    match RecordsLost::of(&error) {
        Some(lost) => {
            eprintln!("echo: {address}: {lost}");
            Ok(())
        }
        None => Err(error),
    }
}
