//! `cargo xtask features`: every combination of the features of `ossuary`.

use crate::{Outcome, cargo, test::Step};
use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// Each backend's feature, and the packages that are its library. Turning one on
/// must bring these and none of the others'.
const BACKENDS: [(&str, &[&str]); 5] = [
    (
        "rustcrypto",
        &[
            "aes-gcm",
            "chacha20poly1305",
            "ed25519-dalek",
            "hkdf",
            "ml-dsa",
            "ml-kem",
            "p256",
            "sha2",
            "x25519-dalek",
        ],
    ),
    ("ring", &["ring"]),
    ("orion", &["orion"]),
    ("aws-lc", &["aws-lc-rs", "aws-lc-sys"]),
    ("graviola", &["graviola"]),
];

/// Nobody debugs what each combination builds.
const BUILD_QUICKLY: [(&str, &str); 2] =
    [("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "0")];

/// Each key store's feature. They know nothing of backends, nor of each other.
const KEY_STORES: [&str; 5] = ["openssh", "agent", "os", "pkcs11", "locked"];

/// Protocol 1 knows nothing of either; it is built by itself, and tested with each backend.
const PROTOCOL_1: &str = "v1";

/// `std` includes `getrandom`.
const WITHOUT_BACKENDS: [&str; 3] = ["", "getrandom", "std"];

/// What the C library may be made of, where a backend and a suite are each a choice of one.
const C_LIBRARY: [&str; 6] = [
    "",
    "aws-lc,suite-x25519mlkem768-chacha20poly1305-sha256,v1",
    "graviola,suite-p256-chacha20poly1305-sha384",
    "orion,suite-p256-aes256gcm-sha256,agent",
    "ring,suite-x25519mlkem768-aes256gcm-sha384,v1,openssh",
    "os,pkcs11",
];

/// Builds, lints and tests every combination, which takes an hour. The search of
/// interleavings, which is the same in each, goes less deep than in `cargo test`.
pub(crate) fn run() -> Outcome {
    each_brings_its_own_library_only()?;
    nothing_brings_protocol_1()?;
    let all = combinations();
    for (index, features) in all.iter().enumerate() {
        println!("\n{} of {}: {features:?}", index + 1, all.len());
        lint(features, "--all-targets")?;
        let mut tests = Step::cargo(&format!("test -p ossuary {}", selection(features)));
        tests.set("OSSUARY_SEARCH_DEPTH", "4");
        for (name, value) in BUILD_QUICKLY {
            tests.set(name, value);
        }
        tests.run()?;
    }
    println!("\n{} combinations of features passed", all.len());
    for features in every_c_library() {
        let mut tests = Step::cargo(&format!(
            "test -p ossuary-capi --lib {}",
            selection(&features)
        ));
        for (name, value) in BUILD_QUICKLY {
            tests.set(name, value);
        }
        tests.run()?;
    }
    Ok(())
}

/// Each suite of the C library with each backend.
fn every_c_library() -> Vec<String> {
    let mut all = Vec::new();
    for (backend, _) in BACKENDS {
        for key_exchange in ["x25519", "p256", "x25519mlkem768"] {
            for aead in ["chacha20poly1305", "aes256gcm"] {
                for hash in ["sha256", "sha384"] {
                    all.push(format!("{backend},suite-{key_exchange}-{aead}-{hash}"));
                }
            }
        }
    }
    all
}

/// A few combinations, for every change: none, each backend by itself, and what
/// a user of each is likely to have.
pub(crate) fn run_some() -> Outcome {
    each_brings_its_own_library_only()?;
    nothing_brings_protocol_1()?;
    let mut some: Vec<String> = ["", "std", "std,rustcrypto"].map(String::from).into();
    some.extend(BACKENDS.map(|(backend, _)| backend.into()));
    some.extend(BACKENDS.map(|(backend, _)| format!("std,{backend}")));
    some.extend(KEY_STORES.map(String::from));
    some.extend(["v1", "std,rustcrypto,v1", "ring,v1"].map(String::from));
    some.sort();
    some.dedup();
    for features in some {
        lint(&features, "--lib --tests --examples")?;
    }
    for features in C_LIBRARY {
        lint_of("ossuary-capi", features, "--lib --tests")?;
    }
    Ok(())
}

fn lint(features: &str, targets: &str) -> Outcome {
    lint_of("ossuary", features, targets)
}

fn lint_of(package: &str, features: &str, targets: &str) -> Outcome {
    let selection = selection(features);
    cargo(&format!(
        "clippy -p {package} {selection} {targets} -- -D warnings"
    ))
}

/// The options for exactly these features.
fn selection(features: &str) -> String {
    match features {
        "" => "--no-default-features".into(),
        features => format!("--no-default-features --features {features}"),
    }
}

/// All subsets of the backends, with each of what may be there besides; those of the key
/// stores; and each key store, and all of them, with the default backend; and protocol 1 by
/// itself and with each backend.
fn combinations() -> Vec<String> {
    let backends = subsets(&BACKENDS.map(|(backend, _)| backend));
    let mut stores = subsets(&KEY_STORES);
    stores.retain(|set| !set.is_empty());
    let mut with_backend = stores.clone();
    with_backend.retain(|set| [1, KEY_STORES.len()].contains(&set.len()));
    let mut all = vec![PROTOCOL_1.to_owned()];
    let with_std = |(backend, _)| match backend {
        "rustcrypto" => format!("std,{backend},{PROTOCOL_1}"),
        backend => format!("std,rustcrypto,{backend},{PROTOCOL_1}"),
    };
    all.extend(BACKENDS.map(with_std));
    for (bases, sets) in [
        (WITHOUT_BACKENDS.as_slice(), backends),
        (&[""], stores),
        (&["rustcrypto"], with_backend),
    ] {
        for base in bases {
            for set in &sets {
                let mut features = [&[*base], set.as_slice()].concat();
                features.retain(|name| !name.is_empty());
                all.push(features.join(","));
            }
        }
    }
    all
}

fn subsets(of: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut sets = vec![Vec::new()];
    for name in of {
        let with: Vec<_> = sets
            .iter()
            .map(|set: &Vec<&'static str>| [set, &[*name][..]].concat())
            .collect();
        sets.extend(with);
    }
    sets
}

/// Looks at the dependencies of each backend's feature.
fn each_brings_its_own_library_only() -> Outcome {
    let bare = packages("")?;
    for (backend, libraries) in BACKENDS {
        let packages = packages(backend)?;
        for (other, theirs) in BACKENDS {
            for library in theirs.iter().copied() {
                if bare.contains(library) {
                    return Err(format!("without any backend {library} is there").into());
                }
                let wanted = libraries.contains(&library);
                if packages.contains(library) != wanted {
                    let problem = if wanted { "lacks" } else { "brings" };
                    return Err(
                        format!("the feature {backend} {problem} {library} ({other})").into(),
                    );
                }
            }
        }
        println!(
            "{backend} brings {} and no other backend's library",
            libraries.join(", ")
        );
    }
    Ok(())
}

/// Protocol 1 is there where it is asked for by its name: not by default, nor by any
/// other feature.
fn nothing_brings_protocol_1() -> Outcome {
    let mut others = BACKENDS.map(|(backend, _)| backend).to_vec();
    others.extend(KEY_STORES);
    others.extend(WITHOUT_BACKENDS.iter().filter(|name| !name.is_empty()));
    let others = others.join(",");
    for (options, wanted) in [
        (String::new(), false),
        (format!("--features {others}"), false),
        (format!("--features {PROTOCOL_1}"), true),
    ] {
        let on = tree(&format!("--depth 0 --format {{f}} {options}"))?;
        let is_on = on.trim().split(',').any(|feature| feature == PROTOCOL_1);
        if is_on != wanted {
            let on = on.trim();
            return Err(format!("with {options:?} the features are {on}").into());
        }
    }
    println!("protocol 1 is off by default, and with all other features");
    Ok(())
}

/// The packages that `ossuary` is built of, with these features.
fn packages(features: &str) -> Outcome<BTreeSet<String>> {
    let text = tree(&format!("--format {{p}} {}", selection(features)))?;
    let names = text.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(String::from).collect())
}

/// What `cargo tree` prints of `ossuary`, line by line.
fn tree(options: &str) -> Outcome<String> {
    let arguments = format!("tree -p ossuary --edges normal --prefix none {options}");
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments.split_whitespace())
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {arguments}: {why}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_there_once() {
        let all = combinations();
        assert_eq!(all.len(), 3 * 32 + 31 + 6 + 6);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for expected in [
            "",
            "std",
            "ring",
            "std,rustcrypto,ring,orion,aws-lc,graviola",
            "pkcs11",
            "rustcrypto,openssh,agent,os,pkcs11,locked",
        ] {
            assert!(
                all.iter().any(|features| features == expected),
                "{expected}"
            );
        }
    }
}
