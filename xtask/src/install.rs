//! `cargo xtask install`: the C library, its headers, and the files by which the builds of C
//! programs find them.

mod build;

use crate::{Outcome, root};
use build::{Built, System};
use lexopt::prelude::*;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const PC: &str = include_str!("../../capi/ossuary.pc.in");
const CMAKE: &str = include_str!("../../capi/ossuary-config.cmake.in");
const CMAKE_VERSION: &str = include_str!("../../capi/ossuary-config-version.cmake.in");

/// All packages of the workspace have one version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");
const MINOR: &str = env!("CARGO_PKG_VERSION_MINOR");

/// Builds the library, and installs it as `arguments` say, under the folder that `DESTDIR` in the
/// environment names.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let options = Options::parse(arguments).map_err(|error| format!("install: {error}"))?;
    let destdir = match env::var_os("DESTDIR").filter(|destdir| !destdir.is_empty()) {
        Some(destdir) if Path::new(&destdir).is_relative() => {
            return Err(format!("install: DESTDIR is not absolute: {destdir:?}").into());
        }
        destdir => destdir.map(PathBuf::from),
    };
    let system = System::of(options.target.as_deref())?;
    let names = Names::of(&system.os, MAJOR, MINOR, VERSION)?;
    let built = Built::by(&options, &system)?;
    for file in files(&options, &system, &names, &built) {
        let place = match &destdir {
            Some(destdir) => destdir.join(file.place.strip_prefix("/").unwrap_or(&file.place)),
            None => file.place.clone(),
        };
        let installed = file.install(&place);
        installed.map_err(|error| format!("{}: {error}", place.display()))?;
        println!("{}", place.display());
    }
    Ok(())
}

/// What was asked for.
#[derive(Debug)]
struct Options {
    prefix: PathBuf,
    libdir: PathBuf,
    includedir: PathBuf,
    target: Option<String>,
    /// What cargo is told.
    build: Vec<String>,
}

impl Options {
    fn parse(arguments: &[&str]) -> Outcome<Self> {
        let mut prefix = PathBuf::from("/usr/local");
        let (mut libdir, mut includedir, mut target) = (None, None, None);
        let mut profile = Some("--release".to_owned());
        let mut build = Vec::new();
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("prefix") => prefix = folder("--prefix", &parser.value()?.string()?)?,
                Long("libdir") => libdir = Some(folder("--libdir", &parser.value()?.string()?)?),
                Long("includedir") => {
                    includedir = Some(folder("--includedir", &parser.value()?.string()?)?);
                }
                Long("features") => build.extend(["--features".into(), parser.value()?.string()?]),
                Long("no-default-features") => build.push("--no-default-features".into()),
                Long("target") => target = Some(parser.value()?.string()?),
                Long("debug") => profile = None,
                other => return Err(other.unexpected().into()),
            }
        }
        build.extend(profile);
        if let Some(target) = &target {
            build.extend(["--target".into(), target.clone()]);
        }
        Ok(Options {
            libdir: libdir.unwrap_or_else(|| prefix.join("lib")),
            includedir: includedir.unwrap_or_else(|| prefix.join("include")),
            prefix,
            target,
            build,
        })
    }

    /// A folder as `start` and the way from the prefix, or where that is no way as it is. Builds
    /// by what is written so do not mind when the prefix is moved.
    fn under_prefix(&self, start: &str, folder: &Path) -> String {
        match folder.strip_prefix(&self.prefix) {
            Ok(way) => Path::new(start).join(way).display().to_string(),
            Err(_) => folder.display().to_string(),
        }
    }
}

