//! Trust on first use, as ssh has it: asks on the terminal about a server that is
//! not known, remembers it, and refuses it when it comes with another key.
//!
//! ```sh
//! cargo run --example echo -- --listen 127.0.0.1:7000 --anyone --key server.key &
//! cargo run --example known_hosts --features openssh -- 127.0.0.1 7000 hello
//! ```
//!
//! It sends a message to a server, the `echo` example say, and prints what comes back.

mod common;

use common::{Result, prepare};
use ossuary::io::Stream;
use ossuary::keystore::openssh::{KnownHostsFile, host_name, randomart};
use ossuary::trust::fingerprint;
use ossuary::{Builder, DefaultSuite, Identity, OssuaryError, PeerError};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Sends a message to a server, and prints its answer.

  known_hosts HOST PORT MESSAGE [--file FILE]

  --file FILE    the servers that are known, in OpenSSH's format; otherwise
                 known_hosts in this folder

A server that is not known is asked about on the terminal.";

fn main() -> ExitCode {
    common::run("known_hosts", known_hosts)
}

fn known_hosts() -> Result {
    use lexopt::prelude::*;

    let mut words = Vec::new();
    let mut file = PathBuf::from("known_hosts");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("file") => file = parser.value()?.into(),
            Long("help") | Short('h') => {
                println!("{HELP}");
                return Ok(());
            }
            Value(word) => words.push(word.string()?),
            argument => return Err(argument.unexpected().into()),
        }
    }
    let [host, port, message] = words.as_slice() else {
        return Err("which HOST and PORT, and which MESSAGE? See --help".into());
    };
    let port = port.parse().map_err(|_| format!("{port} is no port"))?;
    let name = host_name(host, port);
    let hosts = KnownHostsFile::open(&file)?;
    let client = Builder::<DefaultSuite>::client()
        .peer_name(&name)
        .trust(hosts.clone())
        .build()?;

    let socket = TcpStream::connect((host.as_str(), port))
        .map_err(|error| format!("cannot connect to {name}: {error}"))?;
    prepare(&socket)?;
    let decide = |identity: &Identity| ask_and_remember(&hosts, &file, &name, identity);
    let mut channel =
        Stream::connect_with(socket, client, decide).map_err(|error| match error {
            OssuaryError::Trust(problem) => problem,
            error => explain(&error, &name, &file, &hosts).into(),
        })?;
    channel.write_record(message.as_bytes())?;
    if let Some(answer) = channel.read_record()? {
        println!("{}", String::from_utf8_lossy(answer));
    }
    channel.shutdown()?;
    Ok(())
}

/// Asks whether to trust a server that is not known, and adds it to the file.
fn ask_and_remember(
    hosts: &KnownHostsFile,
    file: &Path,
    name: &str,
    identity: &Identity,
) -> Result<bool> {
    let mut terminal = Terminal::open().ok_or_else(|| {
        format!(
            "{name} is not in {}, and there is no terminal to ask on; its key is {}",
            file.display(),
            fingerprint(identity)
        )
    })?;
    if !ask(&mut terminal, name, identity)? {
        return Ok(false);
    }
    hosts.add(name, identity)?;
    writeln!(terminal.output, "{name} is now in {}.", file.display())?;
    Ok(true)
}

/// Whoever knows the fingerprint types it, and need not compare it by eye.
fn ask(terminal: &mut Terminal, name: &str, identity: &Identity) -> Result<bool> {
    let fingerprint = fingerprint(identity);
    writeln!(
        terminal.output,
        "Nothing is known of {name}. It has this {} key:\n{fingerprint}\n{}",
        identity.scheme(),
        randomart(identity)?
    )?;
    loop {
        write!(
            terminal.output,
            "Trust it, now and from now on? (yes, no, or its fingerprint) "
        )?;
        terminal.output.flush()?;
        let mut answer = String::new();
        if terminal.input.read_line(&mut answer)? == 0 {
            return Ok(false);
        }
        match answer.trim() {
            "yes" => return Ok(true),
            "no" => return Ok(false),
            answer if answer == fingerprint => return Ok(true),
            answer if answer.starts_with("SHA256:") => {
                writeln!(terminal.output, "That is not its fingerprint.")?;
                return Ok(false);
            }
            _ => {}
        }
    }
}

/// The terminal itself, as standard input may be something else.
struct Terminal {
    input: BufReader<File>,
    output: File,
}

impl Terminal {
    fn open() -> Option<Self> {
        let (input, output) = if cfg!(windows) {
            ("CONIN$", "CONOUT$")
        } else {
            ("/dev/tty", "/dev/tty")
        };
        // Windows wants both for either.
        let open = |path| OpenOptions::new().read(true).write(true).open(path).ok();
        Some(Terminal {
            input: BufReader::new(open(input)?),
            output: open(output)?,
        })
    }
}

fn explain(error: &OssuaryError, name: &str, file: &Path, hosts: &KnownHostsFile) -> String {
    let known = hosts.keys(name).unwrap_or_default();
    let lines: Vec<_> = known.iter().map(|known| known.line.to_string()).collect();
    let (file, lines) = (file.display(), lines.join(", "));
    match error {
        OssuaryError::Peer(PeerError::KeyChanged(key)) => format!(
            "{name} HAS ANOTHER KEY than in {file}, line {lines}: {}\n\
             Somebody may be between you and it, and read and change everything. If its owner \
             tells you that the key was changed, and gives you this fingerprint, remove the old \
             one:\n  ssh-keygen -R '{name}' -f {file}",
            fingerprint(key)
        ),
        OssuaryError::Peer(PeerError::KeyRevoked(key)) => format!(
            "{name} has a key that {file} revokes, {}: somebody else may have it",
            fingerprint(key)
        ),
        OssuaryError::Peer(PeerError::NotAuthorized(_)) => "the server is not trusted".into(),
        error => common::explain(error),
    }
}
