// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerklePath} from "./Merkle.sol";

/// @notice A set of validators, `BeefyAuthoritySet` of `sp-consensus-beefy`.
struct AuthoritySet {
    /// The number of the set; each session has the next.
    uint64 id;
    /// How many validators it has.
    uint32 length;
    /// The root of the keccak tree over their Ethereum addresses, in the set's order.
    bytes32 root;
}

/// @notice What validators sign: the root of the mountain range at a finalized block.
struct Commitment {
    /// The root, which is the commitment's only payload ("mh").
    bytes32 mmrRoot;
    /// The finalized block.
    uint32 blockNumber;
    /// The set that signs.
    uint64 validatorSetId;
}

/// @notice A signature in the compact form of EIP-2098.
struct Signature {
    bytes32 r;
    /// The parity of the point's y-coordinate in the highest bit, then `s`, which must be in the
    /// lower half of the group's order (EIP-2).
    bytes32 vs;
}

/// @notice A leaf of the appchain's mountain range, `MmrLeaf` of `sp-consensus-beefy`; each block
/// adds one.
struct MmrLeaf {
    /// The version of the format: major in the upper 3 bits, minor in the lower 5.
    uint8 version;
    /// The parent of the block that added the leaf.
    uint32 parentNumber;
    bytes32 parentHash;
    /// The set after the one that is current in the block.
    uint64 nextSetId;
    uint32 nextSetLength;
    bytes32 nextSetRoot;
    /// The root of the keccak tree over the order heads that the parent moved; zero if it moved
    /// none.
    bytes32 orderRoot;
}

/// @notice Why an order head is final: the way from it to a root that validators signed.
struct OrderEvidence {
    /// Where the contract keeps that root.
    uint256 rootSlot;
    /// From the head to the leaf's `orderRoot`.
    MerklePath headPath;
    MmrLeaf leaf;
    /// From the leaf to the root.
    MerklePath leafPath;
}
