// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyScale} from "../src/BeefyScale.sol";
import {OrderEvidence} from "../src/BeefyTypes.sol";
import {IBeefyOrder} from "../src/IBeefyOrder.sol";
import {Merkle} from "../src/Merkle.sol";
import {Appchain} from "./Appchain.sol";
import {KeccakTree} from "./KeccakTree.sol";

/// @notice Evidence that a head is final.
contract BeefyEvidenceTest is Appchain {
    bytes32 private constant HEAD = keccak256("head");

    function setUp() public {
        startAppchain();
    }

    function test_finalized_head_is_accepted() public {
        OrderEvidence memory evidence = finalize(HEAD);
        assertTrue(evidence.headPath.order != 0, "no sibling of the head is on the left");
        assertTrue(evidence.leafPath.order != 0, "no sibling of the leaf is on the left");
        uint256 all = (1 << evidence.leafPath.siblings.length) - 1;
        assertTrue(evidence.leafPath.order != all, "no sibling of the leaf is on the right");
        order.checkOrder(HEAD, abi.encode(evidence));
    }

    function test_every_head_of_every_block_is_accepted() public {
        for (uint256 count = 1; count <= 5; ++count) {
            bytes32[] memory heads = new bytes32[](count);
            for (uint256 i = 0; i < count; ++i) {
                heads[i] = keccak256(abi.encode("head", count, i));
            }
            OrderEvidence memory evidence = finalize(heads, 0);
            for (uint256 i = 0; i < count; ++i) {
                evidence.headPath = KeccakTree.pathOf(heads, i);
                order.checkOrder(heads[i], abi.encode(evidence));
            }
        }
    }

    function test_head_stays_final_in_later_sessions() public {
        finalize(HEAD);
        handOver();
        order.checkOrder(HEAD, abi.encode(evidenceOf(amongOthers(HEAD), 1, 2)));
        addBlocks(5);
        submitCommitment();
        order.checkOrder(HEAD, abi.encode(evidenceOf(amongOthers(HEAD), 1, 2)));
    }

    function test_evidence_holds_until_its_root_is_overwritten() public {
        OrderEvidence memory evidence = finalize(HEAD);
        bytes32 root = order.mmrRoot(evidence.rootSlot);
        for (uint256 i = 1; i < order.KEPT_ROOTS(); ++i) {
            addBlock(0);
            submitCommitment();
        }
        order.checkOrder(HEAD, abi.encode(evidence));
        addBlock(0);
        submitCommitment();
        bytes32 expected = order.mmrRoot(evidence.rootSlot);
        refused(HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.RootMismatch.selector, expected, root));
    }

    function test_nothing_is_final_before_the_first_commitment() public {
        addBlock(KeccakTree.rootOf(amongOthers(HEAD)));
        OrderEvidence memory evidence = evidenceOf(amongOthers(HEAD), 1, 2);
        refused(HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.UnknownRootSlot.selector, 0));
    }

    function test_slot_without_a_root_is_refused() public {
        OrderEvidence memory evidence = finalize(HEAD);
        uint256[4] memory slots = [uint256(0), 2, 32, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            evidence.rootSlot = slots[i];
            refused(HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.UnknownRootSlot.selector, slots[i]));
        }
    }

    function test_root_of_another_slot_is_refused() public {
        OrderEvidence memory evidence = finalize(HEAD);
        bytes32 root = order.mmrRoot(evidence.rootSlot);
        addBlock(0);
        submitCommitment();
        evidence.rootSlot = 2;
        bytes32 other = order.mmrRoot(2);
        refused(HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.RootMismatch.selector, other, root));
    }

    function test_other_head_is_refused() public {
        OrderEvidence memory evidence = finalize(HEAD);
        bytes32 other = keccak256("invented");
        bytes32 got = Merkle.rootOf(other, evidence.headPath);
        refused(
            other,
            evidence,
            abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, evidence.leaf.orderRoot, got)
        );
    }

    function test_invented_order_root_is_refused() public {
        OrderEvidence memory evidence = finalize(HEAD);
        bytes32 root = order.mmrRoot(evidence.rootSlot);
        bytes32 other = keccak256("invented");
        evidence.headPath = KeccakTree.pathOf(amongOthers(other), 1);
        evidence.leaf.orderRoot = KeccakTree.rootOf(amongOthers(other));
        bytes32 got = Merkle.rootOf(BeefyScale.hashLeaf(evidence.leaf), evidence.leafPath);
        refused(other, evidence, abi.encodeWithSelector(IBeefyOrder.RootMismatch.selector, root, got));
    }

    function test_block_without_heads_finalizes_none() public {
        finalize(HEAD);
        OrderEvidence memory evidence = evidenceOf(new bytes32[](0), 0, 3);
        assertEq(evidence.leaf.orderRoot, bytes32(0), "order root");
        refused(
            HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, bytes32(0), HEAD)
        );
    }

    function test_leaf_of_another_major_version_is_refused() public {
        OrderEvidence memory evidence = finalize(HEAD);
        evidence.leaf.version = 32;
        refused(HEAD, evidence, abi.encodeWithSelector(IBeefyOrder.UnsupportedLeafVersion.selector, 32));
    }

    function testFuzz_changed_path_is_refused(uint256 place, bytes32 sibling) public {
        OrderEvidence memory evidence = finalize(HEAD);
        uint256 inHeadPath = evidence.headPath.siblings.length;
        place %= inHeadPath + evidence.leafPath.siblings.length;
        bytes32[] memory siblings = evidence.leafPath.siblings;
        bytes4 reason = IBeefyOrder.RootMismatch.selector;
        if (place < inHeadPath) {
            (siblings, reason) = (evidence.headPath.siblings, IBeefyOrder.OrderRootMismatch.selector);
        } else {
            place -= inHeadPath;
        }
        if (siblings[place] == sibling) return;
        siblings[place] = sibling;
        refused(abi.encode(evidence), reason);
    }

    function testFuzz_changed_order_is_refused(uint8 bit) public {
        OrderEvidence memory evidence = finalize(HEAD);
        uint256 inHeadPath = evidence.headPath.siblings.length;
        uint256 place = bit % (inHeadPath + evidence.leafPath.siblings.length);
        if (place < inHeadPath) evidence.headPath.order ^= 1 << place;
        else evidence.leafPath.order ^= 1 << place - inHeadPath;
        bool head = place < inHeadPath;
        bytes4 orders = IBeefyOrder.OrderRootMismatch.selector;
        refused(abi.encode(evidence), head ? orders : IBeefyOrder.RootMismatch.selector);
    }

    function test_truncated_evidence_reverts_without_data() public {
        bytes memory encoded = abi.encode(finalize(HEAD));
        for (uint256 length = 0; length < encoded.length; length += 16) {
            bytes memory part = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                part[i] = encoded[i];
            }
            (bool accepted, bytes memory reason) =
                address(order).staticcall(abi.encodeCall(order.checkOrder, (HEAD, part)));
            assertTrue(!accepted && reason.length == 0, "truncated evidence");
        }
    }

    function testFuzz_arbitrary_evidence_is_refused(bytes memory encoded) public {
        finalize(HEAD);
        (bool accepted,) = address(order).staticcall(abi.encodeCall(order.checkOrder, (HEAD, encoded)));
        assertTrue(!accepted, "accepted");
    }

    /// Lengths and offsets that point elsewhere do not decode, whatever they are.
    function testFuzz_overwritten_word_never_finalizes_another_head(uint256 place, bytes32 value) public {
        bytes memory encoded = abi.encode(finalize(HEAD));
        place = place % (encoded.length / 32) * 32 + 32;
        assembly ("memory-safe") {
            mstore(add(encoded, place), value)
        }
        bytes32 other = keccak256("invented");
        (bool accepted,) = address(order).staticcall(abi.encodeCall(order.checkOrder, (other, encoded)));
        assertTrue(!accepted, "accepted");
    }

    function refused(bytes32 head, OrderEvidence memory evidence, bytes memory reason) private {
        VM.expectRevert(reason);
        order.checkOrder(head, abi.encode(evidence));
    }

    /// @dev Expects that evidence for the finalized head is refused with an error of this kind.
    function refused(bytes memory evidence, bytes4 kind) private view {
        (bool accepted, bytes memory reason) =
            address(order).staticcall(abi.encodeCall(order.checkOrder, (HEAD, evidence)));
        assertTrue(!accepted, "accepted");
        assertTrue(bytes4(reason) == kind, "reason");
    }
}
