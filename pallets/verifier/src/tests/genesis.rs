use crate::{mock::*, CurrentProtocol, GenesisConfig, Protocols};
use sp_runtime::BuildStorage;

#[test]
fn protocol_should_be_stored_when_genesis_has_one() {
    execute(|| {
        let digest = CurrentProtocol::<Test>::get().expect("stored");
        assert_eq!(digest, protocol_digest(PROTOCOL));
        assert_eq!(Protocols::<Test>::get(digest).expect("stored")[..], *PROTOCOL);
    });
}

#[test]
fn chain_should_start_without_protocol_when_genesis_has_none() {
    let storage = GenesisConfig::<Test>::default()
        .build_storage()
        .expect("nothing is built");
    sp_io::TestExternalities::from(storage).execute_with(|| {
        assert!(!CurrentProtocol::<Test>::exists());
        assert_eq!(Protocols::<Test>::count(), 0);
    });
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
