//! A program of C with host keys in a file, an agent, the system's keystore and a token, and with
//! files of whom to trust: each of them the real thing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]
#![allow(dead_code, reason = "the other tests use the rest of the harness")]

#[path = "programs/harness.rs"]
mod harness;

use harness::{GCC, Link, PLAIN, command, succeeds};
use libtest_mimic::{Arguments, Trial};
use ossuary::{OsRandom, SignatureScheme};
use ossuary_test_parts::SshAgent;
use ossuary_test_parts::os_keystore::{self, Around};
use ossuary_test_parts::softhsm::{self, PIN, SoftHsm};
use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

/// Where the program is, for the processes that the trials run in.
const PROGRAM: &str = "OSSUARY_TEST_STORES";
const SERVICE: &str = "capi.example";
const TOKEN: &str = "capi";

static HSM: OnceLock<SoftHsm> = OnceLock::new();

fn main() -> ExitCode {
    if env::var_os(PROGRAM).is_none() {
        // Before there is another home folder, and a keystore that builds have no business with.
        let program = GCC.compile("c/stores.c", &PLAIN, Link::Shared);
        let own = env::current_exe().unwrap();
        let mut command = command(own);
        command.args(env::args_os().skip(1)).env(PROGRAM, program);
        let status = command.status().unwrap();
        return ExitCode::from(u8::from(!status.success()));
    }
    softhsm::run(&[TOKEN], |hsm| {
        HSM.set(hsm).unwrap();
        os_keystore::run(&[(Around::UnlockedKeyring, trials)])
    })
}

