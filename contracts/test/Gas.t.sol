// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyOrder} from "../src/BeefyOrder.sol";
import {BeefyScale} from "../src/BeefyScale.sol";
import {AuthoritySet, Commitment, MmrLeaf, OrderEvidence} from "../src/BeefyTypes.sol";
import {Merkle, MerklePath} from "../src/Merkle.sol";
import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {Fixture} from "./Fixture.sol";

/// @notice What the calls of a relayer cost: execution, calldata and the transaction itself, at
/// today's prices. Each is a transaction of its own here, so accounts and slots are cold. `forge
/// test --match-contract Gas -vv` prints the figures.
/// forge-config: default.isolate = true
/// forge-config: default.evm_version = "osaka"
contract GasTest is Fixture {
    /// A chain with 16 million blocks, that moves up to 16 heads in one.
    uint256 private constant BLOCKS_DEPTH = 24;
    uint256 private constant HEADS_DEPTH = 4;

    uint32 private constant VALIDATORS = 16;
    /// Eleven of sixteen are more than two thirds.
    uint256 private constant SIGNERS = (1 << 11) - 1;

    /// What `settle` costs by the same measure with neither evidence, seeds nor configuration.
    uint256 private constant BARE_SETTLE = 491_761;
    /// The most that these three may add.
    uint256 private constant ADDED_LIMIT = 70_000;
    uint256 private constant SUBMIT_LIMIT = 150_000;
    uint256 private constant HANDOVER_LIMIT = 200_000;

    function setUp() public override {
        super.setUp();
        order = new BeefyOrder(setOf(0, VALIDATORS), setOf(1, VALIDATORS));
        config.order = order;
        register();
    }

    function test_submit() public {
        emit log_named_uint("submit, 11 of 16, an empty slot", submit(keccak256("1"), 1));
        fillSlots(2);
        emit log_named_uint("submit, 11 of 16, a used slot", submit(keccak256("33"), 33));
    }

    function test_submit_handover() public {
        emit log_named_uint("submitHandover, 11 of 16, an empty slot", submitHandover());
    }

    function test_submit_handover_into_a_used_slot() public {
        fillSlots(1);
        emit log_named_uint("submitHandover, 11 of 16, a used slot", submitHandover());
    }

    function test_settle() public {
        bytes memory evidence = deepEvidence(hashOrderHead(firstHead()));
        uint256 gas = costOf(
            address(settlement),
            abi.encodeCall(settlement.settle, (config, first, seedsOf(first), firstProof, evidence))
        );
        emit log_named_uint("settle", gas);
        emit log_named_uint("of which for evidence, seeds and configuration", gas - BARE_SETTLE);
        assertTrue(gas < BARE_SETTLE + ADDED_LIMIT, "too much gas");
    }

    function test_skip_voided() public {
        OrderHead memory head = firstHead();
        head.programId = 0;
        bytes memory evidence = deepEvidence(hashOrderHead(head));
        (uint256 inboxHash, uint256 seed) = (first.inboxHashPost, first.vrfSeed);
        uint256 gas = costOf(
            address(settlement), abi.encodeCall(settlement.skipVoided, (config, inboxHash, seed, evidence))
        );
        emit log_named_uint("skipVoided", gas);
    }

    function test_register() public {
        config.upgrader = address(0);
        uint256 gas = costOf(address(settlement), abi.encodeCall(settlement.register, (config)));
        emit log_named_uint("register", gas);
    }

    /// @dev Fills the slots of the blocks from `from` to 32.
    function fillSlots(uint32 from) private {
        for (uint32 blockNumber = from; blockNumber <= 32; ++blockNumber) {
            submit(keccak256(abi.encode(blockNumber)), blockNumber);
        }
    }

    function submitHandover() private returns (uint256 gas) {
        AuthoritySet memory next = setOf(2, VALIDATORS);
        MmrLeaf memory leaf = MmrLeaf(0, 98, keccak256("98"), next.id, next.length, next.root, 0);
        MerklePath memory path = pathOfDepth(BLOCKS_DEPTH);
        Commitment memory signed = Commitment(Merkle.rootOf(BeefyScale.hashLeaf(leaf), path), 99, 1);
        address[] memory validators = addressesOf(1, VALIDATORS);
        gas = costOf(
            address(order),
            abi.encodeCall(
                order.submitHandover, (signed, validators, SIGNERS, sign(signed, SIGNERS), leaf, path)
            )
        );
        assertTrue(gas < HANDOVER_LIMIT, "too much gas");
    }

    function submit(bytes32 root, uint32 blockNumber) private returns (uint256 gas) {
        Commitment memory signed = Commitment(root, blockNumber, 0);
        address[] memory validators = addressesOf(0, VALIDATORS);
        gas = costOf(
            address(order), abi.encodeCall(order.submit, (signed, validators, SIGNERS, sign(signed, SIGNERS)))
        );
        assertTrue(gas < SUBMIT_LIMIT, "too much gas");
    }

    /// @dev Finalizes a head in a large mountain range. Most of the siblings are invented.
    function deepEvidence(bytes32 head) private returns (bytes memory) {
        OrderEvidence memory evidence;
        evidence.headPath = pathOfDepth(HEADS_DEPTH);
        AuthoritySet memory next = setOf(1, VALIDATORS);
        evidence.leaf = MmrLeaf({
            version: 0,
            parentNumber: 16_000_000,
            parentHash: keccak256("parent"),
            nextSetId: next.id,
            nextSetLength: next.length,
            nextSetRoot: next.root,
            orderRoot: Merkle.rootOf(head, evidence.headPath)
        });
        evidence.leafPath = pathOfDepth(BLOCKS_DEPTH);
        evidence.rootSlot = 1;
        submit(Merkle.rootOf(BeefyScale.hashLeaf(evidence.leaf), evidence.leafPath), 16_000_001);
        return abi.encode(evidence);
    }

    function pathOfDepth(uint256 depth) private pure returns (MerklePath memory path) {
        path.siblings = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            path.siblings[i] = keccak256(abi.encode("sibling", i));
        }
        path.order = uint256(keccak256("order")) >> 256 - depth;
    }

    /// @dev Sends a call, which must succeed, and returns what the transaction cost.
    function costOf(address target, bytes memory callData) private returns (uint256) {
        (bool accepted,) = target.call(callData);
        uint256 gas = VM.lastCallGas().gasTotalUsed;
        assertTrue(accepted, "refused");
        return gas;
    }
}
