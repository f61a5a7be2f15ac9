// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Merkle, MerklePath} from "../src/Merkle.sol";

/// @notice Binary keccak trees over given leaf hashes, as the crate `binary-merkle-tree` builds
/// them.
library KeccakTree {
    /// @notice Returns the root; zero if there are no leaves.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        if (leaves.length == 0) return 0;
        bytes32[] memory row = leaves;
        while (row.length > 1) {
            row = above(row);
        }
        return row[0];
    }

    /// @notice Returns the path from a leaf to the root.
    function pathOf(bytes32[] memory leaves, uint256 index) internal pure returns (MerklePath memory path) {
        bytes32[] memory row = leaves;
        while (row.length > 1) {
            uint256 sibling = index ^ 1;
            if (sibling < row.length) path = grown(path, row[sibling], sibling < index);
            row = above(row);
            index /= 2;
        }
    }

    /// @notice Returns the path with one sibling more at its upper end.
    function grown(MerklePath memory path, bytes32 sibling, bool onTheLeft)
        internal
        pure
        returns (MerklePath memory longer)
    {
        uint256 length = path.siblings.length;
        longer.siblings = new bytes32[](length + 1);
        for (uint256 i = 0; i < length; ++i) {
            longer.siblings[i] = path.siblings[i];
        }
        longer.siblings[length] = sibling;
        longer.order = onTheLeft ? path.order | 1 << length : path.order;
    }

    /// @dev Returns the row above a row.
    function above(bytes32[] memory row) private pure returns (bytes32[] memory next) {
        next = new bytes32[]((row.length + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            bool single = 2 * i + 1 == row.length;
            next[i] = single ? row[2 * i] : Merkle.hashPair(row[2 * i], row[2 * i + 1]);
        }
    }
}
