//! The programs of `docs/c.md`, the examples in C and C++, and all of `ossuary.hpp`: compiled by
//! the system's compilers without a warning, linked with the library, and run.

// Names, and what the examples need of the system, are those of Linux.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, slice, thread};
use tempfile::TempDir;

/// The longest wait for anything: far more than a slow machine needs.
const BOUND: Duration = Duration::from_secs(120);

const C_FLAGS: &[&str] = &["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];
const CPP_FLAGS: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wshadow",
    "-Wconversion",
    "-Werror",
];

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

/// What cargo builds into is beside what it gives to tests.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// A command of what may have been compiled here. Cargo has tests look for libraries in its own
/// folders first, where another build of this one is.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

#[track_caller]
fn succeeded(command: &mut Command) -> Output {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{err}");
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

// ---- The library and the compilers ----

/// A folder with the shared library, by the names by which it is linked and looked for.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = command(cargo);
        build
            .args(["build", "--quiet", "--package", "ossuary-capi"])
            .arg("--target-dir")
            .arg(target())
            .current_dir(root());
        // This package's own, by which build scripts would run again that watch them.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG_") {
                build.env_remove(name);
            }
        }
        succeeded(&mut build);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        // What cargo builds next by this name is another file.
        let built = target().join("debug").join("libossuary.so");
        let version =
            env!("CARGO_PKG_VERSION_MAJOR").to_owned() + "." + env!("CARGO_PKG_VERSION_MINOR");
        let name = format!("libossuary.so.{version}");
        fs::hard_link(built, folder.join(&name)).unwrap();
        symlink(name, folder.join("libossuary.so")).unwrap();
        folder
    })
}

/// A compiler that finds the headers.
fn compiler(variable: &str, name: &str, flags: &[&str]) -> Command {
    let mut compiler = command(env::var_os(variable).unwrap_or_else(|| name.into()));
    compiler
        .args(flags)
        .args(["-O1", "-I"])
        .arg(root().join("include"));
    compiler
}

fn c() -> Command {
    compiler("CC", "cc", C_FLAGS)
}

fn cpp(standard: &str) -> Command {
    let mut compiler = compiler("CXX", "c++", CPP_FLAGS);
    compiler.arg(format!("-std={standard}"));
    compiler
}

/// Compiles, and links with the shared library: the program `name`.
fn link(mut compiler: Command, sources: &[PathBuf], name: &str) -> PathBuf {
    let program = library().join(name);
    let path = format!("-Wl,-rpath,{}", library().display());
    compiler
        .args(sources)
        .arg("-L")
        .arg(library())
        .args(["-lossuary", &path, "-o"])
        .arg(&program);
    succeeded(&mut compiler);
    program
}

// ---- docs/c.md ----

fn page() -> String {
    fs::read_to_string(root().join("docs/c.md")).unwrap()
}

/// The blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("\n```{language}\n");
    let rests = page.split(opening.as_str()).skip(1);
    rests
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// A block in a file of its own.
fn written(block: &str, name: &str) -> PathBuf {
    let file = library().join(name);
    fs::write(&file, block.to_owned() + "\n").unwrap();
    file
}

#[test]
fn the_programs_in_c_of_the_page_run() {
    let page = page();
    let mut printed = Vec::new();
    for (number, block) in blocks(&page, "c").into_iter().enumerate() {
        let source = written(block, &format!("block_{number}.c"));
        if block.contains("int main(") {
            let program = link(c(), &[source], &format!("block_{number}"));
            let output = succeeded(&mut command(program));
            printed.push(text(&output.stdout).to_owned());
        } else {
            let mut compiler = c();
            compiler
                .arg("-c")
                .arg(source)
                .arg("-o")
                .arg(library().join("block.o"));
            succeeded(&mut compiler);
        }
    }
    let [first, of_2019, version] = &printed[..] else {
        panic!("{printed:?}");
    };
    assert_eq!(first, "a message\nclosed in good order\n");
    assert_eq!(of_2019, "a message\n");
    let expected = concat!("ossuary ", env!("CARGO_PKG_VERSION"), ", ");
    assert!(version.starts_with(expected), "{version}");
}

#[test]
fn the_first_program_runs_without_the_shared_library() {
    let page = page();
    let program = library().join("static");
    let mut compiler = c();
    compiler
        .arg(written(blocks(&page, "c")[0], "static.c"))
        .arg(target().join("debug").join("libossuary.a"))
        .args(["-lpthread", "-lm", "-ldl", "-lgcc_s", "-o"])
        .arg(&program);
    assert!(page.contains("libossuary.a\" -lpthread -lm -ldl -lgcc_s -o first"));
    succeeded(&mut compiler);
    let output = succeeded(&mut command(program));
    assert_eq!(text(&output.stdout), "a message\nclosed in good order\n");
}

