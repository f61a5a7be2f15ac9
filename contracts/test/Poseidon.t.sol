// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";
import {Settlement} from "../src/Settlement.sol";
import {Test} from "./Test.sol";

contract PoseidonTest is Test {
    uint256 private constant P =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// The most that one call may cost.
    uint256 private constant GAS_LIMIT = 15_000;

    function test_published_vector() public pure {
        uint256 expected = 7853200120776062878684798364095072458815029376092732009249414926327459813530;
        assertEq(Poseidon.P2(1, 2), expected, "P2(1, 2)");
    }

    function test_empty_tree_has_the_root_of_the_contract() public {
        uint256 node = Poseidon.P2(0, 0);
        for (uint256 level = 0; level < 32; ++level) {
            node = Poseidon.P2(node, node);
        }
        assertEq(node, new Settlement().EMPTY_ROOT(), "root");
    }

    function testFuzz_inputs_count_modulo_the_order(uint256 l, uint256 r) public pure {
        assertEq(Poseidon.P2(l, r), Poseidon.P2(l % P, r % P), "reduced");
    }

    function testFuzz_results_are_below_the_order(uint256 l, uint256 r) public pure {
        assertTrue(Poseidon.P2(l, r) < P, "result");
    }

    function test_extreme_inputs_count_modulo_the_order() public pure {
        uint256[5] memory inputs = [uint256(0), P - 1, P, P + 1, type(uint256).max];
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 j = 0; j < 5; ++j) {
                (uint256 l, uint256 r) = (inputs[i], inputs[j]);
                assertEq(Poseidon.P2(l, r), Poseidon.P2(l % P, r % P), "reduced");
            }
        }
    }

    function test_call_stays_below_the_gas_limit() public {
        uint256 before = gasleft();
        Poseidon.P2(1, 2);
        uint256 gas = before - gasleft();
        emit log_named_uint("P2 gas", gas);
        assertTrue(gas < GAS_LIMIT, "too much gas");
    }
}
