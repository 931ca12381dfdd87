//! `include/ossuary.h` is what cbindgen writes of this crate.
//!
//! With `OSSUARY_WRITE_HEADER=1` in the environment it is written anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What stands before the declarations, of a version.
fn preamble() -> String {
    let [major, minor, patch] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    format!(
        r#"
/* The version of this header, and of the library that it is of. */
#define OSSUARY_VERSION "{major}.{minor}.{patch}"
#define OSSUARY_VERSION_MAJOR {major}
#define OSSUARY_VERSION_MINOR {minor}
#define OSSUARY_VERSION_PATCH {patch}
/* The same as one number, which is greater for a later version. */
#define OSSUARY_VERSION_NUMBER \
    (OSSUARY_VERSION_MAJOR * 1000000 + OSSUARY_VERSION_MINOR * 1000 + OSSUARY_VERSION_PATCH)

/* A compiler that can warns where a result is not looked at, and where null is passed that must
 * not be; the latter where it does not optimize, as it would take for granted then that nothing
 * that was passed is null. A program that passes null on purpose, as tests do, defines
 * OSSUARY_NO_NONNULL. */
#if defined(__GNUC__) || defined(__clang__)
#define OSSUARY_MUST_USE __attribute__((warn_unused_result))
#else
#define OSSUARY_MUST_USE
#endif
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__OPTIMIZE__) \
    && !defined(OSSUARY_NO_NONNULL)
#define OSSUARY_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#else
#define OSSUARY_NONNULL(...)
#endif

/* What ossuary_create_connection creates. */
typedef enum {{
    /* The side that begins. It asks about servers whose keys are not authorized. */
    OSSUARY_CONN_TYPE_CLIENT = 0x00,
    /* A server that lets in clients whose keys are authorized, and no others. */
    OSSUARY_CONN_TYPE_AUTHENTICATED_SERVER = 0x01,
    /* A server that lets in every client, anonymous ones too. */
    OSSUARY_CONN_TYPE_UNAUTHENTICATED_SERVER = 0x02
}} ossuary_conn_type_t;
"#
    )
}

fn generated(root: &Path) -> String {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    config.after_includes = Some(preamble());
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_crate(root)
        .generate()
        .unwrap();
    let mut header = Vec::new();
    bindings.write(&mut header);
    String::from_utf8(header).unwrap()
}

#[test]
fn the_header_is_that_of_the_code() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let place = root.join("../include/ossuary.h");
    let expected = generated(&root);
    if env::var_os("OSSUARY_WRITE_HEADER").is_some() {
        fs::write(&place, &expected).unwrap();
    }
    let committed = fs::read_to_string(&place).unwrap();
    assert!(
        committed == expected,
        "include/ossuary.h is not that of the code: run\n  OSSUARY_WRITE_HEADER=1 cargo test -p \
         ossuary-capi --test header"
    );
}

/// The lint for documentation does not look at what is public for C alone.
#[test]
fn every_function_of_the_header_is_documented() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let header = generated(&root);
    let lines: Vec<&str> = header.lines().collect();
    let is_declaration = |line: &str| {
        let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
        begins && !line.starts_with("typedef") && line.contains(" ossuary_") && line.contains('(')
            || begins && line.contains(" *ossuary_") && line.contains('(')
    };
    let mut functions = 0;
    for (index, line) in lines.iter().enumerate() {
        if !is_declaration(line) || line.starts_with("OSSUARY_NONNULL") {
            continue;
        }
        functions += 1;
        let before = lines.iter().take(index).rev();
        let documented = before.into_iter().find(|line| **line != "OSSUARY_MUST_USE");
        assert_eq!(documented, Some(&" */"), "{line}");
    }
    let symbols = fs::read_to_string(root.join("symbols.txt")).unwrap();
    assert_eq!(functions, symbols.lines().count());
}
