//! The secret that the service and whoever may use it share, in a file.

use rand::{rngs::OsRng, RngCore};
use std::{
    fmt, fs, io,
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process, str,
};
use subtle::ConstantTimeEq;

/// Bytes of a token.
const LENGTH: usize = 32;

/// A token, which is never shown.
#[derive(Clone)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or made.
    #[error("the token file {file}: {source}")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has something else in it.
    #[error("{0} is not a token, which is 64 hexadecimal digits; remove it to have another made")]
    NotAToken(PathBuf),
    /// Every user of the machine can read the file.
    #[error("every user of this machine can read the token file {0}: `chmod o= {0}`")]
    Public(PathBuf),
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenError`] when the file is not there, has something else in it, or is open to
    /// everybody.
    pub fn read(file: &Path) -> Result<Self, TokenError> {
        let failed = |source| TokenError::Io {
            file: file.to_owned(),
            source,
        };
        if fs::metadata(file).map_err(failed)?.mode() & 0o007 != 0 {
            return Err(TokenError::Public(file.to_owned()));
        }
        let text = fs::read(file).map_err(failed)?;
        let text = str::from_utf8(&text).map(str::trim).unwrap_or_default();
        match hex::decode(text) {
            Ok(bytes) if bytes.len() == LENGTH => Ok(Self(text.to_ascii_lowercase())),
            _ => Err(TokenError::NotAToken(file.to_owned())),
        }
    }

    /// Reads a token, after making one, which only this user can read, if the file is not there.
    /// Whoever comes first makes it, and all have the same.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_or_make(file: &Path) -> Result<Self, TokenError> {
        if !file.exists() {
            make(file).map_err(|source| TokenError::Io {
                file: file.to_owned(),
                source,
            })?;
        }
        Self::read(file)
    }

    /// Returns whether `presented` is the token. The time that this takes says nothing about it.
    pub(crate) fn is(&self, presented: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(presented).into()
    }

    /// Returns the token as it is presented, for those who use the service.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Makes the file, with all that is in it at once.
fn make(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = file.with_extension(format!("{}.new", process::id()));
    let mut bytes = [0; LENGTH];
    OsRng.fill_bytes(&mut bytes);
    // One that was left behind is of no use.
    let _ = fs::remove_file(&draft);
    let mut options = fs::OpenOptions::new();
    let mut written = options.write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(written, "{}", hex::encode(bytes))?;
    written.sync_all()?;
    // Does not replace what somebody else has made meanwhile.
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_made_once_and_only_its_user_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/token");
        assert!(matches!(Token::read(&file), Err(TokenError::Io { .. })));
        let token = Token::read_or_make(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Token::read_or_make(&file).unwrap().reveal(), token.reveal());
        assert_eq!(token.reveal().len(), 64);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        let other = Token::read_or_make(&folder.path().join("other")).unwrap();
        assert_ne!(token.reveal(), other.reveal());
    }

    #[test]
    fn whoever_makes_a_token_at_the_same_time_has_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        // Made after another has looked.
        let first = Token::read_or_make(&file).unwrap();
        make(&file).unwrap();
        assert_eq!(Token::read(&file).unwrap().reveal(), first.reveal());
    }

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token("ab".repeat(32));
        assert!(token.is("ab".repeat(32).as_bytes()));
        for wrong in [
            "",
            "ab",
            &"ab".repeat(31),
            &"ab".repeat(33),
            &"AB".repeat(32),
            &"ac".repeat(32),
        ] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token");
    }

    #[test]
    fn files_that_others_can_read_or_that_hold_something_else_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let read = |content: &str, mode| {
            fs::write(&file, content).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            Token::read(&file)
        };
        let good = "0F".repeat(32);
        assert!(read(&good, 0o640).unwrap().is("0f".repeat(32).as_bytes()));
        assert!(matches!(read(&good, 0o644), Err(TokenError::Public(_))));
        assert!(matches!(read(&good, 0o602), Err(TokenError::Public(_))));
        for wrong in [
            "",
            "secret",
            "0f",
            &format!("{good}00"),
            &format!("{good} {good}"),
        ] {
            assert!(
                matches!(read(wrong, 0o600), Err(TokenError::NotAToken(_))),
                "{wrong}"
            );
        }
    }
}
