use crate::{mock::*, GenesisConfig, Protocol};
use sp_runtime::BuildStorage;

#[test]
fn protocol_should_be_stored_when_genesis_has_one() {
    execute(|| assert_eq!(Protocol::<Test>::get().expect("stored")[..], *PROTOCOL));
}

#[test]
fn chain_should_start_without_protocol_when_genesis_has_none() {
    let storage = GenesisConfig::<Test>::default()
        .build_storage()
        .expect("nothing is built");
    sp_io::TestExternalities::from(storage).execute_with(|| assert!(!Protocol::<Test>::exists()));
}

#[test]
#[should_panic(expected = "well-formed")]
fn chain_should_not_start_when_protocol_is_malformed() {
    let genesis = GenesisConfig::<Test> {
        protocol: vec![1],
        ..Default::default()
    };
    let _ = genesis.build_storage();
}
