//! Where the node listens.

use sc_service::Configuration;
use std::net::TcpListener;

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
