//! Who may come in.
//!
//! * No web page: a request with `Origin` is refused, and there are no CORS headers.
//! * Nobody under a name that is not ours: a page whose name an attacker has lead to this machine
//!   (DNS rebinding) gives its own name in `Host`. Addresses cannot be led elsewhere, so they are
//!   taken, with `localhost` and the names in [`Config::hosts`].
//! * Nobody without the token, except for `/health` and `/metrics`: they tell supervisors counts,
//!   and no more.

use super::ApiError;
use crate::{shared::Shared, token::Token, Config};
use axum::{
    extract::{Request, State},
    http::{header, HeaderMap},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{prelude::BASE64_STANDARD, Engine};
use std::{net::IpAddr, sync::Arc};

/// What supervisors read.
const OPEN: [&str; 2] = ["/health", "/metrics"];

/// Lets a request in, or says why not.
pub(super) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match check(&shared.config, &shared.token, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(config: &Config, token: &Token, request: &Request) -> Result<(), ApiError> {
    if request.headers().contains_key(header::ORIGIN) {
        return Err(ApiError::forbidden("web pages may not use the prover"));
    }
    let host = request.headers().get(header::HOST).map(|host| host.as_bytes());
    let host = host
        .and_then(|host| std::str::from_utf8(host).ok())
        .unwrap_or_default();
    if !is_ours(config, host) {
        return Err(ApiError::forbidden(format!(
            "{host:?} is not a name of this prover: use its address, or start it with --host NAME"
        )));
    }
    if OPEN.contains(&request.uri().path()) {
        return Ok(());
    }
    match presented(request.headers()) {
        Some(presented) if token.is(&presented) => Ok(()),
        Some(_) => Err(ApiError::unauthorized(
            "this is not the prover's token".to_owned() + HINT,
        )),
        None => Err(ApiError::unauthorized(
            "the request has no token".to_owned() + HINT,
        )),
    }
}

const HINT: &str =
    ": give zkfusion-node and fusion-prover --prover-token-file or --token-file, with the file \
                    `token` in the service's data folder";

/// Returns whether a name with or without a port is one of this service.
fn is_ours(config: &Config, host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let known = |ours: &String| ours.eq_ignore_ascii_case(name);
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost") || config.hosts.iter().any(known)
}

/// Returns the token that a request brings: `Bearer TOKEN`, or the password of `Basic`, which nodes
/// make of `http://user:TOKEN@host`.
fn presented(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, secret) = (&value[..space], value[space..].trim_ascii());
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(secret.to_owned());
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(secret).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded[colon + 1..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_and_configured_names_are_ours() {
        let config = Config {
            hosts: vec!["prover.example".into()],
            ..Config::new("")
        };
        for host in [
            "127.0.0.1:9955",
            "127.0.0.1",
            "[::1]:9955",
            "10.0.0.7",
            "LOCALHOST:80",
            "Prover.Example:443",
        ] {
            assert!(is_ours(&config, host), "{host}");
        }
        for host in [
            "",
            ":9955",
            "evil.example:9955",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "prover.example.evil",
            "[evil]:1",
        ] {
            assert!(!is_ours(&config, host), "{host}");
        }
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_password() {
        let token = |value: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            presented(&headers).map(|token| String::from_utf8(token).unwrap())
        };
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer  abc").as_deref(), Some("abc"));
        // node:ab:c and :abc
        assert_eq!(token("Basic bm9kZTphYjpj").as_deref(), Some("ab:c"));
        assert_eq!(token("basic OmFiYw==").as_deref(), Some("abc"));
        // abc, without a colon
        for nothing in ["", "abc", "Basic YWJj", "Basic %%%", "Digest abc"] {
            assert_eq!(token(nothing), None, "{nothing}");
        }
        assert_eq!(presented(&HeaderMap::new()), None);
    }
}
