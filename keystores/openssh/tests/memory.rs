//! No copy of a private key or a passphrase is left in memory when it is not needed any more.
//!
//! A child process opens, signs and drops; its parent looks through all of its memory
//! meanwhile. A secret reaches the child masked, so that it is found only where the library
//! put it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod common;

use common::Folder;
use ossuary_openssh::KeyFile;
use ossuary_traits::{KeyStore, Role, SignRequest};
use ossuary_traits::{MemoryKeyStore, Random, RandomError, SignatureScheme, SigningKey};
use ssh_encoding::base64::{Base64, Encoding};
use ssh_key::sha2::{Digest, Sha512};
use ssh_key::{Cipher, Kdf};
use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use zeroize::Zeroizing;

const MASK: u8 = 0xa5;
const SALT: [u8; 16] = [0x51; 16];
/// What new files have.
const ROUNDS: u32 = 24;

const FILE: &str = "OSSUARY_TEST_FILE";
const MASKED_SECRET: &str = "OSSUARY_TEST_SECRET";
const MASKED_PASSPHRASE: &str = "OSSUARY_TEST_PASSPHRASE";
const MASKED_WRONG: &str = "OSSUARY_TEST_WRONG";

/// Draws the secret first, whatever is for 16 bytes the salt, and 1s.
struct Known(Vec<u8>);

impl Random for Known {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        match out.len() {
            32 => unmask(&self.0).zip(out).for_each(|(byte, out)| *out = byte),
            16 => out.copy_from_slice(&SALT),
            _ => out.fill(1),
        }
        Ok(())
    }
}

fn unmask(masked: &[u8]) -> impl Iterator<Item = u8> {
    masked.iter().map(|byte| byte ^ black_box(MASK))
}

fn masked(secret: &[u8]) -> String {
    let bytes = secret.iter().map(|byte| format!("{:02x}", byte ^ MASK));
    bytes.collect()
}

// The child.

fn masked_variable(name: &str) -> Vec<u8> {
    let hex = env::var(name).unwrap();
    let bytes = (0..hex.len()).step_by(2);
    bytes
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn passphrase(variable: &str) -> Zeroizing<String> {
    let masked = masked_variable(variable);
    let mut passphrase = Zeroizing::new(String::with_capacity(masked.len()));
    passphrase.extend(unmask(&masked).map(char::from));
    passphrase
}

/// Lets the parent look, and goes on when it has.
fn stop(stage: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "\nSTAGE {stage}").unwrap();
    out.flush().unwrap();
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    assert_eq!(line, "go on\n", "the parent is gone");
}

fn sign_and_drop(key: KeyFile) {
    let identity = key.identity();
    let store = MemoryKeyStore::new().with(key);
    for role in [Role::Client, Role::Server] {
        store
            .sign(&identity, &SignRequest::new(role, b"message"))
            .unwrap();
    }
    stop("alive");
    drop(store);
    stop("dropped");
}

/// What runs in the child, in place of the test: `true` there.
fn is_child(run: impl FnOnce(PathBuf)) -> bool {
    let Some(file) = env::var_os(FILE) else {
        return false;
    };
    run(file.into());
    true
}

// The parent.

/// One of several strings of 32 characters without a pattern. It is computed, and in the
/// parent only: what is written in this program is in the child's memory too.
fn any(number: u64) -> String {
    let mut state = number;
    let mut next = || {
        // Knuth's linear congruential generator, its upper bits.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        b'0' + u8::try_from(state >> 58).unwrap()
    };
    (0..32).map(|_| char::from(next())).collect()
}

/// The private key: as Ed25519's seed and as P-256's scalar it is in range.
fn secret() -> [u8; 32] {
    any(1).as_bytes().try_into().unwrap()
}

fn right_passphrase() -> String {
    any(2)
}

fn wrong_passphrase() -> String {
    any(3)
}

/// A process that is killed when it is not needed any more.
struct Watched {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    needles: Needles,
}

/// What is looked for, by name.
type Needles = BTreeMap<String, Vec<u8>>;

