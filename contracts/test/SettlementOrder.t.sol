// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";
import {BeefyOrder} from "../src/BeefyOrder.sol";
import {AuthoritySet, Commitment, OrderEvidence, Signature} from "../src/BeefyTypes.sol";
import {IBeefyOrder} from "../src/IBeefyOrder.sol";
import {IOrderAuthority} from "../src/IOrderAuthority.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {Merkle} from "../src/Merkle.sol";
import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {Settlement} from "../src/Settlement.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

/// @notice An order authority that accepts everything, after trying to come back into the
/// contract.
contract ReentrantOrder {
    Settlement private immutable SETTLEMENT;

    error CameBack();

    constructor(Settlement settlement) {
        SETTLEMENT = settlement;
    }

    function checkOrder(bytes32, bytes calldata evidence) external {
        (bool cameBack,) = address(SETTLEMENT).call(evidence);
        if (cameBack) revert CameBack();
    }
}

/// @notice What the appchain did not finalize is not settled, however honest the proof. Every
/// proof here is valid for its statement.
contract SettlementOrderTest is Fixture {
    function setUp() public override {
        super.setUp();
        register();
    }

    function test_nothing_settles_before_the_first_commitment() public {
        bytes32[] memory heads = amongOthers(hashOrderHead(firstHead()));
        OrderEvidence memory evidence = evidenceOf(heads, 1, 0);
        evidence.leaf.orderRoot = Merkle.rootOf(heads[1], evidence.headPath);
        bytes memory reason = abi.encodeWithSelector(IBeefyOrder.UnknownRootSlot.selector, 0);
        refused(first, firstProof, abi.encode(evidence), reason);
    }

    function test_invented_history_is_refused() public {
        OrderHead memory real = firstHead();
        real.inboxHash = 42;
        refusedHead(real);
    }

    function test_history_in_an_invented_leaf_is_refused() public {
        OrderHead memory real = firstHead();
        real.inboxHash = 42;
        OrderEvidence memory evidence = finalize(hashOrderHead(real));
        evidence.leaf.orderRoot = Merkle.rootOf(hashOrderHead(firstHead()), evidence.headPath);
        (bool settled, bytes memory reason) = trySettle(abi.encode(evidence));
        assertTrue(!settled, "settled");
        assertTrue(bytes4(reason) == IBeefyOrder.RootMismatch.selector, "reason");
    }

    function test_head_of_another_chain_is_refused() public {
        OrderHead memory head = firstHead();
        head.genesisHash += 1;
        refusedHead(head);
    }

    function test_head_of_another_app_is_refused() public {
        OrderHead memory head = firstHead();
        head.appId += 1;
        refusedHead(head);
    }

    function test_head_of_another_batch_is_refused() public {
        OrderHead memory head = firstHead();
        head.batchIndex += 1;
        refusedHead(head);
        refusedHead(secondHead());
    }

    function test_head_with_other_seeds_is_refused() public {
        OrderHead memory head = firstHead();
        head.seedsHash = Poseidon.P2(0, first.vrfSeed + 1);
        refusedHead(head);
        head.seedsHash = first.vrfSeed;
        refusedHead(head);
    }

    function test_head_of_a_voided_batch_is_refused() public {
        OrderHead memory head = firstHead();
        head.programId = 0;
        refusedHead(head);
    }

    function test_head_of_a_batch_of_another_program_is_refused() public {
        OrderHead memory head = firstHead();
        head.programId = first.programId + 1;
        refusedHead(head);
    }

    function test_head_of_the_batch_before_is_refused_for_the_next() public {
        settleFirst();
        OrderEvidence memory evidence = finalize(hashOrderHead(firstHead()));
        bytes32 got = Merkle.rootOf(hashOrderHead(secondHead()), evidence.headPath);
        refused(
            second,
            secondProof,
            abi.encode(evidence),
            abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, evidence.leaf.orderRoot, got)
        );
    }

    function testFuzz_only_the_very_head_is_accepted(uint256 field, uint256 value) public {
        uint256[6] memory words = abi.decode(abi.encode(firstHead()), (uint256[6]));
        field %= 6;
        if (words[field] == value) return;
        words[field] = value;
        refusedHead(abi.decode(abi.encode(words), (OrderHead)));
    }

    function test_third_of_the_set_cannot_finalize() public {
        OrderEvidence memory evidence = invented();
        Commitment memory signed = commitment();
        uint256 oneOfFour = 1;
        refusedCommitment(
            signed,
            oneOfFour,
            sign(signed, oneOfFour),
            abi.encodeWithSelector(IBeefyOrder.TooFewSigners.selector, 3, 1)
        );
        refusedAfterwards(evidence);
    }

    function test_old_set_cannot_finalize() public {
        handOver();
        OrderEvidence memory evidence = invented();
        Commitment memory signed = commitment();
        signed.validatorSetId = 0;
        refusedCommitment(
            signed,
            THREE_OF_FOUR,
            signAs(0, signed, THREE_OF_FOUR),
            abi.encodeWithSelector(IBeefyOrder.OldSet.selector, 1, 0)
        );
        refusedAfterwards(evidence);
    }

    function test_repeated_signature_cannot_finalize() public {
        OrderEvidence memory evidence = invented();
        Commitment memory signed = commitment();
        Signature[] memory signatures = sign(signed, THREE_OF_FOUR);
        signatures[2] = signatures[1] = signatures[0];
        address[] memory validators = addressesOf(0, SET_LENGTH);
        refusedCommitment(
            signed,
            THREE_OF_FOUR,
            signatures,
            abi.encodeWithSelector(IBeefyOrder.WrongSigner.selector, 1, validators[1], validators[0])
        );
        refusedAfterwards(evidence);
    }

    function test_fork_cannot_finalize() public {
        bytes memory honest = evidenceFor(firstHead());
        Commitment memory fork = commitment();
        fork.mmrRoot = keccak256("fork");
        refusedCommitment(
            fork,
            THREE_OF_FOUR,
            sign(fork, THREE_OF_FOUR),
            abi.encodeWithSelector(IBeefyOrder.StaleBlock.selector, fork.blockNumber, fork.blockNumber)
        );
        settle(first, firstProof, honest);
    }

    function test_head_settles_under_the_roots_of_later_sets() public {
        finalize(hashOrderHead(firstHead()));
        handOver();
        handOver();
        bytes32[] memory heads = amongOthers(hashOrderHead(firstHead()));
        settle(first, firstProof, abi.encode(evidenceOf(heads, 1, 2)));
    }

    function test_authority_of_somebody_else_is_another_app() public {
        AuthoritySet memory own = AuthoritySet(0, 1, keccak256(abi.encodePacked(VM.addr(1))));
        AuthoritySet memory next = AuthoritySet(1, 1, own.root);
        config.order = new BeefyOrder(own, next);
        bytes32 key = settlement.appKey(config);
        refused(first, firstProof, "", abi.encodeWithSelector(ISettlement.UnknownApp.selector, key));
    }

    function test_evidence_that_does_not_decode_is_refused() public {
        evidenceFor(firstHead());
        refused(first, firstProof, "", "");
        refused(first, firstProof, hex"00", "");
        refused(first, firstProof, abi.encode(type(uint256).max), "");
    }

    function test_each_batch_has_one_seed() public {
        bytes memory evidence = evidenceFor(firstHead());
        for (uint256 count = 0; count <= 2; count += 2) {
            refused(
                first,
                new uint256[](count),
                firstProof,
                evidence,
                abi.encodeWithSelector(ISettlement.SeedCountMismatch.selector, 1, count)
            );
        }
    }

    function test_seed_must_be_that_of_the_statement() public {
        bytes memory evidence = evidenceFor(firstHead());
        uint256[] memory seeds = seedsOf(first);
        seeds[0] += 1;
        refused(
            first,
            seeds,
            firstProof,
            evidence,
            abi.encodeWithSelector(ISettlement.SeedsMismatch.selector, first.vrfSeed, seeds[0])
        );
    }

    function test_noncanonical_seed_is_refused() public {
        bytes memory evidence = evidenceFor(firstHead());
        uint256[] memory seeds = seedsOf(first);
        seeds[0] += settlement.SCALAR_MODULUS();
        refused(
            first,
            seeds,
            firstProof,
            evidence,
            abi.encodeWithSelector(ISettlement.NonCanonicalSeed.selector, 0, seeds[0])
        );
    }

    /// The appchain's validators do not decide results.
    function test_finalized_head_is_not_a_proof() public {
        bytes memory evidence = evidenceFor(firstHead());
        bytes memory invalid = abi.encodeWithSelector(ISettlement.InvalidProof.selector);
        refused(withField(first, 5, 42), firstProof, evidence, invalid);
    }

    function test_authority_cannot_come_back() public {
        config.order = IOrderAuthority(address(new ReentrantOrder(settlement)));
        ISettlement.AppConfig memory other = config;
        other.upgrader = address(0);
        bytes memory call = abi.encodeCall(settlement.register, (other));
        register();
        settle(first, firstProof, call);
        assertTrue(!settlement.appState(settlement.appKey(other)).registered, "it came back");
    }

    /// @dev Expects that evidence of a head, which the appchain finalized, does not settle the
    /// first batch.
    function refusedHead(OrderHead memory head) private {
        OrderEvidence memory evidence = finalize(hashOrderHead(head));
        order.checkOrder(hashOrderHead(head), abi.encode(evidence));
        bytes32 got = Merkle.rootOf(hashOrderHead(firstHead()), evidence.headPath);
        refused(
            first,
            firstProof,
            abi.encode(evidence),
            abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, evidence.leaf.orderRoot, got)
        );
    }

    /// @dev Adds the first batch's head to the chain as somebody would who runs it alone.
    function invented() private returns (OrderEvidence memory evidence) {
        addBlocks(1);
        submitCommitment();
        (,, uint64 nextSetId, uint256 rootSlot) = order.state();
        assertEq(nextSetId, session + 1, "next set");
        bytes32[] memory heads = amongOthers(hashOrderHead(firstHead()));
        addBlock(Merkle.rootOf(heads[1], evidenceOf(heads, 1, 0).headPath));
        evidence = evidenceOf(heads, 1, commitment().blockNumber - 1);
        assertEq(evidence.rootSlot, rootSlot, "slot");
    }

    function refusedCommitment(
        Commitment memory signed,
        uint256 signers,
        Signature[] memory signatures,
        bytes memory reason
    ) private {
        address[] memory validators = addressesOf(signed.validatorSetId, SET_LENGTH);
        VM.expectRevert(reason);
        order.submit(signed, validators, signers, signatures);
    }

    /// @dev Expects that the head, whose root nobody accepted, does not settle the first batch.
    function refusedAfterwards(OrderEvidence memory evidence) private {
        bytes32 before = snapshot();
        (bool settled, bytes memory reason) = trySettle(abi.encode(evidence));
        assertTrue(!settled, "settled");
        assertTrue(bytes4(reason) == IBeefyOrder.RootMismatch.selector, "reason");
        evidence.rootSlot += 1;
        bytes memory unknown = abi.encodeWithSelector(IBeefyOrder.UnknownRootSlot.selector, evidence.rootSlot);
        refused(first, firstProof, abi.encode(evidence), unknown);
        assertEq(snapshot(), before, "something changed");
    }

    function trySettle(bytes memory evidence) private returns (bool settled, bytes memory reason) {
        SettlementStatement memory statement = first;
        return address(settlement)
            .call(
                abi.encodeCall(settlement.settle, (config, statement, seedsOf(first), firstProof, evidence))
            );
    }
}
