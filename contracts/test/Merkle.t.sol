// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Merkle, MerklePath} from "../src/Merkle.sol";
import {KeccakTree} from "./KeccakTree.sol";
import {MountainRange} from "./MountainRange.sol";
import {Test} from "./Test.sol";

/// @notice The root over addresses, callable with addresses in calldata.
contract MerkleHarness {
    function rootOfAddresses(address[] calldata addresses) external pure returns (bytes32) {
        return Merkle.rootOfAddresses(addresses);
    }
}

/// @notice The vectors are those of the tests of `binary-merkle-tree` and `pallet-mmr`.
contract MerkleTest is Test {
    MerkleHarness private _harness = new MerkleHarness();

    function test_no_addresses_have_the_zero_root() public view {
        assertEq(_harness.rootOfAddresses(new address[](0)), bytes32(0), "root");
    }

    function test_one_address_is_the_published_root() public view {
        address[] memory addresses = new address[](1);
        addresses[0] = 0xE04CC55ebEE1cBCE552f250e85c57B70B2E2625b;
        bytes32 expected = 0xaeb47a269393297f4b0a3c9c9cfd00c7a4195255274cf39d83dabc2fcc9ff3d7;
        assertEq(_harness.rootOfAddresses(addresses), expected, "root");
    }

    function test_two_addresses_have_the_published_root() public view {
        address[] memory addresses = new address[](2);
        addresses[0] = 0xE04CC55ebEE1cBCE552f250e85c57B70B2E2625b;
        addresses[1] = 0x25451A4de12dcCc2D166922fA938E900fCc4ED24;
        bytes32 expected = 0x697ea2a8fe5b03468548a7a413424a6292ab44a82a6f5cc594c3fa7dda7ce402;
        assertEq(_harness.rootOfAddresses(addresses), expected, "root");
    }

    function test_test_trees_have_the_published_roots() public pure {
        bytes32 three = 0xaff1208e69c9e8be9b584b07ebac4e48a1ee9d15ce3afe20b77a4d29e4175aa3;
        assertEq(KeccakTree.rootOf(letters(3)), three, "a to c");
        bytes32 ten = 0xfb3b3be94be9e983ba5e094c9c51a7d96a4fa2e5d8e891df00ca89ba05bb1239;
        assertEq(KeccakTree.rootOf(letters(10)), ten, "a to j");
    }

    function test_addresses_form_the_test_tree() public view {
        for (uint256 count = 1; count <= 33; ++count) {
            address[] memory addresses = new address[](count);
            bytes32[] memory leaves = new bytes32[](count);
            for (uint256 i = 0; i < count; ++i) {
                addresses[i] = address(uint160(uint256(keccak256(abi.encode(i)))));
                leaves[i] = keccak256(abi.encodePacked(addresses[i]));
            }
            assertEq(_harness.rootOfAddresses(addresses), KeccakTree.rootOf(leaves), "root");
        }
    }

    function test_mountain_range_is_bagged_as_the_pallet_bags_it() public pure {
        bytes32[] memory peaks = new bytes32[](3);
        peaks[0] = 0xae88a0825da50e953e7a359c55fe13c8015e48d03d301b8bdfc9193874da9252;
        peaks[1] = 0x7e4316ae2ebf7c3b6821cb3a46ca8b7a4f9351a9b40fcf014bb0a4fd8e8f29da;
        peaks[2] = 0x611c2174c6164952a66d985cfe1ec1a623794393e3acff96b136d198f37a648c;
        bytes32 expected = 0xe45e25259f7930626431347fa4dd9aae7ac83b4966126d425ca70ab343709d2c;
        assertEq(MountainRange.bag(peaks, 0), expected, "root");
    }

    function test_path_of_the_pallet_leads_to_its_root() public pure {
        MerklePath memory path;
        path.siblings = new bytes32[](3);
        path.siblings[0] = 0xad4cbc033833612ccd4626d5f023b9dfc50a35e838514dd1f3c86f8506728705;
        path.siblings[1] = 0xcb24f4614ad5b2a5430344c99545b421d9af83c46fd632d70a332200884b4d46;
        path.siblings[2] = 0xdca421199bdcc55bb773c6b6967e8d16675de69062b52285ca63685241fdf626;
        path.order = 4;
        bytes32 leaf = 0x4320435e8c3318562dba60116bdbcc0b82ffcecb9bb39aae3300cfda3ad0b8b0;
        bytes32 expected = 0xe45e25259f7930626431347fa4dd9aae7ac83b4966126d425ca70ab343709d2c;
        assertEq(Merkle.rootOf(leaf, path), expected, "root");
    }

    function test_every_path_leads_to_the_root() public pure {
        for (uint256 count = 1; count <= 20; ++count) {
            bytes32[] memory leaves = letters(count);
            bytes32 tree = KeccakTree.rootOf(leaves);
            bytes32 range = MountainRange.rootOf(leaves);
            for (uint256 i = 0; i < count; ++i) {
                assertEq(Merkle.rootOf(leaves[i], KeccakTree.pathOf(leaves, i)), tree, "tree");
                assertEq(Merkle.rootOf(leaves[i], MountainRange.pathOf(leaves, i)), range, "range");
            }
        }
    }

    function testFuzz_other_leaf_or_order_leads_elsewhere(bytes32 leaf, uint8 index, uint8 bit) public pure {
        bytes32[] memory leaves = letters(20);
        MerklePath memory path = MountainRange.pathOf(leaves, index % 20);
        bytes32 root = MountainRange.rootOf(leaves);
        if (leaf != leaves[index % 20]) assertTrue(Merkle.rootOf(leaf, path) != root, "leaf");
        path.order ^= 1 << bit % path.siblings.length;
        assertTrue(Merkle.rootOf(leaves[index % 20], path) != root, "order");
    }

    function letters(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(abi.encodePacked(bytes1(uint8(0x61 + i))));
        }
    }
}
