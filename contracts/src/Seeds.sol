// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";

/// @notice Folds of batch seeds with P2.
library Seeds {
    /// @notice Returns the seeds hash after some more batches: `F_{n+1} = P2(F_n, seed_n)`.
    function fold(uint256 seedsHash, uint256[] calldata seeds) internal pure returns (uint256) {
        for (uint256 i = 0; i < seeds.length; ++i) {
            seedsHash = Poseidon.P2(seedsHash, seeds[i]);
        }
        return seedsHash;
    }

    /// @notice Returns what the statement of a range has as its seed: the first batch's seed,
    /// folded with those after it. Of one batch it is the seed itself. There is at least one.
    function foldRange(uint256[] calldata seeds) internal pure returns (uint256) {
        return fold(seeds[0], seeds[1:]);
    }
}
