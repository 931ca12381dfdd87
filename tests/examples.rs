//! The examples as their users run them: as processes, over real sockets.

#![cfg(all(feature = "std", feature = "rustcrypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod processes;

use ossuary::backend::rustcrypto::Ed25519SigningKey;
use ossuary::io::{RecordsLost, Stream};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::fingerprint;
use ossuary::{
    AnySuite, Builder, DefaultSuite, Identity, MemoryKeyStore, OsRandom, OssuaryConnection,
    OssuaryError, PeerError, Reason, SignatureScheme, suites,
};
use processes::{Ended, Process, bounded, value_in};
use sha2::Digest;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How much of a file goes into a record (examples/transfer/protocol.rs).
const DATA_LEN: usize = 15 * 4096;

fn transfer(arguments: &[&str]) -> Ended {
    Process::start("transfer", arguments).end()
}

// ---- Files ----

/// A folder with a file of `len` bytes in it.
struct Folder {
    folder: TempDir,
    content: Vec<u8>,
}

impl Folder {
    fn with_file(len: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..len).map(|at| (at % 251 + at / 251) as u8).collect();
        fs::write(folder.path().join("file"), &content).unwrap();
        Folder { folder, content }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn sha256(&self) -> String {
        hex::encode(sha2::Sha256::digest(&self.content))
    }

    /// The file has arrived whole, and nothing else was left beside it.
    #[track_caller]
    fn assert_copied_to(&self, name: &str) {
        assert!(fs::read(self.path(name)).unwrap() == self.content);
        self.assert_nothing_temporary();
    }

    #[track_caller]
    fn assert_nothing_temporary(&self) {
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.starts_with('.'), "{name} was left");
        }
    }

    /// Makes the key file `name` and a file of its public key.
    fn key(&self, name: &str) -> (String, String) {
        let key = self.path(name);
        let made = transfer(&["--public-key", "--key", &key]);
        let public = self.write(&format!("{name}.pub"), &made.succeeded().out);
        (key, public)
    }
}

// ---- transfer: one process ----

#[test]
fn a_file_of_any_length_arrives() {
    for len in [
        0,
        1,
        DATA_LEN - 1,
        DATA_LEN,
        DATA_LEN + 1,
        3 * DATA_LEN,
        3 * DATA_LEN + 1,
    ] {
        let folder = Folder::with_file(len);
        let ended = transfer(&[&folder.path("file"), "--output", &folder.path("copy")]);
        assert_eq!(ended.succeeded().value("bytes"), len.to_string());
        assert_eq!(ended.value("SHA-256"), folder.sha256());
        assert_eq!(ended.err, "");
        folder.assert_copied_to("copy");
    }
}

#[test]
fn without_an_output_the_file_is_only_checked() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let ended = transfer(&[file.to_str().unwrap()]);
    let hash = hex::encode(sha2::Sha256::digest(fs::read(&file).unwrap()));
    assert_eq!(ended.succeeded().value("SHA-256"), hash);
    assert_eq!(ended.value("suite"), "X25519, ChaCha20-Poly1305, SHA-256");
    assert!(ended.value("libraries").contains("x25519-dalek"));
    assert!(ended.value("client").starts_with("SHA256:"));
    assert_ne!(ended.value("client"), ended.value("server"));
}

#[test]
fn an_output_that_exists_is_replaced_when_the_new_one_is_whole() {
    let folder = Folder::with_file(1000);
    let copy = folder.write("copy", "what was there before");
    transfer(&[&folder.path("file"), "--output", &copy]).succeeded();
    folder.assert_copied_to("copy");
}

