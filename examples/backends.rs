//! Prints which backend has which algorithm and suite, and the versions of
//! their libraries: `cargo run --example backends --all-features`.

use ossuary::ossuary_traits::{AeadId, HashId, KeyExchangeId};
use ossuary::{AnySuite, SignatureScheme, suites};
use std::collections::BTreeMap;

/// What a backend's suites take an algorithm from.
type Libraries = BTreeMap<&'static str, &'static str>;

const KEY_EXCHANGES: [KeyExchangeId; 3] = [
    KeyExchangeId::X25519,
    KeyExchangeId::P256,
    KeyExchangeId::X25519MlKem768,
];
const AEADS: [AeadId; 2] = [AeadId::ChaCha20Poly1305, AeadId::Aes256Gcm];
const HASHES: [HashId; 2] = [HashId::Sha256, HashId::Sha384];

fn main() {
    let backends = backends();
    let libraries: Vec<Libraries> = backends.iter().map(|name| libraries_of(name)).collect();

    head("algorithm", &backends);
    let key_exchanges = KEY_EXCHANGES.iter().map(|part| part.name());
    let aeads = AEADS.iter().map(|part| part.name());
    let hashes = HASHES.iter().map(|part| part.name());
    let schemes = SignatureScheme::ALL.iter().map(|scheme| scheme.name());
    for algorithm in key_exchanges.chain(aeads).chain(hashes).chain(schemes) {
        let cells = backends.iter().zip(&libraries).map(|(backend, libraries)| {
            match libraries.get(algorithm) {
                None => "-",
                Some(library) if is_of(library, backend) => "yes",
                Some(_) => "lent",
            }
        });
        row(algorithm, cells);
    }
    println!("\nlent: suites that have it take it from RustCrypto\n");

    head("suite", &backends);
    for suite in suites::ALL.iter().filter(|suite| first_of_its_id(suite)) {
        let has = |backend: &&&str| {
            suites::ALL
                .iter()
                .any(|other| other.id() == suite.id() && other.backend() == **backend)
        };
        let cells = backends
            .iter()
            .map(|backend| if has(&backend) { "yes" } else { "-" });
        row(&suite.id().name(), cells);
    }

    println!("\nlibraries");
    for (backend, libraries) in backends.iter().zip(&libraries) {
        for (algorithm, library) in libraries {
            println!("  {backend:<12}{algorithm:<20}{library}");
        }
        if let Some(error) = suites::ALL
            .iter()
            .filter(|suite| suite.backend() == *backend)
            .find_map(|suite| suite.available().err())
        {
            println!(
                "  {backend} cannot run on this machine: {}",
                explain(&error)
            );
        }
    }
}

/// Those that this program was built with.
fn backends() -> Vec<&'static str> {
    let mut backends: Vec<_> = suites::ALL.iter().map(AnySuite::backend).collect();
    backends.dedup();
    backends
}

/// By the name of each algorithm in the backend's suites, the library behind it.
fn libraries_of(backend: &str) -> Libraries {
    let mut libraries = Libraries::new();
    for suite in suites::ALL
        .iter()
        .filter(|suite| suite.backend() == backend)
    {
        let id = suite.id();
        libraries.insert(id.key_exchange.name(), suite.key_exchange_library());
        libraries.insert(id.aead.name(), suite.aead_library());
        libraries.insert(id.hash.name(), suite.hash_library());
        for scheme in suite.schemes() {
            libraries.extend(
                suite
                    .verifier_library(*scheme)
                    .map(|library| (scheme.name(), library)),
            );
        }
    }
    libraries
}

/// Whether a library is the backend's own. Several are RustCrypto's; the others
/// are named as their backends.
fn is_of(library: &str, backend: &str) -> bool {
    backend == "rustcrypto" || library.starts_with(backend)
}

fn first_of_its_id(suite: &AnySuite) -> bool {
    let first = suites::ALL.iter().find(|other| other.id() == suite.id());
    first.is_some_and(|first| first.backend() == suite.backend())
}

fn head(title: &str, backends: &[&str]) {
    row(title, backends.iter().copied());
    row("", backends.iter().map(|_| "--------"));
}

fn row<'a>(title: &str, cells: impl Iterator<Item = &'a str>) {
    print!("{title:<40}");
    for cell in cells {
        print!("{cell:<12}");
    }
    println!();
}

/// An error and its source.
fn explain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
