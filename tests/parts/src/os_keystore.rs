//! Keystores of the operating system, each in surroundings of its own.
//!
//! Where a keystore is, is told to a process before it starts: by variables of its
//! environment, and by its session keyring. So a test's `main` starts itself again in
//! the surroundings that its trials are for.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What is around trials. None of it is the user's own, but for the kernel's keyrings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// A D-Bus session with gnome-keyring, which is unlocked; nobody can be asked.
    UnlockedKeyring,
    /// A D-Bus session without a keystore.
    BusAlone,
    /// No D-Bus session; and whatever session keyring there is, or none.
    Nothing,
    /// A new session keyring.
    SessionKeyring,
    /// A session keyring that was revoked.
    RevokedSessionKeyring,
}

/// Trials, and what they are to find around them.
pub type Trials = (Around, fn() -> ExitCode);

/// Tells a process which of the trials it is to run.
const INSIDE: &str = "OSSUARY_TEST_TRIALS";

/// Runs each of the trials in its surroundings, all of them also where some fail; it
/// is for a test's `main`, and passes the command line on.
#[must_use]
pub fn run(all: &[Trials]) -> ExitCode {
    if let Some(index) = env::var_os(INSIDE) {
        let index: usize = index.to_str().unwrap().parse().unwrap();
        let (around, trials) = *all.get(index).unwrap();
        if around == Around::UnlockedKeyring {
            unlock_keyring();
        }
        return trials();
    }
    let mut failed = false;
    for (index, (around, _)) in all.iter().enumerate() {
        println!("\n{around:?}");
        failed |= !passes(*around, index);
    }
    ExitCode::from(u8::from(failed))
}

/// Starts this program again in other surroundings, and waits for all that it started.
fn passes(around: Around, index: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut command = surrounded(around, folder);
    command.arg(env::current_exe().unwrap());
    command.args(env::args_os().skip(1));
    command.env(INSIDE, index.to_string());
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env(name, folder);
    }
    command.env("XDG_RUNTIME_DIR", folder);
    for name in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    command.env_remove("GNOME_KEYRING_CONTROL");
    let status = command.status();
    let status = status.unwrap_or_else(|error| panic!("{}", missing(&command, &error)));
    let what = format!("all that was started in {} has ended", folder.display());
    wait_until(&what, || !goes_on_in(folder));
    status.success()
}

/// The command that makes the surroundings, to which the program in them is appended.
fn surrounded(around: Around, folder: &Path) -> Command {
    match around {
        Around::UnlockedKeyring | Around::BusAlone => {
            let config = folder.join("bus.conf");
            fs::write(&config, BUS.replace("FOLDER", folder.to_str().unwrap())).unwrap();
            let mut command = Command::new("dbus-run-session");
            command.arg("--config-file").arg(config).arg("--");
            command
        }
        Around::Nothing => Command::new("env"),
        Around::SessionKeyring => {
            let mut command = Command::new("keyctl");
            command.args(["session", "-"]);
            command
        }
        Around::RevokedSessionKeyring => {
            let mut command = Command::new("keyctl");
            let script = "keyctl revoke @s && exec \"$@\"";
            command.args(["session", "-", "sh", "-c", script, "sh"]);
            command
        }
    }
}

/// A bus that starts no services: neither a keystore of the user's, nor what would
/// ask a person for a password.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Starts gnome-keyring on the bus that is around, in place of the one that runs
/// there, with its default collection unlocked.
pub fn unlock_keyring() {
    let before = keystore_on_the_bus();
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--replace", "--unlock", "--components=secrets"]);
    // What goes on in the background must not hold these open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.stdin(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{}", missing(&command, &error)));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"a password of the tests").unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success(), "gnome-keyring-daemon");
    wait_until("gnome-keyring is on the bus", || {
        let now = keystore_on_the_bus();
        now.is_some() && now != before
    });
}

/// Who offers the Secret Service on the bus that is around.
fn keystore_on_the_bus() -> Option<Vec<u8>> {
    let mut command = Command::new("dbus-send");
    command.args([
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.DBus",
        "/",
    ]);
    command.arg("org.freedesktop.DBus.GetNameOwner");
    command.arg("string:org.freedesktop.secrets");
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{}", missing(&command, &error)));
    // The first line has times in it.
    let owner = output.stdout.split(|byte| *byte == b'\n').nth(1);
    output.status.success().then(|| owner.unwrap().to_vec())
}

fn missing(command: &Command, error: &io::Error) -> String {
    let program = command.get_program();
    let package = match program.to_str() {
        Some("keyctl") => "keyutils",
        Some("gnome-keyring-daemon") => "gnome-keyring",
        Some("dbus-run-session") => "dbus-daemon",
        Some("dbus-send") => "dbus-bin",
        _ => "coreutils",
    };
    format!("{program:?}: {error}; it is in the Debian package {package}")
}

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether there is a process whose home is `folder`.
fn goes_on_in(folder: &Path) -> bool {
    let home = [b"HOME=", folder.as_os_str().as_bytes()].concat();
    fs::read_dir("/proc").unwrap().any(|process| {
        // Other users' cannot be read, and some have ended since they were listed.
        let environment = fs::read(process.unwrap().path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == home)
    })
}
