//! `cargo xtask install`, and C programs that find what it installed by pkg-config and CMake; and
//! the symbols of the shared library.
//!
//! With `OSSUARY_WRITE_SYMBOLS=1` in the environment the list of symbols is written anew.

// Names, tools and what they print are those of Linux.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");
const MINOR: &str = env!("CARGO_PKG_VERSION_MINOR");

/// As `capi/build.rs` has it.
fn abi() -> String {
    match MAJOR {
        "0" => format!("0.{MINOR}"),
        major => major.into(),
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

/// Where the programs and their builds are.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/install")
}

/// `cargo xtask install`, by someone whose files nobody else may read.
fn install(destdir: Option<&Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"umask 077 && exec "$@""#, "sh"])
        .arg(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["xtask", "install"])
        .args(arguments)
        .current_dir(root())
        .env_remove("DESTDIR");
    if let Some(destdir) = destdir {
        command.env("DESTDIR", destdir);
    }
    // This package's own, by which build scripts would run again that watch them.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command.output().unwrap()
}

/// A new folder, and a prefix in it with what is installed.
fn installed() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let prefix = folder.path().join("prefix");
    succeeded(&install(None, &["--prefix", path(&prefix)]));
    (folder, prefix)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A program of the system, without what is in the environment of the tests and might lead it to
/// other libraries than those that are installed.
fn program(name: impl AsRef<Path>) -> Command {
    let mut command = Command::new(name.as_ref());
    command.env_clear().env("LC_ALL", "C");
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

/// What it printed, where it succeeded.
fn succeeded(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| text(bytes));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out
}

fn run(command: &mut Command) -> String {
    let output = command.output();
    succeeded(&output.unwrap_or_else(|error| panic!("{command:?}: {error}")))
}

/// What is in a folder, at any depth.
#[derive(Debug, PartialEq)]
enum Entry {
    Folder { mode: u32 },
    File { mode: u32, content: Vec<u8> },
    Link { to: PathBuf },
}

fn tree(folder: &Path) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let place = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&place).unwrap();
            let mode = metadata.permissions().mode() & 0o7777;
            let entry = if metadata.is_symlink() {
                let to = fs::read_link(&place).unwrap();
                Entry::Link { to }
            } else if metadata.is_dir() {
                folders.push(place.clone());
                Entry::Folder { mode }
            } else {
                let content = fs::read(&place).unwrap();
                Entry::File { mode, content }
            };
            let name = place.strip_prefix(folder).unwrap();
            entries.insert(path(name).to_owned(), entry);
        }
    }
    entries
}

/// The values of a tag in the dynamic section of a program or library.
fn dynamic(file: &Path, tag: &str) -> Vec<String> {
    let section = run(program("readelf").arg("-d").arg(file));
    let lines = section
        .lines()
        .filter(|line| line.contains(&format!("({tag})")));
    let value = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    lines.filter_map(value).collect()
}

#[test]
fn what_is_installed_is_all_there_and_knows_no_other_place() {
    let folder = TempDir::new().unwrap();
    let (stage, prefix) = (folder.path().join("stage"), folder.path().join("usr"));
    let arguments = ["--prefix", path(&prefix)];
    succeeded(&install(Some(&stage), &arguments));
    assert!(!prefix.exists());
    let staged = stage.join(prefix.strip_prefix("/").unwrap());
    let entries = tree(&staged);

    let shared = format!("libossuary.so.{VERSION}");
    let name = format!("libossuary.so.{}", abi());
    let mut files = BTreeSet::from(
        [
            "include/ossuary.h",
            "lib/cmake/ossuary/ossuary-config-version.cmake",
            "lib/cmake/ossuary/ossuary-config.cmake",
            "lib/libossuary.a",
            "lib/pkgconfig/ossuary.pc",
            "share/doc/ossuary/LICENSE-APACHE",
            "share/doc/ossuary/LICENSE-MIT",
        ]
        .map(String::from),
    );
    files.insert(format!("lib/{shared}"));
    if root().join("include/ossuary.hpp").exists() {
        files.insert("include/ossuary.hpp".into());
    }
    let mut links = BTreeMap::new();
    for link in [&name, "libossuary.so"] {
        links.insert(format!("lib/{link}"), PathBuf::from(&shared));
    }
    let source = root();
    for (place, entry) in &entries {
        match entry {
            Entry::Folder { mode } => assert_eq!(*mode, 0o755, "{place}"),
            Entry::Link { to } => assert_eq!(links.remove(place).as_ref(), Some(to), "{place}"),
            Entry::File { mode, content } => {
                assert!(files.remove(place), "{place}");
                let expected = if place.contains(".so") { 0o755 } else { 0o644 };
                assert_eq!(*mode, expected, "{place}");
                for other in [&stage, &source] {
                    let found = memmem::find(content, path(other).as_bytes());
                    assert_eq!(found, None, "{place} mentions {}", other.display());
                }
            }
        }
    }
    assert_eq!((files, links), Default::default(), "are missing");
    assert_eq!(dynamic(&staged.join("lib").join(&shared), "SONAME"), [name]);

    // In its place it is the same, and so it is when it is installed over itself.
    for _ in 0..2 {
        succeeded(&install(None, &arguments));
        assert!(tree(&prefix) == entries);
    }
}