/// A folder that an option names. What has a meaning in .pc and CMake files it cannot have, nor
/// what would be followed differently there than here.
fn folder(option: &str, value: &str) -> Outcome<PathBuf> {
    let wrong = |why: &str| Err(format!("{option} {why}: {value:?}").into());
    let special = |c: char| c.is_whitespace() || c.is_control() || "\"'\\$;#@<>`".contains(c);
    if !value.starts_with('/') {
        return wrong("is not absolute");
    }
    if value.contains(special) {
        return wrong("has a character that .pc or CMake files cannot have");
    }
    if value.split('/').any(|part| part == "..") {
        return wrong("has .. in it");
    }
    // Without what is empty or a dot.
    Ok(Path::new(value).components().collect())
}

/// The names of the shared library.
#[derive(Debug, PartialEq)]
struct Names {
    /// The file.
    file: String,
    /// A link: what programs look for that were linked with it.
    abi: String,
    /// A link: what `-lossuary` looks for.
    link: String,
    /// The name that it says to have.
    soname: String,
}

impl Names {
    fn of(os: &str, major: &str, minor: &str, version: &str) -> Outcome<Self> {
        // As in capi/build.rs, and as `cargo cinstall` has it.
        let abi = match major {
            "0" => format!("0.{minor}"),
            major => major.into(),
        };
        match os {
            "linux" => Ok(Names {
                file: format!("libossuary.so.{version}"),
                abi: format!("libossuary.so.{abi}"),
                link: "libossuary.so".into(),
                soname: format!("libossuary.so.{abi}"),
            }),
            "macos" => Ok(Names {
                file: format!("libossuary.{version}.dylib"),
                abi: format!("libossuary.{abi}.dylib"),
                link: "libossuary.dylib".into(),
                soname: format!("@rpath/libossuary.{abi}.dylib"),
            }),
            other => Err(format!(
                "install: for Linux and macOS only, not for {other}: cargo cinstall of cargo-c may do"
            )
            .into()),
        }
    }
}

/// A file or link to be.
struct File {
    place: PathBuf,
    content: Content,
}

enum Content {
    CopyOf(PathBuf),
    ExecutableCopyOf(PathBuf),
    Text(String),
    LinkTo(String),
}

/// All that is installed.
fn files(options: &Options, system: &System, names: &Names, built: &Built) -> Vec<File> {
    let includes = root().join("include");
    let licenses = options.prefix.join("share/doc/ossuary");
    let pkgconfig = options.libdir.join("pkgconfig");
    let cmake = options.libdir.join("cmake/ossuary");
    let mut files = Vec::new();
    let mut add = |folder: &Path, name: &str, content| {
        let place = folder.join(name);
        files.push(File { place, content });
    };

    for header in ["ossuary.h", "ossuary.hpp"] {
        let from = includes.join(header);
        if from.exists() {
            add(&options.includedir, header, Content::CopyOf(from));
        }
    }
    let shared = Content::ExecutableCopyOf(built.shared.clone());
    add(&options.libdir, &names.file, shared);
    for link in [&names.abi, &names.link] {
        add(&options.libdir, link, Content::LinkTo(names.file.clone()));
    }
    let archive = Content::CopyOf(built.archive.clone());
    add(&options.libdir, "libossuary.a", archive);

    let pc = pc(options, &built.libraries);
    add(&pkgconfig, "ossuary.pc", Content::Text(pc));
    let config = cmake_config(options, names, &built.libraries);
    add(&cmake, "ossuary-config.cmake", Content::Text(config));
    let version = cmake_version(system.pointer_size);
    add(
        &cmake,
        "ossuary-config-version.cmake",
        Content::Text(version),
    );

    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        add(&licenses, license, Content::CopyOf(root().join(license)));
    }
    files
}

fn pc(options: &Options, libraries: &str) -> String {
    fill(
        PC,
        &[
            ("PREFIX", &options.prefix.display().to_string()),
            (
                "LIBDIR",
                &options.under_prefix("${prefix}", &options.libdir),
            ),
            (
                "INCLUDEDIR",
                &options.under_prefix("${prefix}", &options.includedir),
            ),
            ("VERSION", VERSION),
            ("LIBRARIES", libraries),
        ],
    )
}

