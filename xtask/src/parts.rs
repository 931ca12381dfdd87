//! The system's programs and libraries that tests use: they are installed where
//! that can be done, and named where it cannot.

use crate::Outcome;
use crate::test::Step;
use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

/// What tests use, and Debian's package of it. What has a slash is a file, the others
/// are programs.
const PARTS: [(&str, &str); 19] = [
    ("ssh-keygen", "openssh-client"),
    ("ssh-agent", "openssh-client"),
    ("ssh-add", "openssh-client"),
    ("softhsm2-util", "softhsm2"),
    ("/usr/lib/softhsm/libsofthsm2.so", "softhsm2"),
    ("pkcs11-tool", "opensc"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("dbus-run-session", "dbus-daemon"),
    ("dbus-daemon", "dbus-daemon"),
    ("dbus-send", "dbus-bin"),
    ("keyctl", "keyutils"),
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("make", "make"),
    ("cmake", "cmake"),
    ("pkg-config", "pkgconf"),
    ("nm", "binutils"),
    ("readelf", "binutils"),
    ("valgrind", "valgrind"),
];

/// Sees to it that every part is there.
pub(crate) fn install() -> Outcome {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<&str> = missing.iter().map(|(_, package)| *package).collect();
    let packages: Vec<&str> = packages.into_iter().collect();
    let Some(apt) = apt() else {
        return Err(named(&missing).into());
    };
    // Of packages that the lists do not have yet, or no longer, the first try fails.
    let install = format!(
        "install --yes --no-install-recommends {}",
        packages.join(" ")
    );
    if apt(&install).run().is_err() {
        apt("update").run()?;
        apt(&install).run()?;
    }
    match self::missing().as_slice() {
        [] => Ok(()),
        still => Err(named(still).into()),
    }
}

fn named(missing: &[(&str, &str)]) -> String {
    let parts: Vec<String> = missing
        .iter()
        .map(|(part, package)| format!("  {part}, of Debian's package {package}"))
        .collect();
    format!(
        "tests need these, which are not here and which only root on Debian can be given:\n{}\n\
         install them, and run this again",
        parts.join("\n")
    )
}

fn missing() -> Vec<(&'static str, &'static str)> {
    let paths = env::var_os("PATH").unwrap_or_default();
    let is_there = |part: &str| {
        part.contains('/') && Path::new(part).exists()
            || !part.contains('/') && env::split_paths(&paths).any(|path| path.join(part).is_file())
    };
    PARTS
        .into_iter()
        .filter(|(part, _)| !is_there(part))
        .collect()
}

/// Debian's installer, where there is one and this user may run it.
fn apt() -> Option<impl Fn(&str) -> Step> {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null());
        command
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !works("apt-get", &["--version"]) {
        return None;
    }
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    // Without asking for a password: nobody may be there.
    if !is_root && !works("sudo", &["--non-interactive", "true"]) {
        return None;
    }
    let through = if is_root {
        ""
    } else {
        "sudo --non-interactive "
    };
    Some(move |what: &str| {
        let line = format!("{through}env DEBIAN_FRONTEND=noninteractive apt-get {what}");
        let (program, arguments) = line.split_once(' ').unwrap_or((&line, ""));
        Step::new(program, arguments)
    })
}
