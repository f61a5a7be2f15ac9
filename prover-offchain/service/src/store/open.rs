//! Opening the store's file, also one that a crash or a full disk damaged.

use super::{file, tables, StoreError};
use redb::{Database, ReadableTable};
use std::{
    fs, io,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
};

/// Why the file was not opened.
enum Refusal {
    /// It is not what was written to it.
    Damaged(String),
    /// Any other reason.
    Store(StoreError),
}

/// Opens or creates the database, with all its tables.
///
/// A damaged file is set aside, and another begun: nodes post the jobs again that are still to be
/// done.
pub(super) fn open(data: &Path) -> Result<Database, StoreError> {
    fs::create_dir_all(data)?;
    let path = file(data);
    match open_checked(&path) {
        Ok(database) => Ok(database),
        Err(Refusal::Store(error)) => Err(error),
        Err(Refusal::Damaged(reason)) => {
            let aside = path.with_extension("redb.damaged");
            fs::rename(&path, &aside)?;
            tracing::error!(
                "the job store {} is damaged ({reason}); it is now {}, and an empty one is begun: nodes post \
                 their jobs again",
                path.display(),
                aside.display()
            );
            open_checked(&path).map_err(|refusal| match refusal {
                Refusal::Damaged(_) => StoreError::Damaged("a new one cannot be read either"),
                Refusal::Store(error) => error,
            })
        }
    }
}

/// Opens the database after checking all of it: what is damaged would make redb panic later.
fn open_checked(path: &Path) -> Result<Database, Refusal> {
    let opened = catch_unwind(AssertUnwindSafe(|| -> Result<Database, redb::Error> {
        let mut database = Database::create(path)?;
        database.check_integrity()?;
        create_tables(&database)?;
        Ok(database)
    }));
    match opened {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(redb::Error::DatabaseAlreadyOpen)) => {
            Err(Refusal::Store(StoreError::InUse(path.display().to_string())))
        }
        Ok(Err(error)) if is_damage(&error) => Err(Refusal::Damaged(error.to_string())),
        Ok(Err(error)) => Err(Refusal::Store(error.into())),
        Err(_) => Err(Refusal::Damaged("reading it panics".into())),
    }
}

/// Creates the tables that are missing. Jobs in the form of another version are forgotten: nodes
/// post them again.
fn create_tables(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    {
        let mut meta = write.open_table(tables::META)?;
        let found = meta
            .insert(tables::FORMAT_KEY, tables::FORMAT)?
            .map(|it| it.value());
        if found != Some(tables::FORMAT) {
            write.delete_table(tables::JOBS)?;
            write.delete_table(tables::INPUTS)?;
            write.delete_table(tables::RESULTS)?;
            write.delete_table(tables::QUEUE)?;
            write.delete_table(tables::FINISHED)?;
            let mut bytes = 0;
            for entry in write.open_table(tables::PROGRAMS)?.iter()? {
                bytes += entry?.1.value().len() as u64;
            }
            meta.insert(tables::PROGRAM_BYTES, bytes)?;
        }
    }
    write.open_table(tables::PROGRAMS)?;
    write.open_table(tables::INFOS)?;
    write.open_table(tables::JOBS)?;
    write.open_table(tables::INPUTS)?;
    write.open_table(tables::RESULTS)?;
    write.open_table(tables::QUEUE)?;
    write.open_table(tables::FINISHED)?;
    write.commit()?;
    Ok(())
}

/// Returns whether an error says that the file's content is wrong, and not that it cannot be read.
fn is_damage(error: &redb::Error) -> bool {
    match error {
        redb::Error::Corrupted(_) => true,
        redb::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}
