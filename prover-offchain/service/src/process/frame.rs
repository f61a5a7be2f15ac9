//! Messages on a stream: the length in bytes as `u32`, little-endian, and the SCALE encoding.

use codec::{DecodeAll, Encode};
use std::io::{self, Read, Write};

/// Writes a message.
///
/// # Errors
/// Those of the stream, and a message that is too long.
pub(super) fn write(stream: &mut impl Write, message: &impl Encode) -> io::Result<()> {
    let bytes = message.encode();
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&length.to_le_bytes())?;
    stream.write_all(&bytes)
}

/// Reads a message, however long it takes.
///
/// # Errors
/// Those of the stream, its end included, and what is not such a message.
pub(super) fn read<T: DecodeAll>(stream: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    // Not allocated ahead: a stream that ends is no reason to take as much memory as it claims.
    let mut bytes = Vec::new();
    let length = u32::from_le_bytes(length).into();
    if stream.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    T::decode_all(&mut &bytes[..]).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_as_they_were_sent_and_one_by_one() {
        let mut stream = Vec::new();
        write(&mut stream, &(7u64, vec![1u8; 100_000])).unwrap();
        write(&mut stream, &"second").unwrap();
        let mut stream = &stream[..];
        assert_eq!(
            read::<(u64, Vec<u8>)>(&mut stream).unwrap(),
            (7, vec![1; 100_000])
        );
        assert_eq!(read::<String>(&mut stream).unwrap(), "second");
        let end = read::<String>(&mut stream).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn messages_that_are_cut_off_or_of_another_form_are_refused() {
        let kind = |mut bytes: &[u8]| read::<String>(&mut bytes).unwrap_err().kind();
        assert_eq!(kind(&[5, 0, 0]), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[0xff, 0xff, 0xff, 0xff, 1]), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[1, 0, 0, 0, 4]), io::ErrorKind::InvalidData);
        assert_eq!(kind(&[2, 0, 0, 0, 0, 0]), io::ErrorKind::InvalidData);
    }
}
