//! The chain and the VM lay out a message alike: what the inbox hash covers is what the guest reads.

use zkfusion_primitives::message::Message;

#[test]
fn the_chains_tape_is_the_vms() {
    for length in [0, 1, 8, 23, 24, 25, 1024] {
        let message = Message {
            index: 3,
            sender: core::array::from_fn(|i| i as u8),
            at_block: 4,
            fuel_limit: 5,
            payload: vec![0xab; length].try_into().unwrap(),
        };
        let Message {
            index,
            sender,
            at_block,
            fuel_limit,
            payload,
        } = &message;
        let executed = zkfusion_vm::Message::new(sender, *index, *at_block, *fuel_limit, payload);
        assert_eq!(message.tape(), executed.tape, "payload of {length} bytes");
    }
}
