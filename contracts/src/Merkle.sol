// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The way from a leaf of a keccak tree to its root.
struct MerklePath {
    /// The siblings from the leaf upwards. In a Merkle mountain range the peaks, bagged, are the
    /// last.
    bytes32[] siblings;
    /// Bit `i` is set if sibling `i` is on the left.
    uint256 order;
}

/// @notice Binary keccak trees as Substrate builds them: the crates `binary-merkle-tree` and
/// `polkadot-ckb-merkle-mountain-range`.
/// @dev An inner node is the hash of 64 bytes. Every leaf here is the hash of some other number
/// of bytes (20, 113 or 192), so neither can be taken for the other and paths need no fixed
/// length.
library Merkle {
    /// @notice Returns the root of the tree in which `path` leads upwards from `leaf`.
    function rootOf(bytes32 leaf, MerklePath memory path) internal pure returns (bytes32 node) {
        node = leaf;
        bytes32[] memory siblings = path.siblings;
        uint256 order = path.order;
        assembly ("memory-safe") {
            let sibling := add(siblings, 0x20)
            let end := add(sibling, shl(5, mload(siblings)))
            for {} lt(sibling, end) { sibling := add(sibling, 0x20) } {
                // A sibling on the left makes the node the second word.
                let place := shl(5, and(order, 1))
                mstore(place, node)
                mstore(xor(place, 0x20), mload(sibling))
                node := keccak256(0x00, 0x40)
                order := shr(1, order)
            }
        }
    }

    /// @notice Returns the root of the tree over addresses, each a leaf of 20 bytes; zero if
    /// there are none. The last node of an odd row moves up as it is.
    function rootOfAddresses(address[] calldata addresses) internal pure returns (bytes32 root) {
        uint256 count = addresses.length;
        if (count == 0) return 0;
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            nodes[i] = _hashAddress(addresses[i]);
        }
        assembly ("memory-safe") {
            // Each row overwrites the beginning of the one below.
            let row := add(nodes, 0x20)
            for {} gt(count, 1) {} {
                let pairs := shr(1, count)
                let end := add(row, shl(5, pairs))
                let pair := row
                for { let parent := row } lt(parent, end) { parent := add(parent, 0x20) } {
                    mstore(parent, keccak256(pair, 0x40))
                    pair := add(pair, 0x40)
                }
                if and(count, 1) { mstore(end, mload(pair)) }
                count := sub(count, pairs)
            }
            root := mload(row)
        }
    }

    /// @notice Returns the inner node over two nodes.
    function hashPair(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }

    /// @dev Returns the hash of the 20 bytes of an address.
    function _hashAddress(address member) private pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(0x00, shl(96, member))
            leaf := keccak256(0x00, 20)
        }
    }
}
