//! The library, built as a program needs it, and programs of C and C++ over it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The version of the ABI, which the SONAME carries.
const ABI: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR")
);

/// How the library is built, and what a program is told of that.
pub struct Library {
    folder: PathBuf,
    defines: &'static [&'static str],
    /// Options for whoever links with it.
    options: &'static [&'static str],
}

/// As most programs have it, with all that can be asked for.
pub static PLAIN: LazyLock<Library> = LazyLock::new(|| Library {
    folder: build("plain", &["--features", "v1,os,pkcs11"], &[], ""),
    defines: &["-DBUILT_V1"],
    options: &["-g"],
});

/// The same, for programs that are optimized.
pub static OPTIMIZED: LazyLock<Library> = LazyLock::new(|| Library {
    folder: PLAIN.folder.clone(),
    defines: PLAIN.defines,
    options: &["-O2"],
});

/// With AddressSanitizer in the Rust code as well: the compiler of C alone does not see into it.
/// The option is none of a stable compiler's, which this makes it take.
pub static SANITIZED: LazyLock<Library> = LazyLock::new(|| {
    let target = host();
    let environment = [
        ("RUSTC_BOOTSTRAP", "1"),
        ("RUSTFLAGS", "-Zsanitizer=address -Zexternal-clangrt"),
    ];
    Library {
        folder: build(
            "sanitized",
            &["--features", "v1", "--target", &target],
            &environment,
            &target,
        ),
        defines: &["-DBUILT_V1"],
        options: &[
            "-g",
            "-O1",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=undefined",
        ],
    }
});

/// Where a panic would end the program, with nothing of what can be left out, and over another
/// suite of another library.
pub static ABORTING: LazyLock<Library> = LazyLock::new(|| Library {
    folder: build(
        "aborting",
        &[
            "--config",
            "profile.dev.panic='abort'",
            "--no-default-features",
            "--features",
            "ring,suite-p256-aes256gcm-sha384",
        ],
        &[],
        "",
    ),
    defines: &[
        "-DSUITE=\"p256-aes256gcm-sha384\"",
        "-DBACKEND=\"ring\"",
        "-DHASH_SIZE=48",
    ],
    options: &["-g"],
});

const DEFAULT_SUITE: [&str; 3] = [
    "-DSUITE=\"x25519-chacha20poly1305-sha256\"",
    "-DBACKEND=\"rustcrypto\"",
    "-DHASH_SIZE=32",
];

/// A command of what may have been compiled here. Cargo has tests look for libraries in its own
/// folders first, where another build of this one is.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs a part of the system that tests need, or what was made with one.
pub fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}: `cargo xtask test` installs it"))
}

/// Runs a command that has to succeed, and gives what it prints.
pub fn succeeds(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn host() -> String {
    let version = succeeds(command("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

/// `target/capi`.
fn target() -> PathBuf {
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tests.parent().unwrap().join("capi")
}

pub fn source() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn include() -> String {
    format!("-I{}", source().join("../include").display())
}

/// Builds the library in a folder of its own; gives the folder where it can be linked with.
fn build(name: &str, arguments: &[&str], environment: &[(&str, &str)], target: &str) -> PathBuf {
    let folder = self::target().join(name);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(cargo);
    command.args(["build", "--quiet", "-p", "ossuary-capi", "--target-dir"]);
    command.arg(&folder).args(arguments).current_dir(source());
    command.envs(environment.iter().copied());
    succeeds(&mut command);
    let built = folder.join(target).join("debug");
    let links = folder.join("lib");
    fs::create_dir_all(&links).unwrap();
    for (link, file) in [
        (format!("libossuary.so.{ABI}"), "libossuary.so"),
        ("libossuary.so".into(), "libossuary.so"),
        ("libossuary.a".into(), "libossuary.a"),
    ] {
        let link = links.join(link);
        let _ = fs::remove_file(&link);
        symlink(built.join(file), link).unwrap();
    }
    links
}

/// How a program finds the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Shared,
    Static,
}

/// A compiler, and the language that it is told.
#[derive(Clone, Copy, Debug)]
pub struct Compiler {
    pub program: &'static str,
    pub language: &'static [&'static str],
}

/// The warnings of C++ are more, as its header has code.
const CPP17: &[&str] = &["-std=c++17", "-Wshadow", "-Wconversion"];
const CPP20: &[&str] = &["-std=c++20", "-Wshadow", "-Wconversion"];
const WITHOUT_EXCEPTIONS: &[&str] = &["-std=c++17", "-fno-exceptions"];

pub const GCC: Compiler = Compiler {
    program: "gcc",
    language: &["-std=c99"],
};
pub const GXX: Compiler = Compiler {
    program: "g++",
    language: CPP17,
};

/// Whether a program of the system is there that tests can do without.
pub fn is_there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The compilers of C that there are: gcc, and clang where it is present.
pub fn compilers_of_c() -> Vec<Compiler> {
    let clang = Compiler {
        program: "clang",
        ..GCC
    };
    let there = is_there(clang.program);
    [GCC].into_iter().chain(there.then_some(clang)).collect()
}

/// Those of C++, in each language that its header is for.
pub fn compilers_of_cpp() -> Vec<Compiler> {
    let there = |program: &&'static str| *program == GXX.program || is_there(program);
    let programs = [GXX.program, "clang++"].into_iter().filter(there);
    let with = |program| {
        let languages = [CPP17, CPP20, WITHOUT_EXCEPTIONS].into_iter();
        languages.map(move |language| Compiler { program, language })
    };
    programs.flat_map(with).collect()
}

impl Compiler {
    /// A command of it with the warnings as errors.
    pub fn command(self) -> Command {
        let mut command = command(self.program);
        command.args(self.language).arg("-D_POSIX_C_SOURCE=200809L");
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic"]);
        command.arg(include());
        command
    }

    /// Compiles the program in `file`, below `tests`, and links it with `library`.
    pub fn compile(self, file: &str, library: &Library, link: Link) -> PathBuf {
        let path = Path::new(file);
        let name = path.file_stem().and_then(OsStr::to_str).unwrap();
        let folder = library.folder.join("../programs");
        fs::create_dir_all(&folder).unwrap();
        // Tests run at once, and each has its own.
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let program = folder.join(format!("{name}-{}-{link:?}-{number}", self.program));
        let mut command = self.command();
        command.args(DEFAULT_SUITE.iter().filter(|define| {
            let name = define.split_once('=').unwrap().0;
            !library.defines.iter().any(|own| own.starts_with(name))
        }));
        command.args(library.defines).args(library.options);
        command.arg(format!("-I{}", source().join("tests/c").display()));
        command.arg(source().join("tests").join(file));
        match link {
            Link::Shared => {
                let folder = library.folder.display();
                command.arg(format!("-L{folder}"));
                command.args(["-lossuary", &format!("-Wl,-rpath,{folder}")]);
            }
            Link::Static => {
                command.arg(library.folder.join("libossuary.a"));
            }
        }
        command
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&program);
        succeeds(&mut command);
        program
    }
}