fn cmake_config(options: &Options, names: &Names, libraries: &str) -> String {
    let here = options.libdir.join("cmake/ossuary");
    let includedir = match here.strip_prefix(&options.prefix) {
        Ok(way) => {
            let up = "/..".repeat(way.components().count());
            options.under_prefix(&format!("${{_ossuary_here}}{up}"), &options.includedir)
        }
        Err(_) => options.includedir.display().to_string(),
    };
    // What CMake takes as one is two words to the linker.
    let libraries = libraries.split_whitespace().collect::<Vec<_>>().join(";");
    let libraries = libraries.replace("-framework;", "-framework ");
    fill(
        CMAKE,
        &[
            ("INCLUDEDIR", &includedir),
            ("SHARED", &names.file),
            ("SONAME", &names.soname),
            ("LIBRARIES", &libraries),
        ],
    )
}

fn cmake_version(pointer_size: u32) -> String {
    fill(
        CMAKE_VERSION,
        &[
            ("VERSION", VERSION),
            ("MAJOR", MAJOR),
            ("MINOR", MINOR),
            ("POINTER_SIZE", &pointer_size.to_string()),
        ],
    )
}

/// A template with its `@PLACEHOLDER@`s replaced.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("@{name}@"), value);
    }
    text
}

impl File {
    /// Puts it in its place. What was there before is removed and not written to: a program that
    /// runs may have it open.
    fn install(&self, place: &Path) -> io::Result<()> {
        if let Some(folder) = place.parent() {
            make_folder(folder)?;
        }
        match fs::remove_file(place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mode = match &self.content {
            Content::LinkTo(other) => return unix::link(other, place),
            Content::CopyOf(from) => fs::copy(from, place).map(|_| 0o644)?,
            Content::ExecutableCopyOf(from) => fs::copy(from, place).map(|_| 0o755)?,
            Content::Text(text) => fs::write(place, text).map(|()| 0o644)?,
        };
        unix::set_mode(place, mode)
    }
}

/// Makes a folder, and those above it that are missing, for all to read.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folder(above)?;
    }
    fs::create_dir(folder)?;
    unix::set_mode(folder, 0o755)
}

#[cfg(unix)]
mod unix {
    use std::fs::{Permissions, set_permissions};
    use std::io;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    pub(super) fn link(other: &str, place: &Path) -> io::Result<()> {
        symlink(other, place)
    }

    /// Whatever the umask.
    pub(super) fn set_mode(place: &Path, mode: u32) -> io::Result<()> {
        set_permissions(place, Permissions::from_mode(mode))
    }
}

#[cfg(not(unix))]
mod unix {
    use std::io;
    use std::path::Path;