#[test]
fn other_folders_than_those_of_the_prefix_are_named() {
    let folder = TempDir::new().unwrap();
    // Where Debian has libraries; on other systems, `lib` by itself.
    let triplet = run(program("cc").arg("-print-multiarch"));
    let libdir = format!("usr/lib/{}", triplet.trim());
    let folders = ["usr", libdir.trim_end_matches('/'), "headers"];
    let [prefix, libdir, includedir] = folders.map(|name| folder.path().join(name));
    let arguments = ["--prefix", path(&prefix), "--libdir", path(&libdir)];
    let more = ["--includedir", path(&includedir)];
    succeeded(&install(None, &[arguments.as_slice(), &more].concat()));
    let flags = pkg_config(&libdir, &["--cflags", "--libs"]);
    let [include, lib] = [("-I", &includedir), ("-L", &libdir)]
        .map(|(option, folder)| format!("{option}{}", folder.display()));
    assert_eq!(flags, [include.as_str(), &lib, "-lossuary"]);
    built_by_cmake(&prefix, &folder.path().join("build"));

    for (destdir, prefix, why) in [
        (None, "usr", "--prefix is not absolute: \"usr\""),
        (Some("stage"), "/usr", "DESTDIR is not absolute: \"stage\""),
    ] {
        let output = install(destdir.map(Path::new), &["--prefix", prefix]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(why), "{error}");
    }
}

/// What pkg-config says of the package in a library folder.
fn pkg_config(libdir: &Path, arguments: &[&str]) -> Vec<String> {
    let flags = run(program("pkg-config")
        .env("PKG_CONFIG_PATH", libdir.join("pkgconfig"))
        .args(arguments)
        .arg("ossuary"));
    flags.split_whitespace().map(String::from).collect()
}

/// Compiles and links the program with these flags, and runs it; returns its libraries.
fn built(to: &Path, flags: &[String]) -> Vec<String> {
    let mut cc = program("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"]);
    run(cc.arg(to).arg(sources().join("main.c")).args(flags));
    runs(to);
    dynamic(to, "NEEDED")
}

fn runs(program_: &Path) {
    let said = run(&mut program(program_));
    assert!(
        said.starts_with(&format!("ossuary {VERSION} SHA256:")),
        "{said}"
    );
}

#[test]
fn programs_find_it_by_pkg_config() {
    let (folder, prefix) = installed();
    let lib = prefix.join("lib");
    let name = format!("libossuary.so.{}", abi());
    let to = |name: &str| folder.path().join(name);

    assert_eq!(pkg_config(&lib, &["--modversion"]), [VERSION]);
    let mut flags = pkg_config(&lib, &["--cflags", "--libs"]);
    flags.push(format!("-Wl,-rpath,{}", lib.display()));
    assert!(built(&to("shared"), &flags).contains(&name));

    // An example, with the same.
    let examples = root().join("examples/c");
    let signer = to("callback_signer");
    let mut cc = program("cc");
    cc.args(["-std=c99", "-o"]).arg(&signer);
    let sources = ["callback_signer.c", "common.c"].map(|name| examples.join(name));
    run(cc.args(sources).args(&flags));
    run(&mut program(&signer));

    // Where both libraries are, the linker takes the shared one, but for this.
    let mut flags = pkg_config(&lib, &["--cflags", "--libs", "--static"]);
    let archive = flags.iter_mut().find(|flag| *flag == "-lossuary").unwrap();
    *archive = "-l:libossuary.a".into();
    assert!(!built(&to("static"), &flags).contains(&name));

    // The same where the prefix is another, and has the static library only.
    let moved = folder.path().join("moved");
    fs::rename(&prefix, &moved).unwrap();
    let lib = moved.join("lib");
    for shared in ["libossuary.so", &name, &format!("libossuary.so.{VERSION}")] {
        fs::remove_file(lib.join(shared)).unwrap();
    }
    let flags = ["--define-prefix", "--cflags", "--libs", "--static"];
    let flags = pkg_config(&lib, &flags);
    assert!(!built(&to("static"), &flags).contains(&name));
}

/// Configures a project in a new build folder.
fn configured(project: &Path, build: &Path, prefix: &Path, wanted: &str) -> Output {
    program("cmake")
        .arg("-S")
        .arg(project)
        .arg("-B")
        .arg(build)
        .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()))
        .arg(format!("-DWANTED={wanted}"))
        .output()
        .unwrap()
}