impl Watched {
    /// Starts the test `name` again, as a child.
    fn start(name: &str, folder: &Folder, scheme: SignatureScheme) -> Self {
        let path = folder.path("key");
        let needles = needles(scheme, fs::read(&path).ok());
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(FILE, path)
            .env(MASKED_SECRET, masked(&secret()))
            .env(MASKED_PASSPHRASE, masked(right_passphrase().as_bytes()))
            .env(MASKED_WRONG, masked(wrong_passphrase().as_bytes()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Watched {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            needles,
        }
    }

    /// Waits for a stage.
    fn wait_for(&mut self, stage: &str) {
        let marker = format!("STAGE {stage}\n");
        let mut line = String::new();
        while line != marker {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the child ended before {stage}");
        }
    }

    /// Waits for a stage, looks through the child's memory, and lets it go on: how often each
    /// needle is there, where it is there at all; and how much of its memory is locked.
    fn found_at(&mut self, stage: &str) -> (BTreeMap<&str, usize>, usize) {
        self.wait_for(stage);
        let process = format!("/proc/{}", self.child.id());
        let found = find(&process, &self.needles);
        let locked = locked_kib(&process);
        self.input.write_all(b"go on\n").unwrap();
        (found, locked)
    }

    fn end(mut self) {
        // Its last lines, for which it would wait.
        io::copy(&mut self.output, &mut io::sink()).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find<'a>(process: &str, needles: &'a Needles) -> BTreeMap<&'a str, usize> {
    let memory = File::open(format!("{process}/mem")).unwrap();
    let maps = fs::read_to_string(format!("{process}/maps")).unwrap();
    let mut found = BTreeMap::new();
    for line in maps.lines().filter(|line| !line.contains("[v")) {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|hex| usize::from_str_radix(hex, 16).unwrap());
        if !fields.next().unwrap().starts_with('r') {
            continue;
        }
        let mut region = vec![0; end - start];
        if memory.read_exact_at(&mut region, start as u64).is_err() {
            continue;
        }
        for (name, needle) in needles {
            let count = count(&region, needle);
            if count > 0 {
                *found.entry(name.as_str()).or_default() += count;
            }
        }
    }
    found
}

fn locked_kib(process: &str) -> usize {
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmLck:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

fn count(region: &[u8], needle: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = region;
    // A search for one byte is fast also where nothing is optimized.
    while let Some(at) = memchr::memchr(needle[0], rest) {
        rest = &rest[at..];
        count += usize::from(rest.starts_with(needle));
        rest = &rest[1..];
    }
    count
}

/// The secrets, and what is as good as them: both halves of each.
fn needles(scheme: SignatureScheme, text: Option<Vec<u8>>) -> Needles {
    let mut needles = Needles::new();
    let mut add = |name: &str, secret: &[u8]| {
        for (number, half) in secret.chunks_exact(16).enumerate() {
            needles.insert(format!("{name}, part {number}"), half.to_vec());
        }
    };
    add("key", &secret());
    match scheme {
        SignatureScheme::Ed25519 => {
            // The scalar and the prefix of RFC 8032, section 5.1.5.
            let mut expanded = Sha512::digest(secret());
            add("expanded key", &expanded);
            expanded[0] &= 0xf8;
            expanded[31] = expanded[31] & 0x7f | 0x40;
            add("clamped scalar", &expanded[..32]);
        }
        _ => {
            let mut reversed = secret();
            reversed.reverse();
            add("scalar, reversed", &reversed);
        }
    }
    for (name, passphrase) in [
        ("passphrase", right_passphrase()),
        ("wrong passphrase", wrong_passphrase()),
    ] {
        add(name, passphrase.as_bytes());
        add(&format!("hash of {name}"), &Sha512::digest(&passphrase));
        let kdf = Kdf::Bcrypt {
            salt: SALT.to_vec(),
            rounds: ROUNDS,
        };
        let (key, _) = kdf
            .derive_key_and_iv(Cipher::Aes256Ctr, &passphrase)
            .unwrap();
        add(&format!("cipher key of {name}"), &key);
    }
    let text = text.map(|text| String::from_utf8(text).unwrap());
    if let Some(base64) = text.as_deref().and_then(base64_of_secret) {
        add("base64", base64.as_bytes());
    }
    needles
}

/// Where the secret is in the text of a plain file.
fn base64_of_secret(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| !line.starts_with('-'));
    let base64: String = lines.collect();
    let bytes = Base64::decode_vec(&base64).unwrap();
    let at = bytes.windows(32).position(|window| window == secret())?;
    Some(base64[at.div_ceil(3) * 4..][..40].to_owned())
}

/// A file of the secret.
fn folder_with_file(scheme: SignatureScheme, passphrase: Option<&str>) -> Folder {
    let folder = Folder::new();
    let masked = secret().map(|byte| byte ^ MASK).to_vec();
    let path = folder.path("key");
    KeyFile::create(path, scheme, "", passphrase, &mut Known(masked)).unwrap();
    folder
}

/// The key is found while it is there, once and nothing else; and then nothing.
fn comes_and_goes(mut child: Watched, scheme: SignatureScheme, locked: bool) {
    let (alive, kib) = child.found_at("alive");
    let expected = BTreeMap::from([("key, part 0", 1), ("key, part 1", 1)]);
    assert_eq!(alive, expected, "{scheme}, alive");
    assert_eq!(kib > 0, locked);
    let (dropped, kib) = child.found_at("dropped");
    assert_eq!(dropped, BTreeMap::new(), "{scheme}, dropped");
    assert_eq!(kib, 0);
    child.end();
}

const SCHEMES: [SignatureScheme; 2] = [SignatureScheme::Ed25519, SignatureScheme::EcdsaP256Sha256];

#[test]
fn a_key_goes_with_its_store() {
    if is_child(|path| sign_and_drop(KeyFile::open(path).unwrap())) {
        return;
    }
    for scheme in SCHEMES {
        let folder = folder_with_file(scheme, None);
        let child = Watched::start("a_key_goes_with_its_store", &folder, scheme);
        comes_and_goes(child, scheme, false);
    }
}

#[test]
fn a_locked_key_goes_with_its_store() {
    if is_child(|path| sign_and_drop(KeyFile::open(path).unwrap().locked().unwrap())) {
        return;
    }
    for scheme in SCHEMES {
        let folder = folder_with_file(scheme, None);
        let child = Watched::start("a_locked_key_goes_with_its_store", &folder, scheme);
        comes_and_goes(child, scheme, true);
    }
}

#[test]
fn a_passphrase_goes_when_the_file_is_open() {
    if is_child(|path| {
        let held = passphrase(MASKED_PASSPHRASE);
        stop("passphrase");
        drop(held);
        let key = KeyFile::open_with(path, |prompt| match prompt.attempt() {
            1 => Some(passphrase(MASKED_WRONG)),
            _ => Some(passphrase(MASKED_PASSPHRASE)),
        });
        sign_and_drop(key.unwrap());
    }) {
        return;
    }
    for scheme in SCHEMES {
        let folder = folder_with_file(scheme, Some(&right_passphrase()));
        let mut child = Watched::start("a_passphrase_goes_when_the_file_is_open", &folder, scheme);
        let (held, _) = child.found_at("passphrase");
        let expected = ["passphrase, part 0", "passphrase, part 1"];
        assert_eq!(held.into_keys().collect::<Vec<_>>(), expected);
        comes_and_goes(child, scheme, false);
    }
}

#[test]
fn a_new_file_leaves_its_key_only() {
    if is_child(|path| {
        let scheme = match path.with_file_name("ed25519").exists() {
            true => SignatureScheme::Ed25519,
            false => SignatureScheme::EcdsaP256Sha256,
        };
        let mut random = Known(masked_variable(MASKED_SECRET));
        let passphrase = passphrase(MASKED_PASSPHRASE);
        let key = KeyFile::create(path, scheme, "", Some(&passphrase), &mut random);
        drop(passphrase);
        sign_and_drop(key.unwrap());
    }) {
        return;
    }
    for scheme in SCHEMES {
        let folder = Folder::new();
        if scheme == SignatureScheme::Ed25519 {
            folder.write("ed25519", b"");
        }
        let child = Watched::start("a_new_file_leaves_its_key_only", &folder, scheme);
        comes_and_goes(child, scheme, false);
    }
}