fn trials() -> ExitCode {
    let trials = [
        ("a_key_file", a_key_file as fn()),
        ("a_key_file_with_a_passphrase", a_key_file_with_a_passphrase),
        ("an_agent", an_agent),
        ("the_keystore_of_the_system", the_keystore_of_the_system),
        ("a_token", a_token),
        (
            "authorized_keys_and_known_hosts",
            authorized_keys_and_known_hosts,
        ),
    ];
    let trials = trials.map(|(name, trial)| {
        Trial::test(name, move || {
            trial();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// What the program prints.
fn stores(arguments: &[&str]) -> String {
    let program = env::var_os(PROGRAM).unwrap();
    succeeds(command(program).args(arguments))
}

fn ssh_keygen(file: &Path, passphrase: &str, kind: &str) -> String {
    let file = file.to_str().unwrap();
    let arguments = ["-q", "-t", kind, "-N", passphrase, "-C", "", "-f", file];
    succeeds(command("ssh-keygen").args(arguments));
    let line = succeeds(command("ssh-keygen").args(["-l", "-f", file]));
    line.split(' ').nth(1).unwrap().to_owned()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    (folder, file)
}

fn a_key_file() {
    for kind in ["ed25519", "ecdsa"] {
        let (_folder, file) = folder();
        let fingerprint = ssh_keygen(&file, "", kind);
        let printed = stores(&["key-file", file.to_str().unwrap()]);
        assert_eq!(printed.trim(), fingerprint);
    }
    let printed = stores(&["key-file", "/nowhere/at/all"]);
    assert!(
        printed.starts_with("OSSUARY_ERR_KEY_NOT_FOUND: "),
        "{printed}"
    );
    assert!(printed.contains("/nowhere/at/all"), "{printed}");
}

fn a_key_file_with_a_passphrase() {
    let (_folder, file) = folder();
    let fingerprint = ssh_keygen(&file, "open sesame", "ed25519");
    let file = file.to_str().unwrap();
    for (passphrase, expected) in [
        ("open sesame", fingerprint.as_str()),
        ("wrong:open sesame", &fingerprint),
        ("shut", "OSSUARY_ERR_KEY_DENIED: "),
        ("", "OSSUARY_ERR_KEY_CANCELLED: "),
    ] {
        let printed = stores(&["key-file", file, passphrase]);
        assert!(printed.starts_with(expected), "{passphrase}: {printed}");
    }
    let printed = stores(&["key-file", file]);
    assert!(printed.starts_with("OSSUARY_ERR_KEY_LOCKED: "), "{printed}");
}

fn an_agent() {
    let mut agent = SshAgent::start();
    let file = agent.add_key(SignatureScheme::Ed25519, "capi");
    let fingerprint = agent.fingerprint(&file);
    let socket = agent.socket();
    let printed = stores(&["agent", socket.to_str().unwrap()]);
    assert_eq!(printed.trim(), fingerprint);
    let program = env::var_os(PROGRAM).unwrap();
    let mut by_environment = command(program);
    by_environment.arg("agent").env("SSH_AUTH_SOCK", &socket);
    assert_eq!(succeeds(&mut by_environment).trim(), fingerprint);
    agent.kill();
    let printed = stores(&["agent", socket.to_str().unwrap()]);
    assert!(printed.starts_with("OSSUARY_ERR_KEY_"), "{printed}");
}

fn the_keystore_of_the_system() {
    use ossuary::keystore::os::{Item, OsKeyStore, Place};
    let printed = stores(&["os", SERVICE, "key"]);
    assert!(
        printed.starts_with("OSSUARY_ERR_KEY_NOT_FOUND: "),
        "{printed}"
    );
    let item = Item::new(Place::default(), SERVICE, "key").unwrap();
    let store = OsKeyStore::create(item, SignatureScheme::Ed25519, &mut OsRandom).unwrap();
    let fingerprint = ossuary::trust::fingerprint(store.identity());
    let printed = stores(&["os", SERVICE, "key"]);
    assert_eq!(printed.trim(), fingerprint);
    let printed = stores(&["os", "a@b", "key"]);
    assert!(
        printed.starts_with("OSSUARY_ERR_INVALID_ARGUMENT: "),
        "{printed}"
    );
}

fn a_token() {
    let hsm = HSM.get().unwrap();
    let pair = ["--keypairgen", "--key-type", "EC:prime256v1"];
    hsm.pkcs11_tool(
        TOKEN,
        &[&pair[..], &["--label", "host", "--id", "01"]].concat(),
    );
    let uri = hsm.uri(TOKEN, ";object=host");
    let printed = stores(&["pkcs11", &uri, PIN]);
    assert!(printed.starts_with("SHA256:"), "{printed}");
    let printed = stores(&["pkcs11", "https://no", PIN]);
    assert!(
        printed.starts_with("OSSUARY_ERR_INVALID_ARGUMENT: "),
        "{printed}"
    );
    let nothing = hsm.uri("no-such-token", "");
    let printed = stores(&["pkcs11", &nothing, PIN]);
    assert!(
        printed.starts_with("OSSUARY_ERR_KEY_NOT_FOUND: "),
        "{printed}"
    );
}

/// The client's key of `check.h`, and a stranger's, who is refused.
fn authorized_keys_and_known_hosts() {
    use ossuary::backend::rustcrypto::Ed25519SigningKey;
    use ossuary::keystore::openssh::public_key_line;
    use ossuary::{Secret, SigningKey};
    let mut secret = [0; 32];
    secret[..3].copy_from_slice(&[1, 2, 3]);
    let key = Ed25519SigningKey::from_secret(Secret::from(secret)).unwrap();
    let line = public_key_line(&key.identity(), "").unwrap();
    let (_folder, file) = folder();
    let path = file.to_str().unwrap();
    std::fs::write(&file, format!("{line}\n")).unwrap();
    let printed = stores(&["authorized-keys", path]);
    assert_eq!(printed, "OSSUARY_OK\nOSSUARY_ERR_NOT_AUTHORIZED\n");
    std::fs::write(&file, format!("gate.example {line}\n")).unwrap();
    let printed = stores(&["known-hosts", path]);
    assert_eq!(printed, "OSSUARY_OK\nOSSUARY_ERR_KEY_CHANGED\n");
    for kind in ["authorized-keys", "known-hosts"] {
        std::fs::write(&file, "no line of either kind\n").unwrap();
        let printed = stores(&[kind, path]);
        assert!(printed.starts_with("OSSUARY_ERR_TRUST: "), "{printed}");
    }
}
