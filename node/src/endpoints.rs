//! Where the node listens.

use sc_service::{
    config::{RpcBatchRequestConfig, RpcEndpoint},
    Configuration,
};
use std::{net::TcpListener, num::NonZeroU32};

/// Calls a minute of one connection from elsewhere, unless `--rpc-rate-limit` says otherwise: ten a
/// second.
const CALLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");

/// Calls in one request from elsewhere, unless `--rpc-max-batch-request-len` says otherwise.
const CALLS_PER_REQUEST: u32 = 100;

/// Limits what strangers can ask RPC for. Whoever is on this machine is not limited, and neither is
/// who the operator has set limits for.
pub(crate) fn limit_strangers(config: &mut Configuration) {
    config.rpc.addr.iter_mut().flatten().for_each(limit);
}

fn limit(endpoint: &mut RpcEndpoint) {
    if endpoint.listen_addr.ip().is_loopback() {
        return;
    }
    endpoint.rate_limit.get_or_insert(CALLS_PER_MINUTE);
    if matches!(endpoint.batch_config, RpcBatchRequestConfig::Unlimited) {
        endpoint.batch_config = RpcBatchRequestConfig::Limit(CALLS_PER_REQUEST);
    }
}

/// Makes RPC listen where the operator wants it, or not at all: the SDK takes another port when
/// that one is taken, and clients then speak to whoever has it.
///
/// # Errors
///
/// Which address is taken.
pub(crate) fn require_rpc_address(config: &mut Configuration) -> Result<(), String> {
    for endpoint in config.rpc.addr.iter_mut().flatten() {
        endpoint.retry_random_port = false;
        // IPv6 is, where there may be none.
        if !endpoint.is_optional {
            check(endpoint.listen_addr)?;
        }
    }
    Ok(())
}

fn check(address: std::net::SocketAddr) -> Result<(), String> {
    TcpListener::bind(address).map(drop).map_err(|error| {
        format!(
            "RPC cannot listen at {address}: {error}. Is another node running? Give this one another port with --rpc-port"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> RpcEndpoint {
        let parsed: sc_cli::RpcEndpoint = text.parse().expect("it is an endpoint");
        let mut endpoint = parsed.into();
        limit(&mut endpoint);
        endpoint
    }

    #[test]
    fn strangers_should_be_limited_and_this_machine_should_not() {
        let stranger = endpoint("listen-addr=0.0.0.0:9944");
        assert_eq!(stranger.rate_limit, Some(CALLS_PER_MINUTE));
        assert!(matches!(
            stranger.batch_config,
            RpcBatchRequestConfig::Limit(CALLS_PER_REQUEST)
        ));
        let here = endpoint("listen-addr=127.0.0.1:9944");
        assert_eq!(here.rate_limit, None);
        assert!(matches!(here.batch_config, RpcBatchRequestConfig::Unlimited));
        let chosen = endpoint("listen-addr=0.0.0.0:9944,rate-limit=7,max-batch-request-len=2");
        assert_eq!(chosen.rate_limit, NonZeroU32::new(7));
        assert!(matches!(chosen.batch_config, RpcBatchRequestConfig::Limit(2)));
    }

    #[test]
    fn taken_address_should_be_named() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = taken.local_addr().expect("it listens");
        let error = check(address).expect_err("it is taken");
        assert!(
            error.contains(&address.to_string()) && error.contains("--rpc-port"),
            "{error}"
        );
        drop(taken);
        assert_eq!(check(address), Ok(()));
    }
}
