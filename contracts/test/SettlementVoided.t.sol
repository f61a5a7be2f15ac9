// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";
import {OrderEvidence} from "../src/BeefyTypes.sol";
import {IBeefyOrder} from "../src/IBeefyOrder.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {Merkle} from "../src/Merkle.sol";
import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Invented} from "./Invented.sol";

/// @notice Batches that governance voided on the appchain.
contract SettlementVoidedTest is Invented {
    event BatchVoided(bytes32 indexed key, uint64 indexed batch, uint256 inboxHash);

    function test_voided_batch_is_passed() public {
        settleNext(OLD_PROGRAM, OLD_PROOF);
        ISettlement.App memory before = settlement.appState(key);
        SettlementStatement memory statement = nextStatement(0);
        bytes memory evidence = evidenceFor(voidedHead());
        VM.expectEmit();
        emit BatchVoided(key, 1, statement.inboxHashPost);
        settlement.skipVoided(config, statement.inboxHashPost, statement.vrfSeed, evidence);
        ISettlement.App memory app = settlement.appState(key);
        assertEq(app.nextBatch, 2, "next batch");
        assertEq(app.root, before.root, "root");
        assertEq(app.inboxHash, statement.inboxHashPost, "inbox");
        assertEq(app.seedsHash, Poseidon.P2(before.seedsHash, statement.vrfSeed), "seeds");
    }

    function test_app_goes_on_after_voided_batches() public {
        skipNext();
        skipNext();
        settleNext(OLD_PROGRAM, OLD_PROOF);
        skipNext();
        settleNext(OLD_PROGRAM, OLD_PROOF);
        ISettlement.App memory app = settlement.appState(key);
        assertEq(app.nextBatch, 5, "next batch");
        assertEq(app.root, 5, "root");
        uint256 seedsHash = 0;
        for (uint256 batch = 0; batch < 5; ++batch) {
            seedsHash = Poseidon.P2(seedsHash, 10 * batch + 5);
        }
        assertEq(app.seedsHash, seedsHash, "seeds");
    }

    function test_anyone_may_pass_it() public {
        SettlementStatement memory statement = nextStatement(0);
        bytes memory evidence = evidenceFor(voidedHead());
        VM.prank(address(0xbeef));
        settlement.skipVoided(config, statement.inboxHashPost, statement.vrfSeed, evidence);
    }

    function test_batch_that_is_not_voided_is_not_passed() public {
        OrderHead memory head = voidedHead();
        head.programId = 1;
        refusedSkip(head);
    }

    function test_head_of_another_chain_app_or_batch_is_refused() public {
        OrderHead memory head = voidedHead();
        head.genesisHash += 1;
        refusedSkip(head);
        head = voidedHead();
        head.appId += 1;
        refusedSkip(head);
        head = voidedHead();
        head.batchIndex += 1;
        refusedSkip(head);
    }

    function test_other_inbox_or_seed_is_refused() public {
        OrderHead memory head = voidedHead();
        head.inboxHash += 1;
        refusedSkip(head);
        head = voidedHead();
        head.seedsHash += 1;
        refusedSkip(head);
    }

    function test_batch_is_passed_once() public {
        SettlementStatement memory statement = nextStatement(0);
        bytes memory evidence = evidenceFor(voidedHead());
        settlement.skipVoided(config, statement.inboxHashPost, statement.vrfSeed, evidence);
        bytes32 before = snapshot();
        (bool passed, bytes memory reason) = address(settlement)
            .call(
                abi.encodeCall(
                    settlement.skipVoided, (config, statement.inboxHashPost, statement.vrfSeed, evidence)
                )
            );
        assertTrue(!passed, "passed");
        assertTrue(bytes4(reason) == IBeefyOrder.OrderRootMismatch.selector, "reason");
        assertEq(snapshot(), before, "something changed");
    }

    function test_voided_batch_cannot_be_settled() public {
        SettlementStatement memory statement = nextStatement(OLD_PROGRAM);
        OrderHead memory settled = headOf(statement, 0);
        OrderEvidence memory evidence = finalize(hashOrderHead(voidedHead()));
        bytes32 got = Merkle.rootOf(hashOrderHead(settled), evidence.headPath);
        refused(
            statement,
            OLD_PROOF,
            abi.encode(evidence),
            abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, evidence.leaf.orderRoot, got)
        );
    }

    function test_noncanonical_words_are_refused() public {
        SettlementStatement memory statement = nextStatement(0);
        bytes memory evidence = evidenceFor(voidedHead());
        uint256 inboxHash = statement.inboxHashPost + settlement.SCALAR_MODULUS();
        uint256 seed = statement.vrfSeed + settlement.SCALAR_MODULUS();
        VM.expectRevert(abi.encodeWithSelector(ISettlement.NonCanonicalInboxHash.selector, inboxHash));
        settlement.skipVoided(config, inboxHash, statement.vrfSeed, evidence);
        VM.expectRevert(abi.encodeWithSelector(ISettlement.NonCanonicalSeed.selector, 0, seed));
        settlement.skipVoided(config, statement.inboxHashPost, seed, evidence);
    }

    function test_unknown_app_is_refused() public {
        config.appId += 1;
        VM.expectRevert(abi.encodeWithSelector(ISettlement.UnknownApp.selector, settlement.appKey(config)));
        settlement.skipVoided(config, 1, 2, "");
    }

    /// @dev Expects that evidence of a head, which the appchain finalized, does not pass the next
    /// batch.
    function refusedSkip(OrderHead memory head) private {
        SettlementStatement memory statement = nextStatement(0);
        OrderEvidence memory evidence = finalize(hashOrderHead(head));
        bytes32 got = Merkle.rootOf(hashOrderHead(voidedHead()), evidence.headPath);
        bytes32 before = snapshot();
        VM.expectRevert(
            abi.encodeWithSelector(IBeefyOrder.OrderRootMismatch.selector, evidence.leaf.orderRoot, got)
        );
        settlement.skipVoided(config, statement.inboxHashPost, statement.vrfSeed, abi.encode(evidence));
        assertEq(snapshot(), before, "something changed");
    }
}
