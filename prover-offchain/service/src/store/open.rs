//! Opening the store's file.

use super::{file, tables, StoreError};
use redb::{Database, DatabaseError};
use std::{fs, path::Path};

/// Opens or creates the database, with all its tables.
pub(super) fn open(data: &Path) -> Result<Database, StoreError> {
    fs::create_dir_all(data)?;
    let path = file(data);
    let database = Database::create(&path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(path.display().to_string()),
        other => other.into(),
    })?;
    let write = database.begin_write()?;
    write.open_table(tables::PROGRAMS)?;
    write.open_table(tables::INFOS)?;
    write.open_table(tables::JOBS)?;
    write.open_table(tables::INPUTS)?;
    write.open_table(tables::RESULTS)?;
    write.open_table(tables::QUEUE)?;
    write.open_table(tables::FINISHED)?;
    write.open_table(tables::META)?;
    write.commit()?;
    Ok(database)
}