#[test]
fn what_cannot_be_sent_is_said() {
    let folder = Folder::with_file(0);
    let missing = folder.path("missing");
    transfer(&[&missing]).failed_with(&format!("cannot open {missing}"));
    transfer(&[&folder.path("")]).failed_with("it is a directory");
    transfer(&[]).failed_with("which FILE is to be sent?");
    transfer(&[&folder.path("file"), "--bogus"]).failed_with("--bogus");
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = Folder::with_file(1000);
    let file = folder.path("file");
    transfer(&[&file, "--output", &folder.path("")]).failed_with("cannot write");
    transfer(&[&file, "--output", &folder.path("missing/copy")]).failed_with("cannot write");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_to_both_ends() {
    let folder = Folder::with_file(200 * DATA_LEN);
    let file = folder.path("file");
    transfer(&[&file, "--output", "/dev/full"]).failed_with("cannot write /dev/full: No space");

    let pair = Pair::new(&folder);
    let (receiver, sender) = pair.run(&["--output", "/dev/full"], &[&file], None);
    receiver.failed_with("cannot write /dev/full: No space");
    sender.failed_with("the receiver did not take the file: cannot write /dev/full: No space");
}

#[test]
fn all_suites_work() {
    let folder = Folder::with_file(1000);
    let listed = transfer(&["--suite", "list"]);
    let names: Vec<&str> = listed.succeeded().out.lines().collect();
    let built: Vec<String> = suites::ALL.iter().map(AnySuite::name).collect();
    assert_eq!(names, built);
    for name in names {
        let (_, id) = name.split_once('/').unwrap();
        let ended = transfer(&[&folder.path("file"), "--suite", name]);
        assert_eq!(ended.succeeded().value("SHA-256"), folder.sha256());
        let suite = ended.value("suite").replace(", ", " ").replace('-', "");
        assert_eq!(suite.to_lowercase().replace(' ', "-"), id);
    }
}

#[test]
fn an_unknown_suite_is_refused_with_the_names_of_all() {
    let folder = Folder::with_file(0);
    let ended = transfer(&[&folder.path("file"), "--suite", "rot13"]);
    ended.failed_with("there is no suite \"rot13\"");
    ended.failed_with("p256-aes256gcm-sha384");
}

#[test]
fn a_key_is_trusted_on_first_use() {
    let folder = Folder::with_file(1000);
    let ended = transfer(&[&folder.path("file"), "--trust-first"]);
    assert_eq!(ended.succeeded().value("SHA-256"), folder.sha256());
    assert!(ended.err.contains(ended.value("server")), "{ended:?}");
}

// ---- transfer: two processes ----

/// A receiver and a sender, and their keys.
struct Pair {
    receiver: (String, String),
    sender: (String, String),
}

impl Pair {
    fn new(folder: &Folder) -> Self {
        Pair {
            receiver: folder.key("receiver"),
            sender: folder.key("sender"),
        }
    }

    /// Runs both, and returns how both ended.
    fn run(&self, receiver: &[&str], sender: &[&str], damage: Option<Damage>) -> (Ended, Ended) {
        let mut arguments = vec!["--listen", "127.0.0.1:0", "--key", &self.receiver.0];
        arguments.extend(["--authorized", &self.sender.1]);
        arguments.extend(receiver);
        let receiver = Process::start("transfer", &arguments);
        let mut address = receiver.value("listening");
        let damage = damage.map(|damage| {
            let (proxy, done) = proxy(&address, damage);
            address = proxy;
            done
        });
        let mut arguments = vec!["--connect", &address, "--key", &self.sender.0];
        if !sender.contains(&"--trust-first") {
            arguments.extend(["--authorized", &self.receiver.1]);
        }
        arguments.extend(sender);
        let sender = Process::start("transfer", &arguments);
        let ended = (receiver.end(), sender.end());
        if let Some(done) = damage {
            assert!(done.load(Ordering::SeqCst), "nothing was damaged");
        }
        ended
    }
}

#[test]
fn two_processes_with_keys_in_files() {
    let folder = Folder::with_file(3 * DATA_LEN + 5);
    let pair = Pair::new(&folder);
    let (receiver, sender) = pair.run(
        &["--output", &folder.path("copy")],
        &[&folder.path("file")],
        None,
    );
    folder.assert_copied_to("copy");
    for label in ["suite", "client", "server", "bytes", "SHA-256"] {
        let (here, there) = (receiver.succeeded(), sender.succeeded());
        assert_eq!(here.value(label), there.value(label));
    }
    assert_eq!(receiver.value("SHA-256"), folder.sha256());
    assert_ne!(receiver.value("client"), receiver.value("server"));
}

#[cfg(unix)]
#[test]
fn a_new_key_file_is_for_its_owner_alone_and_is_read_again() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::with_file(0);
    let (key, public) = folder.key("key");
    let mode = fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = transfer(&["--public-key", "--key", &key]);
    assert_eq!(again.succeeded().out, fs::read_to_string(public).unwrap());
}

