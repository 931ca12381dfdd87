//! The build of what `cargo xtask install` installs.

use super::Options;
use crate::{Outcome, root, test};
use serde_json::Value as Json;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What is built for.
pub(super) struct System {
    pub(super) os: String,
    pub(super) pointer_size: u32,
}

impl System {
    /// As the compiler says of a target, or of what it builds for by itself.
    pub(super) fn of(target: Option<&str>) -> Outcome<Self> {
        let target = target.map(Into::into);
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args(["--print", "cfg"]);
        if let Some(target) = target.or_else(|| env::var_os("CARGO_BUILD_TARGET")) {
            rustc.arg("--target").arg(target);
        }
        let output = rustc.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{rustc:?}: {}", output.status).into());
        }
        let cfg = String::from_utf8(output.stdout)?;
        let value = |name: &str| {
            let line = |line: &str| Some(line.strip_prefix(name)?.trim_matches(['=', '"']).into());
            let value: Option<String> = cfg.lines().find_map(line);
            value.ok_or_else(|| format!("{rustc:?} tells no {name}"))
        };
        Ok(System {
            os: value("target_os")?,
            pointer_size: value("target_pointer_width")?.parse::<u32>()? / 8,
        })
    }
}

/// What cargo built.
pub(super) struct Built {
    pub(super) shared: PathBuf,
    pub(super) archive: PathBuf,
    /// What a program needs that is linked with the archive, as a linker takes it.
    pub(super) libraries: String,
}

impl Built {
    /// Builds the library, or finds that it is built.
    pub(super) fn by(options: &Options, system: &System) -> Outcome<Self> {
        let mut cargo = test::program("cargo");
        cargo
            .args(["rustc", "--lib", "--message-format", "json"])
            .arg("--manifest-path")
            .arg(root().join("capi").join("Cargo.toml"))
            .args(&options.build)
            .args(["--", "--print", "native-static-libs"]);
        let mut child = cargo.stdout(Stdio::piped()).spawn()?;
        let mut messages = Messages::default();
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
        {
            messages.take(&line?)?;
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("{cargo:?}: {status}").into());
        }
        let file = |ending: &str| {
            let mut files = messages.files.iter();
            files.find(|file| file.ends_with(ending)).map(PathBuf::from)
        };
        let shared = match system.os.as_str() {
            "macos" => ".dylib",
            _ => ".so",
        };
        Ok(Built {
            shared: file(shared).ok_or("cargo built no shared library for this target")?,
            archive: file(".a").ok_or("cargo built no static library for this target")?,
            libraries: messages
                .libraries
                .ok_or("rustc did not say what the static library needs")?,
        })
    }
}

/// What cargo tells while it builds.
#[derive(Default)]
struct Messages {
    files: Vec<String>,
    libraries: Option<String>,
}

impl Messages {
    /// Takes a line, and shows it where it is for people.
    fn take(&mut self, line: &str) -> Outcome {
        let message: Json = serde_json::from_str(line)?;
        let text = |pointer: &str| message.pointer(pointer).and_then(Json::as_str);
        match text("/reason") {
            Some("compiler-artifact")
                if message.pointer("/target/name") == Some(&"ossuary".into()) =>
            {
                // Of the Rust library, which has this name as well, no file ends as theirs do.
                let files = message.pointer("/filenames").and_then(Json::as_array);
                let files = files.into_iter().flatten().filter_map(Json::as_str);
                self.files.extend(files.map(String::from));
            }
            Some("compiler-message") => {
                let libraries = text("/message/message")
                    .and_then(|message| message.strip_prefix("native-static-libs:"));
                if let Some(libraries) = libraries {
                    self.libraries = Some(libraries.trim().into());
                } else if text("/message/level") != Some("note") {
                    eprint!("{}", text("/message/rendered").unwrap_or_default());
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_files_and_libraries() {
        let mut messages = Messages::default();
        for line in [
            r#"{"reason":"compiler-artifact","target":{"name":"subtle"},"filenames":["/t/libsubtle.a"]}"#,
            r#"{"reason":"compiler-message","message":{"level":"note","message":"native-static-libs: -lc -framework Security"}}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"ossuary"},"filenames":["/t/libossuary.so","/t/libossuary.a"]}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            messages.take(line).unwrap();
        }
        assert_eq!(messages.files, ["/t/libossuary.so", "/t/libossuary.a"]);
        assert_eq!(messages.libraries.unwrap(), "-lc -framework Security");
    }
}
