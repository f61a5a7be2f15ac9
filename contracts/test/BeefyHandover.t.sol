// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyOrder} from "../src/BeefyOrder.sol";
import {BeefyScale} from "../src/BeefyScale.sol";
import {AuthoritySet, Commitment, MmrLeaf, Signature} from "../src/BeefyTypes.sol";
import {IBeefyOrder} from "../src/IBeefyOrder.sol";
import {MerklePath} from "../src/Merkle.sol";
import {MountainRange} from "./MountainRange.sol";
import {Validators} from "./Validators.sol";

/// @notice Changes of the set. The client knows the sets 5 and 6, of 4 and 7 validators; the leaf
/// names set 7, of 10.
contract BeefyHandoverTest is Validators {
    uint64 private constant CURRENT = 5;
    uint64 private constant NEXT = 6;
    /// Five of seven are more than two thirds.
    uint256 private constant ENOUGH = 5;
    /// Where the leaf is among the eleven of the mountain range.
    uint256 private constant PLACE = 9;

    event CommitmentAccepted(
        uint64 indexed validatorSetId, uint32 indexed blockNumber, bytes32 mmrRoot, uint256 rootSlot
    );
    event SetChanged(
        uint64 indexed currentSetId, uint64 indexed nextSetId, uint32 nextSetLength, bytes32 nextSetRoot
    );

    BeefyOrder private _order;
    MmrLeaf private _leaf;
    MerklePath private _path;
    Commitment private _commitment;
    uint256 private _signers = firstSigners(ENOUGH);

    function setUp() public {
        _order = new BeefyOrder(setOf(CURRENT, 4), setOf(NEXT, 7));
        AuthoritySet memory after_ = setOf(NEXT + 1, 10);
        grow(MmrLeaf(0, 99, keccak256("parent"), after_.id, after_.length, after_.root, 0));
    }

    function test_next_set_becomes_current() public {
        AuthoritySet memory after_ = setOf(NEXT + 1, 10);
        VM.expectEmit();
        emit CommitmentAccepted(NEXT, 100, _commitment.mmrRoot, 1);
        VM.expectEmit();
        emit SetChanged(NEXT, NEXT + 1, 10, after_.root);
        handOver(sign(_commitment, _signers));
        (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot) = _order.state();
        assertEq(blockNumber, 100, "block");
        assertEq(currentSetId, NEXT, "current set");
        assertEq(nextSetId, NEXT + 1, "next set");
        assertEq(_order.mmrRoot(rootSlot), _commitment.mmrRoot, "root");
        (AuthoritySet memory current, AuthoritySet memory next) = _order.authoritySets();
        assertEq(keccak256(abi.encode(current)), keccak256(abi.encode(setOf(NEXT, 7))), "current");
        assertEq(keccak256(abi.encode(next)), keccak256(abi.encode(after_)), "next");
    }

    function test_set_before_cannot_sign_any_more() public {
        handOver(sign(_commitment, _signers));
        Commitment memory late = Commitment(keccak256("late"), 101, CURRENT);
        Signature[] memory signatures = sign(late, 15);
        address[] memory validators = addressesOf(CURRENT, 4);
        bytes memory reason = abi.encodeWithSelector(IBeefyOrder.OldSet.selector, NEXT, CURRENT);
        VM.expectRevert(reason);
        _order.submit(late, validators, 15, signatures);
        VM.expectRevert(reason);
        _order.submitHandover(late, validators, 15, signatures, _leaf, _path);
    }

    function test_new_set_signs_and_hands_over_in_turn() public {
        handOver(sign(_commitment, _signers));
        Commitment memory later = Commitment(keccak256("later"), 101, NEXT);
        _order.submit(later, addressesOf(NEXT, 7), _signers, sign(later, _signers));

        AuthoritySet memory third = setOf(NEXT + 2, 1);
        grow(MmrLeaf(0, 199, 0, third.id, third.length, third.root, 0));
        _commitment.blockNumber = 200;
        _commitment.validatorSetId = NEXT + 1;
        uint256 seven = firstSigners(7);
        Signature[] memory signatures = sign(_commitment, seven);
        _order.submitHandover(_commitment, addressesOf(NEXT + 1, 10), seven, signatures, _leaf, _path);
        (, uint64 currentSetId, uint64 nextSetId,) = _order.state();
        assertEq(currentSetId, NEXT + 1, "current set");
        assertEq(nextSetId, NEXT + 2, "next set");
    }

    function test_second_handover_is_stale() public {
        handOver(sign(_commitment, _signers));
        refused(abi.encodeWithSelector(IBeefyOrder.StaleBlock.selector, 100, 100));
    }

    function test_current_set_cannot_hand_over() public {
        _commitment.validatorSetId = CURRENT;
        refused(abi.encodeWithSelector(IBeefyOrder.NoHandover.selector, CURRENT));
    }

    function test_set_after_the_next_is_unknown() public {
        _commitment.validatorSetId = NEXT + 1;
        refused(abi.encodeWithSelector(IBeefyOrder.UnknownSet.selector, NEXT, NEXT + 1));
    }

    function test_current_set_cannot_sign_for_the_next() public {
        address signer = VM.addr(keyOf(CURRENT, 0));
        refused(
            signAs(CURRENT, _commitment, _signers),
            abi.encodeWithSelector(IBeefyOrder.WrongSigner.selector, 0, VM.addr(keyOf(NEXT, 0)), signer)
        );
    }

    function test_more_than_two_thirds_of_the_next_set_sign() public {
        _signers = firstSigners(ENOUGH - 1);
        refused(abi.encodeWithSelector(IBeefyOrder.TooFewSigners.selector, ENOUGH, ENOUGH - 1));
    }

    function test_list_is_that_of_the_next_set() public {
        Signature[] memory signatures = sign(_commitment, _signers);
        bytes32 expected = setOf(NEXT, 7).root;
        address[] memory validators = addressesOf(CURRENT, 7);
        VM.expectRevert(
            abi.encodeWithSelector(IBeefyOrder.ValidatorsMismatch.selector, expected, setOf(CURRENT, 7).root)
        );
        _order.submitHandover(_commitment, validators, _signers, signatures, _leaf, _path);
    }

    function testFuzz_every_word_of_the_leaf_counts(uint256 field, bytes32 value) public {
        field = field % 6 + 1;
        bytes memory words = abi.encode(_leaf);
        uint256[7] memory bits = [uint256(8), 32, 256, 64, 32, 256, 256];
        value >>= 256 - bits[field];
        bytes32 got;
        assembly ("memory-safe") {
            let place := add(add(words, 32), mul(32, field))
            got := mload(place)
            mstore(place, value)
        }
        if (got == value) return;
        _leaf = abi.decode(words, (MmrLeaf));
        Signature[] memory signatures = sign(_commitment, _signers);
        (bool accepted, bytes memory reason) = address(_order).call(handOverCall(signatures));
        assertTrue(!accepted, "accepted");
        assertTrue(bytes4(reason) == IBeefyOrder.RootMismatch.selector, "reason");
    }

    function test_wrong_path_is_refused() public {
        bytes32 root = _commitment.mmrRoot;
        _path.siblings[2] ^= bytes32(uint256(1));
        (bool accepted, bytes memory reason) = address(_order).call(handOverCall(sign(_commitment, _signers)));
        assertTrue(!accepted, "accepted");
        assertTrue(bytes4(reason) == IBeefyOrder.RootMismatch.selector, "reason");
        _path.siblings = new bytes32[](0);
        refused(abi.encodeWithSelector(IBeefyOrder.RootMismatch.selector, root, BeefyScale.hashLeaf(_leaf)));
    }

    function test_leaf_of_another_major_version_is_refused() public {
        for (uint256 major = 1; major < 8; ++major) {
            _leaf.version = uint8(major << 5 | 3);
            grow(_leaf);
            refused(abi.encodeWithSelector(IBeefyOrder.UnsupportedLeafVersion.selector, _leaf.version));
        }
        _leaf.version = 31;
        grow(_leaf);
        handOver(sign(_commitment, _signers));
    }

    function test_leaf_of_another_session_is_refused() public {
        uint64[3] memory ids = [NEXT, NEXT + 2, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            _leaf.nextSetId = ids[i];
            grow(_leaf);
            refused(abi.encodeWithSelector(IBeefyOrder.NextSetIdMismatch.selector, NEXT + 1, ids[i]));
        }
    }

    function test_empty_set_is_refused() public {
        _leaf.nextSetLength = 0;
        grow(_leaf);
        refused(abi.encodeWithSelector(IBeefyOrder.EmptySet.selector, NEXT + 1));
    }

    function test_set_that_is_too_large_is_refused() public {
        uint32[2] memory lengths = [33, type(uint32).max];
        for (uint256 i = 0; i < 2; ++i) {
            _leaf.nextSetLength = lengths[i];
            grow(_leaf);
            refused(abi.encodeWithSelector(IBeefyOrder.SetTooLarge.selector, NEXT + 1, 32, lengths[i]));
        }
        _leaf.nextSetLength = 32;
        grow(_leaf);
        handOver(sign(_commitment, _signers));
    }

    /// @dev Makes a mountain range of eleven leaves with this one in it, and a commitment to its
    /// root.
    function grow(MmrLeaf memory leaf) private {
        bytes32[] memory leaves = new bytes32[](11);
        for (uint256 i = 0; i < 11; ++i) {
            leaves[i] = keccak256(abi.encode("leaf", i));
        }
        leaves[PLACE] = BeefyScale.hashLeaf(leaf);
        _leaf = leaf;
        MerklePath memory path = MountainRange.pathOf(leaves, PLACE);
        _path.siblings = path.siblings;
        _path.order = path.order;
        _commitment = Commitment(MountainRange.rootOf(leaves), 100, NEXT);
    }

    function handOverCall(Signature[] memory signatures) private view returns (bytes memory) {
        address[] memory validators = addressesOf(NEXT, 7);
        return
            abi.encodeCall(
                _order.submitHandover, (_commitment, validators, _signers, signatures, _leaf, _path)
            );
    }

    function handOver(Signature[] memory signatures) private {
        _order.submitHandover(_commitment, addressesOf(NEXT, 7), _signers, signatures, _leaf, _path);
    }

    /// @dev Expects that the handover, signed by whom it names, is refused.
    function refused(bytes memory reason) private {
        refused(sign(_commitment, _signers), reason);
    }

    /// @dev Expects a refusal that changes nothing.
    function refused(Signature[] memory signatures, bytes memory reason) private {
        bytes32 before = snapshot();
        address[] memory validators = addressesOf(NEXT, 7);
        VM.expectRevert(reason);
        _order.submitHandover(_commitment, validators, _signers, signatures, _leaf, _path);
        assertEq(snapshot(), before, "the refusal changed something");
    }

    function snapshot() private view returns (bytes32) {
        (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot) = _order.state();
        (AuthoritySet memory current, AuthoritySet memory next) = _order.authoritySets();
        bytes32 root = _order.mmrRoot(rootSlot);
        return keccak256(abi.encode(blockNumber, currentSetId, nextSetId, rootSlot, current, next, root));
    }
}
