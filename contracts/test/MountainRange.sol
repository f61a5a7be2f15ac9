// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Merkle, MerklePath} from "../src/Merkle.sol";
import {KeccakTree} from "./KeccakTree.sol";

/// @notice Merkle mountain ranges over given leaf hashes, as `pallet-mmr` builds them: perfect
/// trees from the largest, bagged from the right, where the bag comes before the next peak.
library MountainRange {
    /// @notice Returns the root of at least one leaf.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        return bag(peaksOf(leaves), 0);
    }

    /// @notice Returns the path from a leaf to the root, with the peaks at its end.
    function pathOf(bytes32[] memory leaves, uint256 index) internal pure returns (MerklePath memory path) {
        uint256 start = 0;
        uint256 peak = 0;
        uint256 size = largestTree(leaves.length);
        while (index >= start + size) {
            start += size;
            size = largestTree(leaves.length - start);
            ++peak;
        }
        path = KeccakTree.pathOf(part(leaves, start, size), index - start);
        bytes32[] memory peaks = peaksOf(leaves);
        if (peak + 1 < peaks.length) path = KeccakTree.grown(path, bag(peaks, peak + 1), true);
        for (; peak > 0; --peak) {
            path = KeccakTree.grown(path, peaks[peak - 1], false);
        }
    }

    /// @notice Returns the peaks, the leftmost first.
    function peaksOf(bytes32[] memory leaves) internal pure returns (bytes32[] memory peaks) {
        uint256 count = 0;
        for (uint256 bits = leaves.length; bits != 0; bits &= bits - 1) {
            ++count;
        }
        peaks = new bytes32[](count);
        uint256 start = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 size = largestTree(leaves.length - start);
            peaks[i] = KeccakTree.rootOf(part(leaves, start, size));
            start += size;
        }
    }

    /// @notice Returns the node over the peaks from number `first` on.
    function bag(bytes32[] memory peaks, uint256 first) internal pure returns (bytes32 node) {
        node = peaks[peaks.length - 1];
        for (uint256 i = peaks.length - 1; i > first; --i) {
            node = Merkle.hashPair(node, peaks[i - 1]);
        }
    }

    /// @dev Returns the largest power of two that is at most `count`.
    function largestTree(uint256 count) private pure returns (uint256 size) {
        size = 1;
        while (2 * size <= count) {
            size *= 2;
        }
    }

    function part(bytes32[] memory leaves, uint256 start, uint256 size)
        private
        pure
        returns (bytes32[] memory taken)
    {
        taken = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            taken[i] = leaves[start + i];
        }
    }
}