    pub(super) fn link(_: &str, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn set_mode(_: &Path, _: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &str) -> Result<Options, String> {
        let arguments: Vec<&str> = arguments
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect();
        Options::parse(&arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_follow_the_prefix() {
        let some = options("").unwrap();
        assert_eq!(some.prefix, Path::new("/usr/local"));
        assert_eq!(some.libdir, Path::new("/usr/local/lib"));
        assert_eq!(some.includedir, Path::new("/usr/local/include"));
        assert_eq!(some.build, ["--release"]);

        // In any order, and without what means nothing.
        let some = options("--libdir=/usr/lib64 --prefix /usr//./ --debug --features a,b").unwrap();
        assert_eq!(some.prefix.to_str(), Some("/usr"));
        assert_eq!(some.libdir, Path::new("/usr/lib64"));
        assert_eq!(some.includedir, Path::new("/usr/include"));
        assert_eq!(some.build, ["--features", "a,b"]);
    }

    #[test]
    fn wrong_arguments_are_told() {
        for (arguments, why) in [
            ("--prefix", "missing argument for option '--prefix'"),
            ("--prefix usr", "--prefix is not absolute: \"usr\""),
            ("--prefix --debug", "--prefix is not absolute: \"--debug\""),
            ("--prefix=", "--prefix is not absolute: \"\""),
            ("--libdir lib64", "--libdir is not absolute: \"lib64\""),
            ("--includedir ./x", "--includedir is not absolute: \"./x\""),
            ("--prefix /a/../b", "--prefix has .. in it: \"/a/../b\""),
            ("--destdir /x", "invalid option '--destdir'"),
            ("/usr", "unexpected argument \"/usr\""),
            (
                "--debug=yes",
                "unexpected argument for option '--debug': \"yes\"",
            ),
        ] {
            assert_eq!(options(arguments).unwrap_err(), why);
        }
        for special in [' ', '\n', '"', '$', ';', '#', '@', '\\'] {
            let path = format!("/opt/a{special}b");
            let error = Options::parse(&["--prefix", &path]).unwrap_err();
            assert!(error.to_string().contains("cannot have"), "{error}");
        }
    }

    #[test]
    fn the_name_has_the_version_of_the_abi() {
        let names = Names::of("linux", "0", "6", "0.6.1").unwrap();
        assert_eq!(names.file, "libossuary.so.0.6.1");
        assert_eq!(names.abi, "libossuary.so.0.6");
        assert_eq!(names.soname, names.abi);
        let names = Names::of("linux", "1", "2", "1.2.3").unwrap();
        assert_eq!(names.abi, "libossuary.so.1");
        let names = Names::of("macos", "0", "6", "0.6.0").unwrap();
        assert_eq!(names.file, "libossuary.0.6.0.dylib");
        assert_eq!(names.soname, "@rpath/libossuary.0.6.dylib");
        assert!(Names::of("windows", "0", "6", "0.6.0").is_err());
    }

    #[test]
    fn no_placeholder_is_left() {
        let options = options("--prefix /usr").unwrap();
        let names = Names::of("macos", MAJOR, MINOR, VERSION).unwrap();
        for text in [
            pc(&options, "-lc"),
            cmake_config(&options, &names, "-lc"),
            cmake_version(8),
        ] {
            let text = text.replace("@rpath/", "");
            assert!(!text.contains('@'), "{text}");
        }
    }

    #[test]
    fn a_framework_is_one_library_for_cmake() {
        let names = Names::of("macos", MAJOR, MINOR, VERSION).unwrap();
        let libraries = "-lSystem -framework Security -lc";
        let cmake = cmake_config(&options("").unwrap(), &names, libraries);
        assert!(
            cmake.contains("\"-lSystem;-framework Security;-lc\""),
            "{cmake}"
        );
    }

    #[test]
    fn what_is_under_the_prefix_moves_with_it() {
        let names = Names::of("linux", MAJOR, MINOR, VERSION).unwrap();
        let texts = |arguments| {
            let options = options(arguments).unwrap();
            (pc(&options, "-lc"), cmake_config(&options, &names, "-lc"))
        };
        let (pc, cmake) = texts("--prefix /usr --libdir /usr/lib/aarch64-linux-gnu");
        assert!(
            pc.contains("\nlibdir=${prefix}/lib/aarch64-linux-gnu\n"),
            "{pc}"
        );
        assert!(pc.contains("\nincludedir=${prefix}/include\n"), "{pc}");
        assert!(
            cmake.contains("\"${_ossuary_here}/../../../../include\""),
            "{cmake}"
        );
        assert!(!cmake.contains("/usr/include"), "{cmake}");

        let (pc, cmake) = texts("--prefix /opt/x --libdir /lib --includedir /opt/x/include");
        assert!(pc.contains("\nlibdir=/lib\n"), "{pc}");
        assert!(cmake.contains("\"/opt/x/include\""), "{cmake}");
        let (pc, cmake) = texts("--prefix /opt/x --includedir /opt/xy");
        assert!(pc.contains("\nincludedir=/opt/xy\n"), "{pc}");
        assert!(cmake.contains("\"/opt/xy\""), "{cmake}");
    }
}
