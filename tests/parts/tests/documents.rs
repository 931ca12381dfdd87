//! The commands in `docs/keys.md`, run one after another as a reader pastes them.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use ossuary::Role;
use ossuary::keystore::openssh::{AuthorizedKeysFile, KeyFile, KnownHostsFile, parse_public_key};
use ossuary::ossuary_traits::SigningKey;
use ossuary::trust::{Peer, Trust, Verdict};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The blocks of commands, but for those that run examples: other tests do.
fn commands() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keys.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").unwrap().0.to_owned());
    blocks
        .filter(|block| !block.starts_with("cargo "))
        .collect()
}

#[test]
fn what_the_page_about_keys_says_works() {
    let folder = TempDir::new().unwrap();
    let commands = commands();
    assert!(commands.len() >= 5, "{commands:?}");
    for block in commands {
        // An agent that it starts ends with it.
        let end = "trap '[ -z \"${SSH_AGENT_PID:-}\" ] || kill \"$SSH_AGENT_PID\"' EXIT";
        let output = Command::new("sh")
            .args(["-e", "-u", "-c", &format!("{end}\n{block}")])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("SSH_AGENT_PID")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{block}\n{}\nof Debian's packages openssh-client, softhsm2 and opensc?",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    let path = |name: &str| folder.path().join(name);
    let host = KeyFile::open(path("host_key")).unwrap();
    assert_eq!(host.comment(), "gate, building 3");
    assert!(KeyFile::open(path("laptop_key")).is_ok());
    let device = parse_public_key(&fs::read_to_string(path("device_key.pub")).unwrap()).unwrap();
    let peer = Peer::new(Role::Client, None, Some(&device));
    let devices = AuthorizedKeysFile::open(path("authorized_keys")).unwrap();
    assert_eq!(devices.verdict(&peer).unwrap(), Verdict::Trusted);
    let servers = KnownHostsFile::open(path("known_hosts")).unwrap();
    let name = "[gate.example.org]:7000";
    let verdict = |identity| servers.lookup(name, identity).unwrap();
    let stolen = host.identity();
    assert_eq!(verdict(&stolen), Verdict::Revoked);
    // The line of the old key has gone.
    assert_eq!(verdict(&device), Verdict::Unknown);
}
