//! The settings of the offchain workers, which the node writes to the offchain database: its roles,
//! and where their services are.

use codec::{Decode, Encode};
use pallet_relayer::{
    fees::GWEI,
    offchain::{
        commitment_key, KEY_FINALIZED, KEY_L1_CHAIN_ID, KEY_L1_MAX_FEE, KEY_L1_ORDER, KEY_L1_SETTLEMENT,
        KEY_L1_UPGRADER, KEY_L1_URL, KEY_L1_VERIFIER, KEY_NEWEST_SET, KEY_RELAYER,
    },
    order::Commitment,
};
use pallet_verifier::offchain::{KEY_PROVER, KEY_PROVER_URL};
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};

use zkfusion_runtime::{BlockNumber, Hash};

use crate::roles::Roles;

const ON: &[u8] = &[1];

/// Writes the settings of the roles, and clears those of roles that the node had when it ran
/// before. `prover` is the URL of the prover with its token, if there is one.
pub(crate) fn store(storage: &mut impl OffchainStorage, roles: &Roles, prover: Option<&str>) {
    let relayer = roles.relayer.as_ref();
    let chain_id = relayer
        .and_then(|relayer| relayer.l1_chain_id)
        .map(|id| id.encode());
    let max_fee = relayer.map(|relayer| (u128::from(relayer.l1_max_fee) * GWEI).encode());
    let settings = [
        (KEY_PROVER, prover.map(|_| ON)),
        (KEY_PROVER_URL, prover.map(str::as_bytes)),
        (KEY_RELAYER, relayer.map(|_| ON)),
        (
            KEY_L1_URL,
            relayer.map(|relayer| relayer.l1_rpc.as_str().as_bytes()),
        ),
        (KEY_L1_CHAIN_ID, chain_id.as_deref()),
        (KEY_L1_MAX_FEE, max_fee.as_deref()),
        (
            KEY_L1_SETTLEMENT,
            relayer.map(|relayer| &relayer.settlement.0[..]),
        ),
        (KEY_L1_ORDER, relayer.map(|relayer| &relayer.order.0[..])),
        (KEY_L1_VERIFIER, relayer.map(|relayer| &relayer.verifier.0[..])),
        (
            KEY_L1_UPGRADER,
            relayer.and_then(|relayer| relayer.upgrader.as_ref().map(|it| &it.0[..])),
        ),
    ];
    for (key, value) in settings {
        match value {
            Some(value) => storage.set(STORAGE_PREFIX, key, value),
            None => storage.remove(STORAGE_PREFIX, key),
        }
    }
}

/// Writes the newest final block: only what is verified there is settled.
pub(crate) fn store_finalized(storage: &mut impl OffchainStorage, number: BlockNumber, hash: Hash) {
    let value = (u64::from(number), hash.0).encode();
    storage.set(STORAGE_PREFIX, KEY_FINALIZED, &value);
}

/// Writes what validators signed for Ethereum, in place of what the same set signed before.
pub(crate) fn store_commitment(storage: &mut impl OffchainStorage, commitment: &Commitment) {
    let set = commitment.set();
    storage.set(STORAGE_PREFIX, &commitment_key(set), &commitment.encode());
    let newest = storage.get(STORAGE_PREFIX, KEY_NEWEST_SET);
    let newest = newest.and_then(|bytes| u64::decode(&mut &bytes[..]).ok());
    if newest.is_none_or(|newest| newest < set) {
        storage.set(STORAGE_PREFIX, KEY_NEWEST_SET, &set.encode());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::{EthereumAddress, Prover, Relayer};
    use sp_core::offchain::storage::InMemOffchainStorage;

    fn get(storage: &InMemOffchainStorage, key: &[u8]) -> Option<Vec<u8>> {
        storage.get(STORAGE_PREFIX, key)
    }

    #[test]
    fn final_block_should_be_stored_as_the_relayer_reads_it() {
        let mut storage = InMemOffchainStorage::default();
        store_finalized(&mut storage, 7, Hash::repeat_byte(9));
        let stored = get(&storage, b"zkfusion::finalized").unwrap();
        assert_eq!(<(u64, [u8; 32])>::decode(&mut &stored[..]), Ok((7, [9; 32])));
    }

    #[test]
    fn settings_should_follow_the_roles_when_they_change() {
        let mut storage = InMemOffchainStorage::default();
        let mut roles = Roles {
            prover: Prover::Embedded,
            prover_token_file: None,
            prover_port: 0,
            relayer: Some(Relayer {
                l1_rpc: "http://127.0.0.1:8545".parse().unwrap(),
                l1_chain_id: Some(1),
                l1_max_fee: 20,
                settlement: EthereumAddress([7; 20]),
                order: EthereumAddress([8; 20]),
                verifier: EthereumAddress([9; 20]),
                upgrader: None,
            }),
        };
        store(&mut storage, &roles, Some("http://127.0.0.1:1"));
        assert_eq!(get(&storage, b"zkfusion::prover"), Some(vec![1]));
        assert_eq!(
            get(&storage, b"zkfusion::prover_url"),
            Some(b"http://127.0.0.1:1".to_vec())
        );
        assert_eq!(get(&storage, b"zkfusion::relayer"), Some(vec![1]));
        assert_eq!(
            get(&storage, b"zkfusion::l1_url"),
            Some(b"http://127.0.0.1:8545".to_vec())
        );
        assert_eq!(get(&storage, b"zkfusion::l1_settlement"), Some(vec![7; 20]));
        assert_eq!(get(&storage, b"zkfusion::l1_order"), Some(vec![8; 20]));
        assert_eq!(get(&storage, b"zkfusion::l1_verifier"), Some(vec![9; 20]));
        assert_eq!(get(&storage, b"zkfusion::l1_upgrader"), None);
        assert_eq!(get(&storage, b"zkfusion::l1_chain_id"), Some(1u64.encode()));
        let max_fee = get(&storage, b"zkfusion::l1_max_fee");
        assert_eq!(max_fee, Some(20_000_000_000u128.encode()));

        roles.relayer = None;
        store(&mut storage, &roles, Some("http://127.0.0.1:2"));
        assert_eq!(
            get(&storage, b"zkfusion::prover_url"),
            Some(b"http://127.0.0.1:2".to_vec())
        );
        assert_eq!(get(&storage, b"zkfusion::relayer"), None);
        assert_eq!(get(&storage, b"zkfusion::l1_settlement"), None);
        assert_eq!(get(&storage, b"zkfusion::l1_chain_id"), None);

        store(&mut storage, &roles, None);
        assert_eq!(get(&storage, b"zkfusion::prover"), None);
        assert_eq!(get(&storage, b"zkfusion::prover_url"), None);
    }
}