#[test]
fn a_client_with_another_key_is_refused_and_both_ends_say_so() {
    let folder = Folder::with_file(DATA_LEN);
    let mut pair = Pair::new(&folder);
    let (key, public) = folder.key("stranger");
    pair.sender.0 = key;
    let (receiver, sender) = pair.run(&[], &[&folder.path("file")], None);
    receiver.failed_with(fs::read_to_string(public).unwrap().trim());
    sender.failed_with("the peer does not authorize this side's key");
}

#[test]
fn a_server_with_another_key_is_refused_and_both_ends_say_so() {
    let folder = Folder::with_file(DATA_LEN);
    let mut pair = Pair::new(&folder);
    let (key, public) = folder.key("stranger");
    pair.receiver.0 = key;
    let (receiver, sender) = pair.run(&[], &[&folder.path("file")], None);
    sender.failed_with(fs::read_to_string(public).unwrap().trim());
    receiver.failed_with("the peer does not authorize this side's key");
}

#[test]
fn a_client_can_trust_a_server_on_first_use() {
    let folder = Folder::with_file(DATA_LEN);
    let pair = Pair::new(&folder);
    let (receiver, sender) = pair.run(&[], &["--trust-first", &folder.path("file")], None);
    assert_eq!(receiver.succeeded().value("SHA-256"), folder.sha256());
    assert!(sender.succeeded().err.contains(receiver.value("server")));
}

#[test]
fn a_receiver_runs_whichever_suite_the_sender_asks_for() {
    let folder = Folder::with_file(DATA_LEN);
    let pair = Pair::new(&folder);
    let suite = ["--suite", "p256-aes256gcm-sha384"];
    let (receiver, sender) = pair.run(&[], &[suite[0], suite[1], &folder.path("file")], None);
    assert_eq!(receiver.succeeded().value("SHA-256"), folder.sha256());
    for end in [receiver, sender] {
        assert_eq!(end.value("suite"), "P-256, AES-256-GCM, SHA-384");
    }
}

#[test]
fn ends_with_different_suites_say_so() {
    let folder = Folder::with_file(0);
    let pair = Pair::new(&folder);
    let suite = ["--suite", "p256-aes256gcm-sha256"];
    let (receiver, sender) = pair.run(&suite, &[&folder.path("file")], None);
    receiver.failed_with("give both ends the same --suite");
    sender.failed_with("give both ends the same --suite");
}

#[test]
fn a_bad_line_in_the_authorized_keys_is_named() {
    let folder = Folder::with_file(0);
    let good = hex::encode([9; 32]);
    let listen = |list: &str| {
        let file = folder.write("list", list);
        transfer(&["--listen", "127.0.0.1:0", "--authorized", &file])
    };
    listen(&format!("# friends\n{good} # one\n\nnonsense\n")).failed_with("list, line 4: ");
    listen(&good[2..]).failed_with("list, line 1: ");
    listen("# nobody\n").failed_with("lists no public key");
}

#[test]
fn a_bad_key_file_is_refused_without_showing_what_is_in_it() {
    let folder = Folder::with_file(0);
    for content in ["", "xyzzy", &"0".repeat(63), &"0".repeat(66)] {
        let key = folder.write("key", content);
        let ended = transfer(&["--public-key", "--key", &key]);
        ended.failed_with("is no key file");
        assert!(!ended.err.contains("xyzzy"));
    }
}

