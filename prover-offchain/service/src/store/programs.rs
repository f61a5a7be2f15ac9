//! The programs of jobs.

use super::{
    decode, record,
    tables::{INFOS, JOBS, META, PROGRAMS, PROGRAM_BYTES, QUEUE},
    Store, StoreError,
};
use crate::ProgramInfo;
use codec::Encode;
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};
use std::collections::HashSet;

impl Store {
    /// Stores a program's wasm under its hash. When there is no room, all programs are forgotten
    /// that no open job needs: nodes give those again that are missed.
    ///
    /// # Errors
    /// [`StoreError::ProgramsFull`] when there is no room then either, else whatever the database
    /// says.
    pub fn put_program(&self, hash: &[u8; 32], wasm: &[u8]) -> Result<(), StoreError> {
        if self.has_program(hash)? {
            return Ok(());
        }
        let write = self.database.begin_write()?;
        let mut stored = stored(&write)?;
        if !self.has_room(stored, wasm) {
            forget_idle(&write)?;
            stored = self::stored(&write)?;
        }
        let (programs, bytes) = stored;
        // What was forgotten is forgotten in any case.
        let room = self.has_room(stored, wasm);
        if room {
            write.open_table(PROGRAMS)?.insert(hash, wasm)?;
            write
                .open_table(META)?
                .insert(PROGRAM_BYTES, bytes + wasm.len() as u64)?;
        }
        write.commit()?;
        match room {
            true => Ok(()),
            false => Err(StoreError::ProgramsFull { programs, bytes }),
        }
    }

    fn has_room(&self, (programs, bytes): (u64, u64), wasm: &[u8]) -> bool {
        programs < self.max_programs && bytes.saturating_add(wasm.len() as u64) <= self.max_programs_bytes
    }

    /// Returns whether the program is known.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn has_program(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let programs = self.database.begin_read()?.open_table(PROGRAMS)?;
        Ok(programs.get(hash)?.is_some())
    }

    /// Returns a program's wasm.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn program(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let programs = self.database.begin_read()?.open_table(PROGRAMS)?;
        Ok(programs.get(hash)?.map(|wasm| wasm.value().to_vec()))
    }

    /// Remembers what was learned when the program was prepared.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn put_program_info(&self, hash: &[u8; 32], info: &ProgramInfo) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        write.open_table(INFOS)?.insert(hash, info.encode().as_slice())?;
        write.commit()?;
        Ok(())
    }

    /// Returns what is known of a prepared program.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn program_info(&self, hash: &[u8; 32]) -> Result<Option<ProgramInfo>, StoreError> {
        let infos = self.database.begin_read()?.open_table(INFOS)?;
        let info = infos.get(hash)?.map(|info| decode(info.value(), "program info"));
        info.transpose()
    }
}

/// Returns number and bytes of the stored programs.
fn stored(write: &WriteTransaction) -> Result<(u64, u64), StoreError> {
    let programs = write.open_table(PROGRAMS)?.len()?;
    let bytes = write
        .open_table(META)?
        .get(PROGRAM_BYTES)?
        .map_or(0, |it| it.value());
    Ok((programs, bytes))
}

/// Forgets the programs that no open job needs.
fn forget_idle(write: &WriteTransaction) -> Result<(), StoreError> {
    let jobs = write.open_table(JOBS)?;
    let mut needed = HashSet::new();
    for entry in write.open_table(QUEUE)?.iter()? {
        needed.extend(record(&jobs, entry?.1.value())?.label.program);
    }
    let mut bytes = 0;
    write.open_table(PROGRAMS)?.retain(|hash, wasm| {
        let needs = needed.contains(hash);
        bytes += if needs { wasm.len() as u64 } else { 0 };
        needs
    })?;
    write.open_table(INFOS)?.retain(|hash, _| needed.contains(hash))?;
    write.open_table(META)?.insert(PROGRAM_BYTES, bytes)?;
    Ok(())
}
