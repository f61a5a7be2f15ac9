// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyOrder} from "../src/BeefyOrder.sol";
import {BeefyScale} from "../src/BeefyScale.sol";
import {AuthoritySet, Commitment, MmrLeaf, OrderEvidence} from "../src/BeefyTypes.sol";
import {KeccakTree} from "./KeccakTree.sol";
import {MountainRange} from "./MountainRange.sol";
import {Validators} from "./Validators.sol";

/// @notice An appchain whose validators follow the rules: it moves order heads, grows its
/// mountain range, and its validators' commitments are relayed to a `BeefyOrder`.
abstract contract Appchain is Validators {
    /// @dev Validators of each set; three of them are more than two thirds.
    uint32 internal constant SET_LENGTH = 4;
    uint256 internal constant THREE_OF_FOUR = 7;

    BeefyOrder internal order;
    /// @dev The session, which is the number of the current set.
    uint64 internal session;
    MmrLeaf[] private _leaves;
    bytes32[] private _hashes;

    /// @dev Starts the chain with a few blocks that move no heads.
    function startAppchain() internal {
        order = new BeefyOrder(setOf(0, SET_LENGTH), setOf(1, SET_LENGTH));
        addBlocks(2);
    }

    function addBlocks(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            addBlock(0);
        }
    }

    /// @dev Adds a block whose parent moved heads with this root.
    function addBlock(bytes32 orderRoot) internal {
        uint32 number = uint32(_leaves.length);
        AuthoritySet memory next = setOf(session + 1, SET_LENGTH);
        MmrLeaf memory leaf = MmrLeaf({
            version: 0,
            parentNumber: number,
            parentHash: keccak256(abi.encode("block", number)),
            nextSetId: next.id,
            nextSetLength: next.length,
            nextSetRoot: next.root,
            orderRoot: orderRoot
        });
        _leaves.push(leaf);
        _hashes.push(BeefyScale.hashLeaf(leaf));
    }

    /// @dev Returns what validators sign now.
    function commitment() internal view returns (Commitment memory) {
        return Commitment(MountainRange.rootOf(_hashes), uint32(_hashes.length), session);
    }

    /// @dev Moves heads in one block, adds two more, and has the last one signed and submitted.
    /// Returns the evidence for one of the heads.
    function finalize(bytes32[] memory heads, uint256 index) internal returns (OrderEvidence memory) {
        addBlock(KeccakTree.rootOf(heads));
        addBlocks(2);
        submitCommitment();
        return evidenceOf(heads, index, _hashes.length - 3);
    }

    /// @dev Moves a head between two of other apps and finalizes it.
    function finalize(bytes32 head) internal returns (OrderEvidence memory) {
        return finalize(amongOthers(head), 1);
    }

    function amongOthers(bytes32 head) internal pure returns (bytes32[] memory heads) {
        heads = new bytes32[](3);
        heads[0] = keccak256("a head of another app");
        heads[1] = head;
        heads[2] = keccak256("a head of a third app");
    }

    /// @dev Returns evidence against the newest root.
    function evidenceOf(bytes32[] memory heads, uint256 index, uint256 leaf)
        internal
        view
        returns (OrderEvidence memory)
    {
        (,,, uint256 rootSlot) = order.state();
        return OrderEvidence({
            rootSlot: rootSlot,
            headPath: KeccakTree.pathOf(heads, index),
            leaf: _leaves[leaf],
            leafPath: MountainRange.pathOf(_hashes, leaf)
        });
    }

    function submitCommitment() internal {
        Commitment memory signed = commitment();
        order.submit(signed, addressesOf(session, SET_LENGTH), THREE_OF_FOUR, sign(signed, THREE_OF_FOUR));
    }

    /// @dev Starts the next session and hands over to its validators.
    function handOver() internal {
        ++session;
        addBlock(0);
        Commitment memory signed = commitment();
        uint256 last = _leaves.length - 1;
        order.submitHandover(
            signed,
            addressesOf(session, SET_LENGTH),
            THREE_OF_FOUR,
            sign(signed, THREE_OF_FOUR),
            _leaves[last],
            MountainRange.pathOf(_hashes, last)
        );
    }
}