/// A sender of this test's own, to be as wrong as it likes: it sends `records`
/// and, where `closes`, closes the channel in good order.
fn rogue_sender(records: &[&[u8]], closes: bool) -> Ended {
    let folder = Folder::with_file(0);
    let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
    let list = hex::encode(key.identity().public_key());
    let list = folder.write("list", &list);
    let copy = folder.path("copy");
    let receiver = Process::start(
        "transfer",
        &[
            "--listen",
            "127.0.0.1:0",
            "--authorized",
            &list,
            "--output",
            &copy,
        ],
    );
    let socket = TcpStream::connect(receiver.value("listening")).unwrap();
    let connection = with_key(key)
        .trust(ossuary::trust::Anyone)
        .prologue(b"ossuary example: transfer, version 1")
        .build();
    let mut sender = Stream::connect(socket, connection.unwrap()).unwrap();
    for record in records {
        sender.write_record(record).unwrap();
    }
    if closes {
        sender.shutdown().unwrap();
    }
    // So that the receiver finds an end, and not a connection that broke.
    sender.get_ref().shutdown(Shutdown::Write).unwrap();
    let ended = receiver.end();
    drop(sender);
    assert!(!Path::new(&copy).exists(), "{ended:?}");
    folder.assert_nothing_temporary();
    ended
}

#[test]
fn nothing_is_left_of_a_file_that_is_not_whole() {
    bounded(|| {
        let header = [&3u64.to_be_bytes()[..], b"name"].concat();
        let (close, vanish) = (true, false);
        let cases: [(&[&[u8]], bool, &str); 6] = [
            (&[], close, "the sender gave up"),
            (&[&header, b"abc"], close, "the sender gave up"),
            (&[&header, b"abc"], vanish, "ended without a clean close"),
            (&[&header, b"abc", &[0; 32]], close, "the SHA-256 differs"),
            (&[&header, b"abcd"], close, "4 bytes of data where 3 were"),
            (&[&header[..7]], close, "header is too short"),
        ];
        for (records, closes, said) in cases {
            rogue_sender(records, closes).failed_with(said);
        }
    });
}

// ---- transfer: a damaged stream ----

/// One bit that is flipped on the way, in a packet of this number.
///
/// The client's packets 0 and 1 are of the handshake, and the file's header is
/// in packet 2; the server's packet 0 is of the handshake.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// In the middle of the body of what the client sends.
    ToServer(usize),
    /// In the middle of the body of what the server sends.
    ToClient(usize),
    /// In the length of what the client sends, which makes it 4096 bytes longer
    /// or shorter.
    LengthToServer(usize),
}

/// The length of a packet's header, in bytes.
const HEADER_LEN: usize = ossuary::HEADER_LEN;

/// Passes one connection on to `target` with the damage; its address, and
/// whether the damage has been done.
fn proxy(target: &str, damage: Damage) -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let target = target.to_owned();
    let done = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&done);
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(target).unwrap();
        let (from_server, from_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let back = Arc::clone(&flag);
        thread::spawn(move || {
            pass(from_server, client, |number, packet| {
                if matches!(damage, Damage::ToClient(at) if at == number) {
                    flip(packet, HEADER_LEN + (packet.len() - HEADER_LEN) / 2, &back);
                }
            });
        });
        pass(from_client, server, |number, packet| match damage {
            Damage::ToServer(at) if at == number => {
                flip(packet, HEADER_LEN + (packet.len() - HEADER_LEN) / 2, &flag);
            }
            Damage::LengthToServer(at) if at == number => flip(packet, 0, &flag),
            _ => {}
        });
    });
    (address, done)
}

fn flip(packet: &mut [u8], at: usize, done: &AtomicBool) {
    packet[at] ^= 0x10;
    done.store(true, Ordering::SeqCst);
}

