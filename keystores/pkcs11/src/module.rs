//! The modules that this process has loaded.

use crate::error::Failure;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Source, RvError};
use ossuary_traits::KeyStoreErrorKind::{Broken, NotFound};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Every module that was ever loaded, by its path.
///
/// None is unloaded, and none finalized: `C_Finalize` is for the whole process, and would
/// pull the module away from under other libraries in it that use the module too.
static MODULES: Mutex<Option<HashMap<PathBuf, Pkcs11>>> = Mutex::new(None);

fn modules() -> MutexGuard<'static, Option<HashMap<PathBuf, Pkcs11>>> {
    // A map that is written to in one step is whole after any panic.
    MODULES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module in the file at `path`, loaded once for the process.
pub(crate) fn load(path: &Path) -> Result<Pkcs11, Failure> {
    let shown = path.display();
    let file = path.canonicalize().ok().filter(|path| path.is_file());
    let file = file.ok_or_else(|| {
        let message = format!("there is no module {shown}: correct `module-path`, or install it");
        Failure::new(NotFound, message)
    })?;
    let mut modules = modules();
    let modules = modules.get_or_insert_default();
    if let Some(module) = modules.get(&file) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(&file).map_err(|source| {
        let message =
            format!("{shown} cannot be loaded as a PKCS#11 module: correct `module-path`");
        Failure::new(Broken, message).with_source(source)
    })?;
    modules.insert(file, module.clone());
    Ok(module)
}

/// Initializes `module` unless this process has done so, here or elsewhere.
pub(crate) fn initialize(module: &Pkcs11) -> Result<(), Failure> {
    // PKCS#11 does not say what happens when two threads do this at once.
    let _one_at_a_time = modules();
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Source::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(source) => Err(Failure::answer(
            "initializing the module, which may lack its own configuration",
            source,
        )),
    }
}
