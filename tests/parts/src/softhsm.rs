//! SoftHSM 2, a PKCS#11 module whose tokens are folders.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The user PIN of the tokens here.
pub const PIN: &str = "271828";

/// The security officer's.
pub const SO_PIN: &str = "31415926";

/// What SoftHSM reads its configuration's path from.
const CONFIGURATION: &str = "SOFTHSM2_CONF";

/// Tells the program that it is the inner one, and where its folder is.
const FOLDER: &str = "OSSUARY_TEST_SOFTHSM";

const PACKAGE: &str = "install the Debian package softhsm2";

/// A configured SoftHSM, which this process can load.
#[derive(Clone, Debug)]
pub struct SoftHsm {
    folder: PathBuf,
}

/// Makes a SoftHSM with a token for each of `labels` (at most 32 bytes), and runs this
/// program a second time, in which `inner` has it.
///
/// SoftHSM reads its configuration's path from the environment when it is loaded, and
/// finds its tokens then; a program that has begun can do neither for itself. What the
/// inner program says is what this one says, and so is how it ends.
pub fn run(labels: &[&str], inner: impl FnOnce(SoftHsm) -> ExitCode) -> ExitCode {
    if let Some(folder) = env::var_os(FOLDER) {
        let folder = folder.into();
        return inner(SoftHsm { folder });
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(&configuration, text).unwrap();
    let hsm = SoftHsm {
        folder: folder.path().to_owned(),
    };
    for label in labels {
        hsm.util(&["--init-token", "--free", "--label", label]);
    }
    let status = Command::new(env::current_exe().unwrap())
        .args(env::args_os().skip(1))
        .env(CONFIGURATION, configuration)
        .env(FOLDER, folder.path())
        .status()
        .unwrap();
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    // A signal ended it.
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

impl SoftHsm {
    /// A folder of the tests, where tokens are too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> PathBuf {
        let places = [
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib64/softhsm/libsofthsm2.so",
            "/usr/lib64/pkcs11/libsofthsm2.so",
            "/usr/local/lib/softhsm/libsofthsm2.so",
            "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        ];
        let place = places.iter().map(Path::new).find(|path| path.is_file());
        let place = place.unwrap_or_else(|| panic!("there is no libsofthsm2.so: {PACKAGE}"));
        place.to_owned()
    }

    /// The URI of a token, with `more` attributes of its path.
    #[must_use]
    pub fn uri(&self, label: &str, more: &str) -> String {
        let module = self.module();
        format!(
            "pkcs11:token={label}{more}?module-path={}",
            module.display()
        )
    }

    /// Makes the token with `label` anew, empty, from another process.
    pub fn initialize_again(&self, label: &str) {
        self.util(&["--init-token", "--token", label, "--label", label]);
    }

    fn util(&self, arguments: &[&str]) {
        let output = Command::new("softhsm2-util")
            .args(arguments)
            .args(["--so-pin", SO_PIN, "--pin", PIN])
            .env(CONFIGURATION, self.folder.join("softhsm2.conf"))
            .output()
            .unwrap_or_else(|error| panic!("softhsm2-util does not run ({error}): {PACKAGE}"));
        assert!(
            output.status.success(),
            "softhsm2-util {arguments:?}: {output:?}"
        );
    }

    /// Has `pkcs11-tool`, of another project, do something with the token with `label` as
    /// its user.
    pub fn pkcs11_tool(&self, label: &str, arguments: &[&str]) {
        let output = Command::new("pkcs11-tool")
            .arg("--module")
            .arg(self.module())
            .args(["--token-label", label, "--login", "--pin", PIN])
            .args(arguments)
            .env(CONFIGURATION, self.folder.join("softhsm2.conf"))
            .output()
            .unwrap_or_else(|error| {
                panic!("pkcs11-tool does not run ({error}): install the Debian package opensc")
            });
        assert!(
            output.status.success(),
            "pkcs11-tool {arguments:?}: {output:?}"
        );
    }
}
