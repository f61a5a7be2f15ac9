// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";
import {Seeds} from "../src/Seeds.sol";
import {Test} from "./Test.sol";

/// @notice The folds, callable with seeds in calldata.
contract SeedsHarness {
    function fold(uint256 seedsHash, uint256[] calldata seeds) external pure returns (uint256) {
        return Seeds.fold(seedsHash, seeds);
    }

    function foldRange(uint256[] calldata seeds) external pure returns (uint256) {
        return Seeds.foldRange(seeds);
    }
}

contract SeedsTest is Test {
    SeedsHarness private _harness = new SeedsHarness();

    function test_no_seed_changes_nothing() public view {
        assertEq(_harness.fold(5, new uint256[](0)), 5, "fold");
    }

    function test_fold_starts_from_the_seeds_before() public view {
        uint256 expected = Poseidon.P2(Poseidon.P2(Poseidon.P2(5, 7), 8), 9);
        assertEq(_harness.fold(5, three()), expected, "fold");
    }

    function test_range_of_one_batch_has_its_seed() public view {
        uint256[] memory seeds = new uint256[](1);
        seeds[0] = 7;
        assertEq(_harness.foldRange(seeds), 7, "range");
    }

    function test_range_of_several_batches_folds_from_the_first() public view {
        assertEq(_harness.foldRange(three()), Poseidon.P2(Poseidon.P2(7, 8), 9), "range");
    }

    function testFuzz_folds_follow_each_other(uint256 seedsHash, uint256 seed, uint256 other) public view {
        uint256[] memory seeds = new uint256[](2);
        (seeds[0], seeds[1]) = (seed, other);
        uint256 expected = Poseidon.P2(Poseidon.P2(seedsHash, seed), other);
        assertEq(_harness.fold(seedsHash, seeds), expected, "fold");
    }

    function three() private pure returns (uint256[] memory seeds) {
        seeds = new uint256[](3);
        (seeds[0], seeds[1], seeds[2]) = (7, 8, 9);
    }
}
