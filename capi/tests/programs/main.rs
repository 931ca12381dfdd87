//! Programs of C and C++ over the library: every function and every error, with the checkers of
//! memory that there are, and the matrix of all languages at both ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod harness;
mod matrix;

use harness::{
    ABORTING, Compiler, GCC, GXX, Library, Link, OPTIMIZED, PLAIN, SANITIZED, command,
    compilers_of_c, compilers_of_cpp, run, source, succeeds,
};
use std::fs;
use std::process::Command;

/// The programs of C, without arguments.
const PROGRAMS: [&str; 8] = [
    "c/full.c",
    "c/simple.c",
    "c/misuse.c",
    "c/statuses.c",
    "c/callbacks.c",
    "c/threads.c",
    "c/thousand.c",
    "c/v1.c",
];

fn all_pass(compilers: &[Compiler], library: &Library, link: Link) {
    for compiler in compilers {
        for program in PROGRAMS {
            succeeds(&mut command(compiler.compile(program, library, link)));
        }
    }
}

#[test]
fn every_program_passes_with_the_shared_library() {
    all_pass(&compilers_of_c(), &PLAIN, Link::Shared);
}

/// Only there another `getrandom` than the system's can be.
#[test]
fn a_system_without_random_bytes_is_told_of() {
    let program = GCC.compile("c/random.c", &PLAIN, Link::Shared);
    succeeds(&mut command(program));
}

#[test]
fn every_program_passes_with_the_static_library() {
    all_pass(&[GCC], &PLAIN, Link::Static);
}

#[test]
fn every_program_passes_where_a_panic_aborts() {
    all_pass(&[GCC], &ABORTING, Link::Shared);
    let program = GCC.compile("c/stores.c", &ABORTING, Link::Shared);
    succeeds(command(program).arg("not-built"));
}

/// Addresses, leaks and undefined behaviour, with the Rust code instrumented as well.
#[test]
fn every_program_passes_with_sanitizers() {
    all_pass(&[GCC], &SANITIZED, Link::Static);
    let program = GCC.compile("c/faults.c", &SANITIZED, Link::Static);
    for (fault, report) in [
        ("overrun", "heap-buffer-overflow"),
        ("use-after-free", "heap-use-after-free"),
        ("leak", "detected memory leaks"),
        ("none", ""),
    ] {
        sees(command(&program).arg(fault), report);
    }
}

/// The one of C++, by each compiler and in each language, without exceptions too.
#[test]
fn the_wrapper_passes_in_every_language_and_build() {
    const PROGRAM: &str = "cpp/wrapper.cpp";
    for compiler in compilers_of_cpp() {
        println!("{compiler:?}");
        succeeds(&mut command(compiler.compile(
            PROGRAM,
            &PLAIN,
            Link::Shared,
        )));
    }
    succeeds(&mut command(GXX.compile(PROGRAM, &SANITIZED, Link::Static)));
    succeeds(&mut command(GXX.compile(PROGRAM, &ABORTING, Link::Static)));
    succeeds(valgrind().arg(GXX.compile(PROGRAM, &PLAIN, Link::Shared)));
}

/// A command of valgrind's memcheck, to which no leak is a small one.
fn valgrind() -> Command {
    let mut command = command("valgrind");
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
    command.args(["--show-leak-kinds=all", "--errors-for-leak-kinds=all"]);
    command
}

#[test]
fn every_program_passes_under_valgrind() {
    for program in PROGRAMS {
        succeeds(valgrind().arg(GCC.compile(program, &PLAIN, Link::Shared)));
    }
    let program = GCC.compile("c/faults.c", &PLAIN, Link::Shared);
    for (fault, report) in [
        ("overrun", "Invalid write"),
        ("use-after-free", "Invalid"),
        ("leak", "definitely lost"),
        ("none", ""),
    ] {
        sees(valgrind().arg(&program).arg(fault), report);
    }
}

/// That a checker reports what it is to see, and nothing where that is nothing.
fn sees(command: &mut Command, report: &str) {
    let output = run(command);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.success(),
        report.is_empty(),
        "{command:?}: {text}"
    );
    assert!(text.contains(report), "{command:?}: {text}");
    assert!(!report.is_empty() || text.is_empty(), "{command:?}: {text}");
}

/// In every standard that it is for, alone, twice, and in both languages.
#[test]
fn the_header_compiles_in_every_standard() {
    let folder = tempfile::tempdir().unwrap();
    let c: &[_] = &["c99", "c11", "c17", "c2x"];
    let cpp: &[_] = &["c++11", "c++14", "c++17", "c++20"];
    for (compilers, standards, file) in [
        (compilers_of_c(), c, "header.c"),
        (compilers_of_cpp(), cpp, "header.cpp"),
    ] {
        let file = folder.path().join(file);
        fs::write(&file, "#include <ossuary.h>\n#include <ossuary.h>\n").unwrap();
        for compiler in compilers {
            for standard in standards {
                let standard = format!("-std={standard}");
                let mut command = command(compiler.program);
                command.args([&standard, "-Wall", "-Wextra", "-Werror", "-pedantic"]);
                command.args(["-Wundef", "-Wstrict-aliasing", "-fsyntax-only", "-I"]);
                succeeds(command.arg(source().join("../include")).arg(&file));
            }
        }
    }
}

#[test]
fn the_functions_of_2019_are_declared_as_they_were() {
    let file = source().join("tests/c/names_of_2019.c");
    for (program, language) in [
        ("gcc", ["-xc", "-std=c11"]),
        ("g++", ["-xc++", "-std=c++11"]),
    ] {
        let mut command = command(program);
        command.args(language).args(["-Wall", "-Wextra", "-Werror"]);
        command.args(["-pedantic", "-fsyntax-only", "-I"]);
        succeeds(command.arg(source().join("../include")).arg(&file));
    }
}

/// An optimizing compiler takes nothing for granted of what a program passes.
#[test]
fn a_check_for_null_is_not_optimized_away() {
    let program = GCC.compile("c/null_check.c", &OPTIMIZED, Link::Shared);
    succeeds(&mut command(program));
}

/// Where a compiler can tell, it warns of a result that nobody looks at, and of null.
#[test]
fn a_compiler_warns_of_what_it_can_see() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("careless.c");
    for (line, warning) in [
        ("ossuary_rekey(conn);", "unused-result"),
        ("return ossuary_rekey(0);", "nonnull"),
        ("return ossuary_rekey(conn);", ""),
    ] {
        let text = format!(
            "#include <ossuary.h>\nint f(OssuaryConnection *conn);\n\
             int f(OssuaryConnection *conn) {{ (void)conn; {line} return 0; }}\n"
        );
        fs::write(&file, text).unwrap();
        sees(
            GCC.command().args(["-c", "-o", "/dev/null"]).arg(&file),
            warning,
        );
    }
}
