//! The two file formats of ceremonies: snarkjs `.ptau`, and halo2's parameters in raw form.
//!
//! Both hold points as little-endian coordinates in Montgomery form, which is what
//! [`SerdeFormat::RawBytes`] reads, checking that each point lies on the curve.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use halo2_proofs::{
    halo2curves::bn256::{G1Affine, G2Affine},
    SerdeCurveAffine, SerdeFormat,
};

use super::SrsError;

/// The part of a ceremony's points that zkFusion uses.
pub(super) struct Points {
    /// The points `[s^i]_1`, `2^k` of them.
    pub(super) k: u32,
    pub(super) g: Vec<G1Affine>,
    pub(super) g2: G2Affine,
    pub(super) s_g2: G2Affine,
}

/// Reads at most `2^max_k` points of either format.
pub(super) fn read(path: &Path, max_k: u32) -> Result<Points, SrsError> {
    read_points(path, max_k).map_err(|e| SrsError::Malformed {
        path: path.into(),
        reason: e.to_string(),
    })
}

fn read_points(path: &Path, max_k: u32) -> io::Result<Points> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut magic = [0; 4];
    reader.read_exact(&mut magic)?;
    if &magic == b"ptau" {
        read_ptau(reader, max_k)
    } else {
        read_halo2(reader, u32::from_le_bytes(magic), max_k)
    }
}

fn read_halo2(mut reader: BufReader<File>, power: u32, max_k: u32) -> io::Result<Points> {
    let length = reader.get_ref().metadata()?.len();
    if power > 28 || length != super::file::length(power) {
        return Err(invalid(format!(
            "its first word ({power}) is not a size that fits its length ({length} bytes)"
        )));
    }
    let k = power.min(max_k);
    let g = read_g1(&mut reader, k)?;
    reader.seek(SeekFrom::Start(4 + (2 << power) * 64))?;
    let (g2, s_g2) = read_g2(&mut reader)?;
    Ok(Points { k, g, g2, s_g2 })
}

fn read_ptau(mut reader: BufReader<File>, max_k: u32) -> io::Result<Points> {
    let _version = read_u32(&mut reader)?;
    let sections = read_u32(&mut reader)?;
    let (mut power, mut tau_g1, mut tau_g2) = (None, None, None);
    for _ in 0..sections.min(64) {
        let kind = read_u32(&mut reader)?;
        let mut size = [0; 8];
        reader.read_exact(&mut size)?;
        let start = reader.stream_position()?;
        match kind {
            1 => {
                let coordinate = read_u32(&mut reader)?;
                if coordinate != 32 {
                    return Err(invalid(format!(
                        "its coordinates take {coordinate} bytes, BN254's take 32"
                    )));
                }
                reader.seek_relative(32)?;
                power = Some(read_u32(&mut reader)?);
            }
            2 => tau_g1 = Some((start, u64::from_le_bytes(size))),
            3 => tau_g2 = Some((start, u64::from_le_bytes(size))),
            _ => {}
        }
        let end = start
            .checked_add(u64::from_le_bytes(size))
            .ok_or_else(|| invalid("a section is too long"))?;
        reader.seek(SeekFrom::Start(end))?;
    }
    let (Some(power), Some((g1, g1_size)), Some((g2, g2_size))) = (power, tau_g1, tau_g2) else {
        return Err(invalid("a section is missing"));
    };
    let k = power.min(max_k);
    if g1_size < 64 << k || g2_size < 2 * 128 {
        return Err(invalid(format!("its sections are too short for 2^{k} powers")));
    }
    reader.seek(SeekFrom::Start(g1))?;
    let g = read_g1(&mut reader, k)?;
    reader.seek(SeekFrom::Start(g2))?;
    let (g2, s_g2) = read_g2(&mut reader)?;
    Ok(Points { k, g, g2, s_g2 })
}

fn read_u32(reader: &mut impl Read) -> io::Result<u32> {
    let mut word = [0; 4];
    reader.read_exact(&mut word)?;
    Ok(u32::from_le_bytes(word))
}

fn read_g1(reader: &mut impl Read, k: u32) -> io::Result<Vec<G1Affine>> {
    (0..1u64 << k)
        .map(|_| G1Affine::read(reader, SerdeFormat::RawBytes))
        .collect()
}

fn read_g2(reader: &mut impl Read) -> io::Result<(G2Affine, G2Affine)> {
    Ok((
        G2Affine::read(reader, SerdeFormat::RawBytes)?,
        G2Affine::read(reader, SerdeFormat::RawBytes)?,
    ))
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
