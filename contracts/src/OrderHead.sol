// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The end of a batch that was verified or voided on the appchain: what its validators
/// vouch for and no proof can say.
/// @dev `OrderHead` in `primitives/src/order.rs` is the same struct with the same encoding.
struct OrderHead {
    /// The genesis hash of the appchain, reduced into the scalar field.
    uint256 genesisHash;
    /// The app on that chain.
    uint256 appId;
    /// The batch.
    uint256 batchIndex;
    /// The inbox hash after the batch's last message.
    uint256 inboxHash;
    /// The fold of the seeds of the app's batches from its first to this one: `F_0 = 0`,
    /// `F_{n+1} = P2(F_n, seed_n)`.
    uint256 seedsHash;
    /// The program that the batch was proved with. Zero if governance voided the batch: its
    /// messages have no effect and the root stays.
    uint256 programId;
}

/// @notice Returns the hash of a head, which is a leaf of the appchain's tree of heads.
/// @dev It is over 192 bytes. Inner nodes of that tree are hashes of 64 bytes, so no node is
/// both.
function hashOrderHead(OrderHead memory head) pure returns (bytes32) {
    return keccak256(abi.encode(head));
}
