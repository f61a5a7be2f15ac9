//! The address of a server: what it says of who asks, and how much of it may be shown.

use alloc::{format, string::String, vec::Vec};
use base64::{prelude::BASE64_STANDARD, Engine};
use core::fmt;
use percent_encoding::percent_decode_str;

/// An address as the operator gives it, in its parts: `http://user:password@host/path`.
struct Parts<'a> {
    /// `http` or `https`.
    scheme: &'a str,
    /// What is before the host: `user:password`.
    user: Option<&'a str>,
    /// Host and port.
    host: &'a str,
    /// What is behind the host, with the slash.
    path: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes an address apart, as RFC 3986, section 3 defines its parts.
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        Some(Self {
            scheme,
            user,
            host,
            path,
        })
    }
}

/// Takes user and password out of an address. They belong into the header `authorization` (RFC
/// 7617, section 2), whose value comes second: HTTP clients ignore them in the address.
pub(crate) fn without_user(url: &str) -> (String, Option<String>) {
    match Parts::of(url) {
        Some(Parts {
            scheme,
            user: Some(user),
            host,
            path,
        }) => {
            let mut user = percent_decode_str(user).collect::<Vec<u8>>();
            if !user.contains(&b':') {
                // There is no password.
                user.push(b':');
            }
            let header = format!("Basic {}", BASE64_STANDARD.encode(user));
            (format!("{scheme}://{host}{path}"), Some(header))
        }
        _ => (url.into(), None),
    }
}

/// An address without what may be secret in it: providers put keys into user, password, path and
/// query.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parts) = Parts::of(self.0) else {
            return f.write_str("an address without a scheme");
        };
        write!(f, "{}://{}", parts.scheme, parts.host)?;
        match parts.path {
            "" | "/" => Ok(()),
            _ => f.write_str("/..."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn user_and_password_should_become_a_header() {
        let plain = "https://host:8545/v3/key?a@b";
        assert_eq!(without_user(plain), (plain.into(), None));
        // The example of RFC 7617, section 2.
        let (url, header) = without_user("http://Aladdin:open%20sesame@host/path");
        assert_eq!(url, "http://host/path");
        assert_eq!(header.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        let (_, header) = without_user("http://key@host");
        assert_eq!(header, Some(format!("Basic {}", BASE64_STANDARD.encode("key:"))));
        assert_eq!(without_user("http://a:b@c@host").0, "http://host");
        assert_eq!(without_user("nonsense").0, "nonsense");
    }

    #[test]
    fn secrets_of_an_address_should_not_be_shown() {
        for (url, shown) in [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("http://127.0.0.1:8545/", "http://127.0.0.1:8545"),
            ("https://eth.example/v3/secret", "https://eth.example/..."),
            ("https://user:secret@eth.example", "https://eth.example"),
            ("https://eth.example?key=secret", "https://eth.example/..."),
            ("secret", "an address without a scheme"),
        ] {
            assert_eq!(Shown(url).to_string(), shown);
        }
    }
}