#[test]
fn the_programs_in_cpp_of_the_page_run() {
    let page = page();
    let blocks = blocks(&page, "cpp");
    assert_eq!(blocks.len(), 1);
    let source = written(blocks[0], "block.cpp");
    for standard in ["c++17", "c++20"] {
        let program = link(cpp(standard), slice::from_ref(&source), "block_cpp");
        let output = succeeded(&mut command(program));
        let expected = "OSSUARY_ERR_BUFFER_TOO_SMALL\na message\n";
        assert_eq!(text(&output.stdout), expected);
    }
}

/// Words that begin as the names of the header do.
fn names(text: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_name(c));
    words
        .filter(|word| word.starts_with("ossuary_") || word.starts_with("OSSUARY_"))
        .collect()
}

#[test]
fn what_the_pages_name_is_in_the_header() {
    let header = fs::read_to_string(root().join("include/ossuary.h")).unwrap();
    let known = names(&header);
    for place in ["docs/c.md", "include/ossuary.hpp"] {
        let page = fs::read_to_string(root().join(place)).unwrap();
        for name in names(&page) {
            let of_cpp = ["OSSUARY_HPP", "OSSUARY_EXCEPTIONS"].contains(&name);
            // A group of names is written by its beginning.
            let begins = name.ends_with('_') && known.iter().any(|known| known.starts_with(name));
            assert!(known.contains(name) || of_cpp || begins, "{place}: {name}");
        }
    }
}

/// All of the full interface can be reached from C++.
#[test]
fn the_header_in_cpp_calls_what_the_header_in_c_has() {
    let header = fs::read_to_string(root().join("include/ossuary.h")).unwrap();
    let cpp = fs::read_to_string(root().join("include/ossuary.hpp")).unwrap();
    // Between these two are the functions of 2019.
    let (_, functions) = header.split_once("extern \"C\"").unwrap();
    let (full, rest) = functions
        .split_once(" *ossuary_create_connection(")
        .unwrap();
    let (_, rest) = rest.split_once(" ossuary_split(").unwrap();
    let functions = format!("{full} ossuary_split({rest}");
    let called = names(&cpp);
    let mut count = 0;
    for name in names(&functions) {
        if functions.contains(&format!("{name}(")) && !name.starts_with("OSSUARY_") {
            assert!(called.contains(name), "{name}");
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}

/// How a heading is referred to.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    let lower = heading.to_lowercase();
    lower
        .chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

#[test]
fn what_the_page_refers_to_is_there() {
    let page = page();
    // Without the blocks.
    let prose: String = page.split("\n```").step_by(2).collect();
    let anchors = |page: &str| -> BTreeSet<String> {
        let headings = page.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| anchor(line.trim_start_matches('#').trim()))
            .collect()
    };
    let mut count = 0;
    for rest in prose.split("](").skip(1) {
        let target = rest.split(')').next().unwrap();
        let (file, wanted) = target.split_once('#').unwrap_or((target, ""));
        let place = root()
            .join("docs")
            .join(if file.is_empty() { "c.md" } else { file });
        assert!(place.exists(), "{target}");
        if !wanted.is_empty() {
            let other = fs::read_to_string(place).unwrap();
            assert!(anchors(&other).contains(wanted), "{target}");
        }
        count += 1;
    }
    assert!(count > 20, "{count}");
}

// ---- ossuary.hpp ----

#[test]
fn all_of_the_header_in_cpp_works() {
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("key");
    let mut keygen = command("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "secret", "-f"]);
    succeeded(keygen.arg(&key));
    let source = root().join("capi/tests/documents/interface.cpp");
    for standard in ["c++17", "c++20"] {
        for exceptions in ["-fexceptions", "-fno-exceptions"] {
            let mut compiler = cpp(standard);
            compiler.args([exceptions, "-pthread"]);
            let program = link(compiler, slice::from_ref(&source), "interface");
            let output = succeeded(command(program).arg(&key));
            assert_eq!(text(&output.stdout), "done\n");
        }
    }
}

// ---- The examples ----

struct Examples {
    server: PathBuf,
    /// In C and in C++.
    clients: [PathBuf; 2],
    keygen: PathBuf,
    callback_signer: PathBuf,
}

fn examples() -> &'static Examples {
    static EXAMPLES: OnceLock<Examples> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let source = |name: &str| root().join("examples/c").join(name);
        let object = library().join("common.o");
        let mut compiler = c();
        compiler
            .arg("-c")
            .arg(source("common.c"))
            .arg("-o")
            .arg(&object);
        succeeded(&mut compiler);
        let in_c = |name: &str| {
            let sources = [source(&format!("{name}.c")), object.clone()];
            link(c(), &sources, name)
        };
        let sources = [source("echo_client.cpp"), object.clone()];
        Examples {
            server: in_c("echo_server"),
            clients: [
                in_c("echo_client"),
                link(cpp("c++17"), &sources, "echo_client_cpp"),
            ],
            keygen: in_c("keygen"),
            callback_signer: in_c("callback_signer"),
        }
    })
}

