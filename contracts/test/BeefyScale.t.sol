// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyScale} from "../src/BeefyScale.sol";
import {Commitment, MmrLeaf} from "../src/BeefyTypes.sol";
import {Test} from "./Test.sol";

contract BeefyScaleTest is Test {
    bytes32 private constant ROOT = 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;

    function test_commitment_is_hashed_over_its_48_bytes() public pure {
        bytes memory encoded = hex"046d6880" hex"000102030405060708090a0b0c0d0e0f"
            hex"101112131415161718191a1b1c1d1e1f" hex"78563412" hex"efcdab8967452301";
        assertEq(encoded.length, 48, "length");
        Commitment memory commitment = Commitment(ROOT, 0x12345678, 0x0123456789abcdef);
        assertEq(BeefyScale.hashCommitment(commitment), keccak256(encoded), "hash");
    }

    function test_leaf_is_hashed_over_its_113_bytes() public pure {
        bytes32 parent = keccak256("parent");
        bytes32 orders = keccak256("orders");
        bytes memory encoded =
            bytes.concat(hex"1f" hex"78563412", parent, hex"efcdab8967452301" hex"20000000", ROOT, orders);
        assertEq(encoded.length, 113, "length");
        MmrLeaf memory leaf = MmrLeaf(0x1f, 0x12345678, parent, 0x0123456789abcdef, 0x20, ROOT, orders);
        assertEq(BeefyScale.hashLeaf(leaf), keccak256(encoded), "hash");
    }

    function testFuzz_numbers_are_little_endian(uint64 number) public pure {
        bytes8 eight = BeefyScale.littleEndian64(number);
        bytes4 four = BeefyScale.littleEndian32(uint32(number));
        for (uint256 i = 0; i < 8; ++i) {
            assertEq(uint8(eight[i]), uint8(number >> 8 * i), "64 bits");
            if (i < 4) assertEq(uint8(four[i]), uint8(number >> 8 * i), "32 bits");
        }
    }
}
