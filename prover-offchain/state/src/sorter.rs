//! Leaves in any order, sorted by index on disk: a tree is made of sorted ones in a fraction of the
//! time.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

use zkfusion_primitives::merkle::Leaf;

/// Leaves that are sorted in memory: 40 MB.
const RUN: usize = 1 << 20;

/// Sorts leaves with distinct indices.
#[derive(Debug)]
pub struct Sorter {
    folder: PathBuf,
    buffer: Vec<(u32, Leaf)>,
    /// Files of sorted leaves. They have no names: nothing is left of them.
    runs: Vec<File>,
}

impl Sorter {
    /// Returns a sorter that keeps what memory should not hold in a folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            buffer: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Adds a leaf.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn add(&mut self, index: u32, leaf: Leaf) -> io::Result<()> {
        self.buffer.push((index, leaf));
        match self.buffer.len() {
            RUN => self.write_run(),
            _ => Ok(()),
        }
    }

    /// Returns the leaves, ascending.
    ///
    /// # Errors
    /// When the disk does not give them back.
    pub fn sorted(mut self) -> io::Result<Sorted> {
        if !self.buffer.is_empty() {
            self.write_run()?;
        }
        let mut sorted = Sorted {
            runs: Vec::new(),
            next: BinaryHeap::new(),
        };
        for (number, mut run) in self.runs.into_iter().enumerate() {
            run.rewind()?;
            sorted.runs.push(BufReader::new(run));
            sorted.read(number)?;
        }
        Ok(sorted)
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.buffer.sort_unstable_by_key(|(index, _)| *index);
        let path = self.folder.join("sorting.tmp");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        fs::remove_file(&path)?;
        let mut writer = BufWriter::new(file);
        for (index, leaf) in self.buffer.drain(..) {
            writer.write_all(&index.to_le_bytes())?;
            writer.write_all(&leaf)?;
        }
        self.runs
            .push(writer.into_inner().map_err(|error| error.into_error())?);
        Ok(())
    }
}

/// Sorted leaves.
#[derive(Debug)]
pub struct Sorted {
    runs: Vec<BufReader<File>>,
    /// The next leaf of each run.
    next: BinaryHeap<Reverse<(u32, usize, Leaf)>>,
}

impl Sorted {
    /// Reads the next leaf of a run.
    fn read(&mut self, run: usize) -> io::Result<()> {
        let (mut index, mut leaf) = ([0; 4], [0; 32]);
        match self.runs[run].read_exact(&mut index) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        }
        self.runs[run].read_exact(&mut leaf)?;
        self.next.push(Reverse((u32::from_le_bytes(index), run, leaf)));
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = io::Result<(u32, Leaf)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((index, run, leaf)) = self.next.pop()?;
        Some(self.read(run).map(|()| (index, leaf)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_come_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 3, RUN as u32, 2 * RUN as u32 + 5] {
            let mut sorter = Sorter::new(folder.path());
            let index = |n: u32| n.wrapping_mul(2_654_435_761);
            for n in 0..count {
                sorter.add(index(n), [n as u8; 32]).unwrap();
            }
            assert!(
                fs::read_dir(folder.path()).unwrap().next().is_none(),
                "a file is left"
            );
            let mut expected: Vec<_> = (0..count).map(|n| (index(n), [n as u8; 32])).collect();
            expected.sort_unstable();
            let sorted: io::Result<Vec<_>> = sorter.sorted().unwrap().collect();
            assert!(sorted.unwrap() == expected);
        }
    }
}
