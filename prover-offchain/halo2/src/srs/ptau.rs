//! The two file formats of ceremonies: snarkjs `.ptau`, and halo2's parameters in raw form.
//!
//! Both hold points as little-endian coordinates in Montgomery form, which is what
//! [`SerdeFormat::RawBytes`] reads, checking that each point lies on the curve.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use halo2_proofs::{
    halo2curves::bn256::{G1Affine, G2Affine},
    SerdeCurveAffine, SerdeFormat,
};

use super::SrsError;

/// BN254's base field modulus, as the header of a `.ptau` file has it.
const MODULUS: [u8; 32] = [
    0x47, 0xfd, 0x7c, 0xd8, 0x16, 0x8c, 0x20, 0x3c, 0x8d, 0xca, 0x71, 0x68, 0x91, 0x6a, 0x81, 0x97, 0x5d,
    0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30,
];
/// Bytes of a point of G1.
const G1_BYTES: u64 = 64;

/// A ceremony's file and where the part that zkFusion uses lies in it.
pub(super) struct Source {
    path: PathBuf,
    reader: BufReader<File>,
    power: u32,
    /// Where the points `[s^i]_1` begin.
    powers: u64,
    /// Where the points `[1]_2` and `[s]_2` begin.
    g2: u64,
    /// Where the Lagrange forms of all sizes up to `2^power` begin, smallest first: files that are
    /// prepared for phase 2 have them.
    lagrange: Option<u64>,
}

impl Source {
    /// Opens a file of either format.
    pub(super) fn open(path: &Path) -> Result<Self, SrsError> {
        Self::find(path).map_err(|e| malformed(path, &e))
    }

    fn find(path: &Path) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
        let mut magic = [0; 4];
        reader.read_exact(&mut magic)?;
        if &magic == b"ptau" {
            Self::find_ptau(path, reader)
        } else {
            Self::find_halo2(path, reader, u32::from_le_bytes(magic))
        }
    }

    fn find_halo2(path: &Path, reader: BufReader<File>, power: u32) -> io::Result<Self> {
        let length = reader.get_ref().metadata()?.len();
        if power > 28 || length != super::file::length(power) {
            return Err(invalid(format!(
                "its first word ({power}) is not a size that fits its length ({length} bytes)"
            )));
        }
        Ok(Self {
            path: path.into(),
            reader,
            power,
            powers: 4,
            g2: 4 + (2 << power) * G1_BYTES,
            lagrange: None,
        })
    }

    fn find_ptau(path: &Path, mut reader: BufReader<File>) -> io::Result<Self> {
        let _version = read_u32(&mut reader)?;
        let sections = read_u32(&mut reader)?;
        let (mut power, mut tau_g1, mut tau_g2, mut lagrange) = (None, None, None, None);
        for _ in 0..sections.min(64) {
            let kind = read_u32(&mut reader)?;
            let mut size = [0; 8];
            reader.read_exact(&mut size)?;
            let size = u64::from_le_bytes(size);
            let start = reader.stream_position()?;
            match kind {
                1 => power = Some(read_header(&mut reader)?),
                2 => tau_g1 = Some((start, size)),
                3 => tau_g2 = Some((start, size)),
                12 => lagrange = Some((start, size)),
                _ => {}
            }
            let end = start
                .checked_add(size)
                .ok_or_else(|| invalid("a section is too long"))?;
            reader.seek(SeekFrom::Start(end))?;
        }
        let (Some(power), Some((powers, g1_size)), Some((g2, g2_size))) = (power, tau_g1, tau_g2) else {
            return Err(invalid("a section is missing"));
        };
        let lagrange_size = lagrange.map_or(u64::MAX, |(_, size)| size);
        let forms = ((2 << power) - 1) * G1_BYTES;
        if g1_size < G1_BYTES << power || g2_size < 2 * 128 || lagrange_size < forms {
            return Err(invalid(format!(
                "its sections are too short for 2^{power} powers"
            )));
        }
        Ok(Self {
            path: path.into(),
            reader,
            power,
            powers,
            g2,
            lagrange: lagrange.map(|(start, _)| start),
        })
    }

    /// Returns the size: the file has `2^power` powers in G1.
    pub(super) fn power(&self) -> u32 {
        self.power
    }

    /// Reads the first `2^k` powers in G1.
    pub(super) fn powers(&mut self, k: u32) -> Result<Vec<G1Affine>, SrsError> {
        self.g1(self.powers, k)
    }

    /// Reads the Lagrange form of size `k`, if the file has it.
    pub(super) fn lagrange(&mut self, k: u32) -> Result<Option<Vec<G1Affine>>, SrsError> {
        let form = |start| start + ((1 << k) - 1) * G1_BYTES;
        self.lagrange.map(|start| self.g1(form(start), k)).transpose()
    }

    /// Reads `[1]_2` and `[s]_2`.
    pub(super) fn g2(&mut self) -> Result<(G2Affine, G2Affine), SrsError> {
        let mut read = || {
            self.reader.seek(SeekFrom::Start(self.g2))?;
            let mut point = || G2Affine::read(&mut self.reader, SerdeFormat::RawBytes);
            Ok((point()?, point()?))
        };
        read().map_err(|e| malformed(&self.path, &e))
    }

    fn g1(&mut self, start: u64, k: u32) -> Result<Vec<G1Affine>, SrsError> {
        let mut read = || {
            self.reader.seek(SeekFrom::Start(start))?;
            (0..1u64 << k)
                .map(|_| G1Affine::read(&mut self.reader, SerdeFormat::RawBytes))
                .collect::<io::Result<_>>()
        };
        read().map_err(|e| malformed(&self.path, &e))
    }
}

/// Reads the header of a `.ptau` file and returns its power.
fn read_header(reader: &mut impl Read) -> io::Result<u32> {
    let coordinate = read_u32(reader)?;
    if coordinate != 32 {
        return Err(invalid(format!(
            "its coordinates take {coordinate} bytes, BN254's take 32"
        )));
    }
    let mut modulus = [0; 32];
    reader.read_exact(&mut modulus)?;
    if modulus != MODULUS {
        return Err(invalid("it is of another curve than BN254"));
    }
    match read_u32(reader)? {
        power @ 0..=28 => Ok(power),
        power => Err(invalid(format!("a power of {power} is more than BN254 has"))),
    }
}

fn read_u32(reader: &mut impl Read) -> io::Result<u32> {
    let mut word = [0; 4];
    reader.read_exact(&mut word)?;
    Ok(u32::from_le_bytes(word))
}

fn malformed(path: &Path, error: &io::Error) -> SrsError {
    SrsError::Malformed {
        path: path.into(),
        reason: error.to_string(),
    }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
