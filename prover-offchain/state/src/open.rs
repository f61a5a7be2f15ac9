//! Opening the store's file, also one that a crash or a full disk damaged.

use std::{
    fs, io,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
};

use redb::{Database, Error};

use crate::StateError;

/// Opens or creates the database in a folder, with the tables that `create_tables` makes, and lets
/// it use up to `cache` bytes of memory. A damaged file is set aside, and another begun.
///
/// # Errors
/// [`StateError::InUse`] when another process has it open, else whatever the database says.
pub(crate) fn open(
    folder: &Path,
    cache: usize,
    create_tables: fn(&Database) -> Result<(), Error>,
) -> Result<Database, StateError> {
    fs::create_dir_all(folder)?;
    let path = folder.join("state.redb");
    let open = || {
        catch_unwind(AssertUnwindSafe(|| -> Result<Database, Error> {
            let database = Database::builder().set_cache_size(cache).create(&path)?;
            create_tables(&database)?;
            Ok(database)
        }))
    };
    let damage = match open() {
        Ok(Ok(database)) => return Ok(database),
        Ok(Err(Error::DatabaseAlreadyOpen)) => return Err(StateError::InUse(path.display().to_string())),
        Ok(Err(error)) if is_damage(&error) => error.to_string(),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => "reading it panics".into(),
    };
    let aside = path.with_extension("redb.damaged");
    fs::rename(&path, &aside)?;
    tracing::error!(
        "the store of states {} is damaged ({damage}); it is now {}, and an empty one is begun, to be filled \
         from the chain",
        path.display(),
        aside.display()
    );
    match open() {
        Ok(opened) => Ok(opened?),
        Err(_) => Err(StateError::Damaged("a new one cannot be read either")),
    }
}

/// Returns whether an error says that the file's content is wrong, and not that it cannot be read.
fn is_damage(error: &Error) -> bool {
    match error {
        Error::Corrupted(_) | Error::UpgradeRequired(_) => true,
        Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}