/// Waits for the end of a process, and kills one that does not come to it.
fn ended(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > BOUND {
            let _ = child.kill();
            panic!("it does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Runs a program whose output is short.
fn run(program: &Path, arguments: &[&str]) -> Output {
    let mut process = command(program);
    process.args(arguments).stdin(Stdio::null());
    process.stdout(Stdio::piped()).stderr(Stdio::piped());
    ended(process.spawn().unwrap())
}

/// The value of a line of output.
fn value(out: &[u8], label: &str) -> String {
    let line = text(out).lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label}")).trim().into()
}

/// Keys in files, as `keygen` makes them.
struct Keys(TempDir);

impl Keys {
    fn new() -> Self {
        Keys(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().into()
    }

    /// A new key: its file, and its public half.
    fn key(&self, name: &str) -> (String, String) {
        let path = self.path(name);
        let made = run(&examples().keygen, &[&path]);
        assert!(made.status.success(), "{made:?}");
        (path, value(&made.stdout, "public key"))
    }
}

#[test]
fn each_example_has_a_usage() {
    let examples = examples();
    let [client, client_cpp] = &examples.clients;
    for program in [&examples.server, client, client_cpp, &examples.keygen] {
        let asked = run(program, &["-h"]);
        assert!(asked.status.success() && asked.stderr.is_empty());
        let wrong = run(program, &["-?"]);
        assert_eq!(wrong.status.code(), Some(2));
        assert!(
            text(&wrong.stderr).ends_with(text(&asked.stdout)),
            "{wrong:?}"
        );
    }
    assert_eq!(
        run(&examples.callback_signer, &["-h"]).status.code(),
        Some(2)
    );
}

#[test]
fn keygen_writes_for_the_owner_and_over_nothing() {
    let keys = Keys::new();
    let (path, public_key) = keys.key("key");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = fs::read_to_string(&path).unwrap();
    assert_eq!(secret.len(), 65);
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert!(secret.trim_end().chars().all(is_hex), "{secret}");

    let shown = run(&examples().keygen, &["-p", &path]);
    assert_eq!(value(&shown.stdout, "public key"), public_key);
    assert!(value(&shown.stdout, "fingerprint").starts_with("SHA256:"));

    assert!(!run(&examples().keygen, &[&path]).status.success());
    assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    let (link, elsewhere) = (keys.path("link"), keys.path("elsewhere"));
    symlink(&elsewhere, &link).unwrap();
    assert!(!run(&examples().keygen, &[&link]).status.success());
    assert!(!Path::new(&elsewhere).exists());

    // Keys that are none, or not kept.
    let known = keys.path("known");
    let zeros = "00".repeat(32);
    for (content, public_key) in [
        (
            zeros.clone(),
            Some("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"),
        ),
        (
            zeros.to_uppercase() + "\n",
            Some("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"),
        ),
        (zeros.clone() + "\n\n", None),
        (zeros.clone() + "0", None),
        (zeros[1..].into(), None),
        ("x".to_owned() + &zeros[1..], None),
        (String::new(), None),
    ] {
        fs::write(&known, &content).unwrap();
        fs::set_permissions(&known, PermissionsExt::from_mode(0o600)).unwrap();
        let shown = run(&examples().keygen, &["-p", &known]);
        assert_eq!(shown.status.success(), public_key.is_some(), "{content:?}");
        if let Some(public_key) = public_key {
            assert_eq!(value(&shown.stdout, "public key"), public_key);
        }
    }
    fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let refused = run(&examples().keygen, &["-p", &path]);
    assert!(text(&refused.stderr).contains("others can read it"));
}

#[test]
fn a_signer_elsewhere_signs_later() {
    let done = run(&examples().callback_signer, &[]);
    assert!(done.status.success(), "{done:?}");
    let expected = "the key store was asked, and will sign later\n\
                    the signature was brought: OSSUARY_OK\n\
                    the server got \"a record\"\n";
    assert_eq!(text(&done.stdout), expected);
}

// ---- Echoes ----

/// An echo server that is killed where the test lets go of it.
struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
    public_key: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut process = command(&examples().server);
        process.args(arguments).stdin(Stdio::null());
        process.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut server = Server {
            child,
            out,
            address: String::new(),
            public_key: String::new(),
        };
        server.public_key = server.value("public key");
        server.value("fingerprint");
        server.address = server.value("listening");
        server
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn value(&mut self, label: &str) -> String {
        let line = self.line();
        let value = line.strip_prefix(label);
        value
            .unwrap_or_else(|| panic!("no {label}: {line}"))
            .trim()
            .into()
    }

    /// Waits for its end, and gives what it wrote to standard error.
    fn ended(mut self) -> String {
        let mut err = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < BOUND, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(self.child.wait().unwrap().success());
        pipe.read_to_string(&mut err).unwrap();
        err
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a client sends, and what came back.
struct Conversation {
    folder: TempDir,
    content: Vec<u8>,
}

impl Conversation {
    fn of(len: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let bytes = (0..len).map(|at| (at % 251 + at / 251) as u8);
        let content: Vec<u8> = bytes.collect();
        fs::write(folder.path().join("in"), &content).unwrap();
        Conversation { folder, content }
    }

    fn start(&self, client: &Path, address: &str, arguments: &[&str]) -> Child {
        let (host, port) = address.split_once(':').unwrap();
        let file = |name| self.folder.path().join(name);
        let mut process = command(client);
        process.args(arguments).args([host, port]);
        process.stdin(File::open(file("in")).unwrap());
        process.stdout(File::create(file("out")).unwrap());
        process.stderr(Stdio::piped()).spawn().unwrap()
    }

    fn echoed(&self) -> bool {
        fs::read(self.folder.path().join("out")).unwrap() == self.content
    }
}

#[test]
fn what_is_sent_comes_back() {
    for client in &examples().clients {
        let keys = Keys::new();
        let (server_file, server_key) = keys.key("server");
        let (client_file, client_key) = keys.key("client");
        let mut server = Server::start(&["-k", &server_file, "-a", &client_key, "-n", "4"]);
        assert_eq!(server.public_key, server_key);
        let arguments = ["-s", &server_key, "-k", &client_file];
        for len in [0, 1, 16384, 1_000_000] {
            let conversation = Conversation::of(len);
            let child = conversation.start(client, &server.address, &arguments);
            let ended = ended(child);
            assert!(ended.status.success(), "{ended:?}");
            assert!(conversation.echoed());
            let told = server.line();
            let records = format!("  {} records, closed in good order", len.div_ceil(16384));
            assert!(told.ends_with(&records), "{told}");
        }
        assert_eq!(server.ended(), "");
    }
}

#[test]
fn many_are_served_at_once() {
    let server = Server::start(&["-A", "-n", "20"]);
    let conversations: Vec<_> = (0..20).map(|nth| Conversation::of(100_000 + nth)).collect();
    let children: Vec<_> = conversations
        .iter()
        .zip(examples().clients.iter().cycle())
        .map(|(conversation, client)| {
            conversation.start(client, &server.address, &["-s", &server.public_key])
        })
        .collect();
    for (child, conversation) in children.into_iter().zip(&conversations) {
        let ended = ended(child);
        assert!(ended.status.success(), "{ended:?}");
        assert!(conversation.echoed());
    }
    server.ended();
}

#[test]
fn who_is_not_known_is_refused() {
    let keys = Keys::new();
    let (_, known) = keys.key("known");
    let (other_file, other) = keys.key("other");
    let mut server = Server::start(&["-a", &known]);
    for client in &examples().clients {
        let conversation = Conversation::of(10);
        let key = server.public_key.clone();
        let told = |server: &mut Server, arguments: &[&str], here: &str, there: &str| {
            let ended = ended(conversation.start(client, &server.address, arguments));
            assert!(!ended.status.success());
            assert!(text(&ended.stderr).contains(here), "{ended:?}");
            let line = server.line();
            assert!(line.contains(there), "{line}");
        };
        let disconnected = "OSSUARY_ERR_DISCONNECTED";
        let no_key = "OSSUARY_ERR_PEER_WITHOUT_KEY";
        let no_such_key = "OSSUARY_ERR_NOT_AUTHORIZED";
        told(&mut server, &["-s", &key], disconnected, no_key);
        let arguments = ["-s", &key, "-k", &other_file];
        told(&mut server, &arguments, disconnected, no_such_key);
        told(&mut server, &["-s", &other], no_such_key, disconnected);
        assert!(
            fs::read(conversation.folder.path().join("out"))
                .unwrap()
                .is_empty()
        );
    }
}

/// A line between a client and a server that does something to the bytes.
fn proxy(
    server: &str,
    piece: usize,
    to_server: impl FnMut(&mut Vec<u8>) -> bool + Send + 'static,
    to_client: impl FnMut(&mut Vec<u8>) -> bool + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = TcpStream::connect(server).unwrap();
    thread::spawn(move || {
        let client = listener.accept().unwrap().0;
        let ends = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || carry(ends.0, ends.1, piece, to_server));
        carry(server, client, piece, to_client);
    });
    address
}

/// Carries what comes, so many bytes at once at most, until it ends, or `change` says that it is
/// cut there.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    piece: usize,
    mut change: impl FnMut(&mut Vec<u8>) -> bool,
) {
    let mut buffer = vec![0; piece];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        let mut bytes = buffer[..len].to_vec();
        if !change(&mut bytes) {
            let _ = from.shutdown(Shutdown::Both);
            break;
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Changes the byte at `at` of all that comes.
fn damage(at: usize) -> impl FnMut(&mut Vec<u8>) -> bool {
    let mut seen = 0;
    move |bytes| {
        if (seen..seen + bytes.len()).contains(&at) {
            bytes[at - seen] ^= 1;
        }
        seen += bytes.len();
        true
    }
}

#[test]
fn nothing_is_lost_when_the_channel_is_reset() {
    for client in &examples().clients {
        for (to_server, to_client) in [
            (100_000, usize::MAX),
            (usize::MAX, 100_000),
            (300_000, 50_000),
        ] {
            let mut server = Server::start(&["-A", "-n", "1"]);
            let address = proxy(&server.address, 4096, damage(to_server), damage(to_client));
            let conversation = Conversation::of(1_000_000);
            let key = server.public_key.clone();
            let ended = ended(conversation.start(client, &address, &["-s", &key]));
            assert!(ended.status.success(), "{ended:?}");
            assert!(conversation.echoed());
            assert!(
                text(&ended.stderr).contains("the channel was recovered"),
                "{ended:?}"
            );
            let told = server.line();
            assert!(told.ends_with("closed in good order"), "{told}");
            assert!(server.ended().contains("reset"));
        }
    }
}

#[test]
fn a_line_that_takes_little_at_once_is_a_line() {
    for client in &examples().clients {
        let mut server = Server::start(&["-A", "-n", "1"]);
        let address = proxy(&server.address, 7, |_| true, |_| true);
        let conversation = Conversation::of(50_000);
        let key = server.public_key.clone();
        let ended = ended(conversation.start(client, &address, &["-s", &key]));
        assert!(ended.status.success(), "{ended:?}");
        assert!(conversation.echoed());
        let told = server.line();
        assert!(told.ends_with("closed in good order"), "{told}");
    }
}

#[test]
fn an_end_that_is_none_is_told() {
    for client in &examples().clients {
        let mut server = Server::start(&["-A", "-n", "1"]);
        let mut seen = 0;
        let cut = move |bytes: &mut Vec<u8>| {
            seen += bytes.len();
            seen < 50_000
        };
        let address = proxy(&server.address, 4096, cut, |_| true);
        let conversation = Conversation::of(1_000_000);
        let key = server.public_key.clone();
        let ended = ended(conversation.start(client, &address, &["-s", &key]));
        assert!(!ended.status.success() && !conversation.echoed());
        assert!(
            text(&ended.stderr).contains("OSSUARY_ERR_STREAM_ENDED"),
            "{ended:?}"
        );
        let told = server.line();
        assert!(told.contains("OSSUARY_ERR_STREAM_ENDED"), "{told}");
        server.ended();
    }
}

/// A peer that talks nonsense, and one that says nothing, do not hold up the others.
#[test]
fn a_strange_client_is_nobody_elses_matter() {
    let mut server = Server::start(&["-A", "-n", "3"]);
    let silent = TcpStream::connect(&server.address).unwrap();
    let mut strange = TcpStream::connect(&server.address).unwrap();
    strange.write_all(&[0x55; 100_000]).unwrap();
    let conversation = Conversation::of(100_000);
    let key = server.public_key.clone();
    let child = conversation.start(&examples().clients[0], &server.address, &["-s", &key]);
    assert!(ended(child).status.success() && conversation.echoed());
    let told = server.line();
    assert!(told.ends_with("closed in good order"), "{told}");
    drop(strange);
    drop(silent);
    for _ in 0..2 {
        let told = server.line();
        assert!(told.contains("0 records, OSSUARY_ERR_"), "{told}");
    }
    server.ended();
}