/// Builds the programs of the project in a new folder, and runs them.
fn built_by_cmake(prefix: &Path, build: &Path) {
    let wanted = format!("{MAJOR}.{MINOR}");
    succeeded(&configured(&sources(), build, prefix, &wanted));
    run(program("cmake").arg("--build").arg(build));
    let name = format!("libossuary.so.{}", abi());
    for (program, needs_it) in [("shared", true), ("static", false)] {
        let program = build.join(program);
        runs(&program);
        assert_eq!(dynamic(&program, "NEEDED").contains(&name), needs_it);
    }
}

#[test]
fn programs_find_it_by_cmake() {
    let (folder, prefix) = installed();
    let to = |name: &str| folder.path().join(name);
    built_by_cmake(&prefix, &to("build"));

    // So do the examples.
    let examples = root().join("examples/c");
    succeeded(&configured(&examples, &to("examples"), &prefix, ""));
    run(program("cmake").arg("--build").arg(to("examples")));

    // The same where the prefix is another, also one with a space.
    let moved = folder.path().join("moved to/usr");
    fs::create_dir(moved.parent().unwrap()).unwrap();
    fs::rename(&prefix, &moved).unwrap();
    built_by_cmake(&moved, &to("build of the moved"));
    // And through a link like /lib to /usr/lib.
    let link = folder.path().join("moved to/lib");
    symlink("usr/lib", link).unwrap();
    built_by_cmake(moved.parent().unwrap(), &to("build by a link"));
}

#[test]
fn cmake_refuses_other_versions() {
    let (folder, prefix) = installed();
    let to = |name: &str| folder.path().join(name);
    let number = |text: &str| text.parse::<u64>().unwrap();
    let (major, minor) = (number(MAJOR), number(MINOR));
    let patch = number(env!("CARGO_PKG_VERSION_PATCH"));

    let later = format!("{major}.{}", minor + 1);
    let output = configured(&sources(), &to("build"), &prefix, &later);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        error.contains(&format!("\"{later}\"")) && error.contains(VERSION),
        "{error}"
    );

    // The others are asked for from a later patch than this one, to have more to tell apart.
    let here = |patch: u64| format!("{major}.{minor}.{patch}");
    let file = prefix.join("lib/cmake/ossuary/ossuary-config-version.cmake");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(VERSION, &here(patch + 2))).unwrap();
    let mut versions = vec![
        (format!("{major}.{minor}"), true),
        (here(patch), true),
        (here(patch + 2), true),
        (here(patch + 3), false),
        (format!("{}...{}", here(patch), here(patch + 1)), false),
        (format!("{}...{}", here(patch), here(patch + 2)), true),
        (format!("{}...<{}", here(patch), here(patch + 2)), false),
        (format!("{}...<{later}", here(patch)), true),
        (later, false),
        (format!("{}", major + 1), false),
        (format!("{}.{minor}", major + 1), false),
    ];
    if let Some(earlier) = minor.checked_sub(1) {
        versions.push((format!("{major}.{earlier}"), major > 0));
        versions.push((format!("{major}.{earlier}.{patch}"), major > 0));
    }
    let wanted: Vec<&str> = versions.iter().map(|(wanted, _)| wanted.as_str()).collect();
    let project = sources().join("versions");
    let output = configured(&project, &to("versions"), &prefix, &wanted.join(";"));
    succeeded(&output);
    let found = String::from_utf8_lossy(&output.stderr);
    let expected: Vec<String> = versions
        .iter()
        .map(|(wanted, found)| format!("{wanted}: {}", u8::from(*found)))
        .collect();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, expected);
}

/// The functions that a header declares.
fn declared(header: &str) -> BTreeSet<String> {
    // Without comments, which name functions too.
    let code: String = header
        .split("/*")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once("*/").unwrap().1,
        })
        .collect();
    let word = |text: &str| {
        let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        text[start.map_or(0, |start| start + 1)..].to_owned()
    };
    // What a bracket follows at once is a function: before pointers to functions is a space.
    let words = code.split('(').map(word);
    words.filter(|word| word.starts_with("ossuary_")).collect()
}

#[test]
fn the_symbols_are_the_functions_of_the_header_and_no_others() {
    let (_folder, prefix) = installed();
    let symbols = run(program("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(prefix.join("lib/libossuary.so")));
    let names = symbols.lines().filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.map(String::from).collect();
    assert!(!names.is_empty());

    let header = fs::read_to_string(prefix.join("include/ossuary.h")).unwrap();
    assert_eq!(names, declared(&header));

    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("symbols.txt");
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    if env::var_os("OSSUARY_WRITE_SYMBOLS").is_some() {
        fs::write(&place, &list).unwrap();
    }
    let committed = fs::read_to_string(&place).unwrap();
    assert!(
        committed == list,
        "capi/symbols.txt is not that of the library: run\n  OSSUARY_WRITE_SYMBOLS=1 cargo test \
         -p ossuary-capi --features real-parts --test install"
    );
}