/// Passes packets on, each with its number, until the stream ends.
fn pass(mut from: TcpStream, mut to: TcpStream, damage: impl Fn(usize, &mut [u8])) {
    let mut packet = Vec::new();
    for number in 0.. {
        packet.resize(HEADER_LEN, 0);
        if from.read_exact(&mut packet).is_err() {
            break;
        }
        let len = usize::from(u16::from_be_bytes([packet[0], packet[1]]));
        packet.resize(HEADER_LEN + len, 0);
        if from.read_exact(&mut packet[HEADER_LEN..]).is_err() {
            break;
        }
        damage(number, &mut packet);
        if to.write_all(&packet).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

/// The file arrives whole in spite of the damage; how both ends ended.
fn arrives_in_spite_of(damage: Damage, data_records: usize) -> (Ended, Ended) {
    let folder = Folder::with_file(data_records * DATA_LEN);
    let pair = Pair::new(&folder);
    let (receiver, sender) = pair.run(
        &["--output", &folder.path("copy")],
        &[&folder.path("file")],
        Some(damage),
    );
    for end in [&receiver, &sender] {
        assert_eq!(
            end.succeeded().value("SHA-256"),
            folder.sha256(),
            "{damage:?}"
        );
    }
    folder.assert_copied_to("copy");
    (receiver, sender)
}

#[test]
fn a_bit_flipped_in_any_record_costs_only_a_recovery() {
    // The header; data in the middle of more than two windows; the last data;
    // the hash.
    for (record, data_records) in [(0, 1), (70, 140), (1, 1), (2, 1)] {
        let (_, sender) = arrives_in_spite_of(Damage::ToServer(2 + record), data_records);
        let said = format!("the peer received the first {record};");
        assert!(sender.err.contains(&said), "{said}: {sender:?}");
    }
}

#[test]
fn a_bit_flipped_in_any_reply_costs_only_a_recovery() {
    // To the header, to 32 records, and to the whole file.
    for reply in 1..4 {
        arrives_in_spite_of(Damage::ToClient(reply), 40);
    }
}

#[test]
fn a_bit_flipped_in_the_handshake_costs_only_another() {
    for damage in [
        Damage::ToServer(0),
        Damage::ToClient(0),
        Damage::ToServer(1),
    ] {
        arrives_in_spite_of(damage, 1);
    }
}

/// The receiver waits for more than comes, so the timeout has to end that.
#[test]
fn a_bit_flipped_in_a_length_costs_only_a_recovery() {
    arrives_in_spite_of(Damage::LengthToServer(2), 1);
}

#[test]
fn a_bit_flipped_in_the_close_does_not_undo_the_transfer() {
    // Handshake 0 and 1, header 2, data 3, hash 4.
    let (receiver, _) = arrives_in_spite_of(Damage::ToServer(5), 1);
    assert!(receiver.err.contains("the file is whole"), "{receiver:?}");
}

// ---- echo ----

type Client = Stream<TcpStream, OssuaryConnection>;

/// A running echo server.
struct Echo {
    process: Process,
    address: String,
    key: Identity,
}

impl Echo {
    fn start(arguments: &[&str]) -> Self {
        let listen = ["--listen", "127.0.0.1:0"];
        let process = Process::start("echo", &[&listen, arguments].concat());
        let address = process.value("listening");
        let key = hex::decode(process.value("public key")).unwrap();
        let key = Identity::new(SignatureScheme::Ed25519, &key).unwrap();
        assert_eq!(process.value("fingerprint"), fingerprint(&key));
        Echo {
            process,
            address,
            key,
        }
    }

    fn connect(&self, builder: Builder<DefaultSuite>) -> Result<Client, OssuaryError> {
        self.connect_by(&self.address, builder)
    }

    fn connect_by(
        &self,
        address: &str,
        builder: Builder<DefaultSuite>,
    ) -> Result<Client, OssuaryError> {
        let socket = TcpStream::connect(address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        let mut connection = builder.build().unwrap();
        connection.authorize(self.key.clone()).unwrap();
        Stream::connect(socket, connection)
    }

    /// What the server says of the next connection that ends.
    fn said(&self) -> String {
        self.process.value("127.0.0.1:")
    }
}

fn with_key(key: Ed25519SigningKey) -> Builder<DefaultSuite> {
    Builder::client().key_store(MemoryKeyStore::new().with(key))
}

/// Sends a record, and has it back.
#[track_caller]
fn ask(client: &mut Client, record: &[u8]) {
    client.write_record(record).unwrap();
    assert_eq!(client.read_record().unwrap(), Some(record));
}

#[test]
fn echo_serves_several_clients_at_once_and_none_disturbs_another() {
    bounded(|| {
        let echo = Echo::start(&["--anyone"]);
        let mut first = echo.connect(Builder::client()).unwrap();
        let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
        let name = fingerprint(&key.identity());
        let mut second = echo.connect(with_key(key)).unwrap();
        ask(&mut first, b"one");
        ask(&mut second, b"two");

        // One vanishes, and one has never heard of the protocol.
        drop(echo.connect(Builder::client()).unwrap());
        assert!(
            echo.said()
                .contains("anonymous  0 records, the stream ended")
        );
        let mut stranger = TcpStream::connect(&echo.address).unwrap();
        stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        drop(stranger);
        assert!(echo.said().contains("no handshake"));

        ask(&mut second, b"");
        ask(&mut first, &[7; ossuary::MAX_PLAINTEXT]);
        second.shutdown().unwrap();
        assert!(
            echo.said()
                .contains(&format!("{name}  2 records, closed in good order"))
        );
        ask(&mut first, b"three");
        first.shutdown().unwrap();
        assert!(
            echo.said()
                .contains("anonymous  3 records, closed in good order")
        );
    });
}

#[test]
fn echo_takes_padding_and_new_keys() {
    bounded(|| {
        let echo = Echo::start(&["--anyone"]);
        let mut client = echo.connect(Builder::client()).unwrap();
        for _ in 0..3 {
            client.channel_mut().rekey().unwrap();
            ask(&mut client, b"under one key");
            ask(&mut client, b"and under the next");
        }
        let mut packet = vec![0; 100 + ossuary::RECORD_OVERHEAD];
        let padded = client.channel_mut().seal_padded(b"short", 100, &mut packet);
        assert_eq!(padded.unwrap(), packet.len());
        client.get_ref().write_all(&packet).unwrap();
        assert_eq!(client.read_record().unwrap(), Some(&b"short"[..]));
    });
}

#[test]
fn echo_lets_in_whom_its_file_lists() {
    bounded(|| {
        let folder = Folder::with_file(0);
        let key = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
        let list = hex::encode(key.identity().public_key()) + " # a friend\n";
        let list = folder.write("list", &list);
        let host_key = folder.path("key");
        let echo = Echo::start(&["--authorized", &list, "--key", &host_key]);
        ask(&mut echo.connect(with_key(key)).unwrap(), b"hello");
        assert!(echo.said().contains("1 records"));

        // A client hears of its refusal when it reads.
        let stranger = Ed25519SigningKey::generate(&mut OsRandom).unwrap();
        let refused = hex::encode(stranger.identity().public_key());
        for (builder, said) in [
            (with_key(stranger), refused.as_str()),
            (Builder::client(), "the peer has no key"),
        ] {
            let error = echo.connect(builder).unwrap().read_record().unwrap_err();
            assert_eq!(
                peer_error(&error),
                &PeerError::Disconnected(Reason::NotAuthorized)
            );
            assert!(echo.said().contains(said));
        }
    });
}

fn peer_error(error: &std::io::Error) -> &PeerError {
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(OssuaryError::Peer(error)) => error,
        _ => panic!("{error:?}"),
    }
}

#[test]
fn echo_wants_the_same_pre_shared_key_and_prologue() {
    bounded(|| {
        let folder = Folder::with_file(0);
        let key = folder.write("psk", &hex::encode([5; 32]));
        let echo = Echo::start(&["--anyone", "--psk-file", &key, "--prologue", "hello"]);
        let client = || Builder::client().prologue(b"hello");
        ask(
            &mut echo.connect(client().pre_shared_key(&[5; 32])).unwrap(),
            b"record",
        );
        assert!(echo.said().contains("1 records"));
        for other in [
            client(),
            client().pre_shared_key(&[6; 32]),
            Builder::client().pre_shared_key(&[5; 32]),
        ] {
            let error = echo.connect(other).unwrap_err();
            assert!(
                matches!(
                    error,
                    OssuaryError::Peer(
                        PeerError::TooManyResets(Reason::DecryptionFailed)
                            | PeerError::Disconnected(Reason::DecryptionFailed)
                    )
                ),
                "{error:?}"
            );
            assert!(echo.said().contains("no handshake"));
        }
    });
}

#[test]
fn echo_says_what_it_cannot_do() {
    let echo = |arguments: &[&str]| Process::start("echo", arguments).end();
    echo(&["--listen", "127.0.0.1:0"]).failed_with("--anyone or --authorized");
    echo(&["--anyone"]).failed_with("--listen");
    echo(&["--listen", "nowhere", "--anyone"]).failed_with("cannot listen on nowhere");
    let folder = Folder::with_file(0);
    let listen = ["--listen", "127.0.0.1:0", "--anyone", "--psk-file"];
    let with_key = |key: &str| echo(&[&listen[..], &[&folder.write("psk", key)]].concat());
    with_key(&"00".repeat(15)).failed_with("at least 16 bytes");
    with_key("secret").failed_with("does not hold a key in hex");
}

#[test]
fn echo_goes_on_after_a_recovery_and_says_what_was_lost() {
    bounded(|| {
        let echo = Echo::start(&["--anyone"]);
        let (address, _) = proxy(&echo.address, Damage::ToClient(1));
        let client = echo.connect_by(&address, Builder::client()).unwrap();
        let (mut read, mut write) = client.split().unwrap();
        write.write_record(b"lost on the way back").unwrap();
        let reader = thread::spawn(move || read.read_record().unwrap().map(<[u8]>::to_vec));
        // The client is not told: all that it sent has arrived.
        let lost = value_in(&echo.process.err, "echo: 127.0.0.1:");
        assert!(lost.contains("of 1 records sent, the peer received the first 0"));
        write.write_record(b"sent after that").unwrap();
        assert_eq!(reader.join().unwrap().unwrap(), b"sent after that");
    });
}

#[test]
fn a_client_of_echo_sends_again_what_was_lost() {
    bounded(|| {
        let echo = Echo::start(&["--anyone"]);
        let (address, _) = proxy(&echo.address, Damage::ToServer(3));
        let mut client = echo.connect_by(&address, Builder::client()).unwrap();
        ask(&mut client, b"one");
        client.write_record(b"two").unwrap();
        let error = client.read_record().unwrap_err();
        let RecordsLost(delivery) = RecordsLost::of(&error).unwrap();
        assert_eq!((delivery.sent, delivery.received), (2, 1));
        ask(&mut client, b"two");
    });
}

// ---- pending ----

#[cfg(all(unix, feature = "agent"))]
#[test]
fn pending_completes_every_handshake_while_the_agent_takes_its_time() {
    let arguments = ["--count", "50", "--delay", "100"];
    let ended = Process::start("pending", &arguments).end();
    assert_eq!(ended.succeeded().value("completed"), "50 of 50 handshakes");
    assert_eq!(ended.value("timed out"), "0");
}

#[cfg(all(unix, feature = "agent"))]
#[test]
fn pending_says_what_it_cannot_do() {
    let pending = |arguments: &[&str]| Process::start("pending", arguments).end();
    pending(&["slow-agent"]).failed_with("--socket");
    pending(&["--count", "many"]).failed_with("many");
    let folder = Folder::with_file(0);
    let nowhere = folder.path("nowhere");
    let ended = pending(&["--agent", &nowhere]);
    assert!(!ended.success, "{ended:?}");
    assert!(ended.err.contains(&nowhere), "{ended:?}");
}
