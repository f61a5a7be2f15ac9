// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {IProofVerifier} from "../src/IProofVerifier.sol";
import {Settlement} from "../src/Settlement.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

contract SettlementTest is Fixture {
    /// The most that one settlement may cost, calldata and transaction included.
    uint256 private constant GAS_LIMIT = 500_000;

    event Settled(
        bytes32 indexed key,
        uint64 indexed firstBatch,
        uint64 indexed lastBatch,
        uint256 root,
        uint256 inboxHash,
        uint256 outboxRoot
    );

    function test_consecutive_batches_move_the_root() public {
        bytes32 key = register();
        assertEq(settlement.appState(key).root, settlement.EMPTY_ROOT(), "initial root");
        VM.expectEmit();
        emit Settled(key, 0, 0, first.postRoot, first.inboxHashPost, first.outboxRoot);
        settlement.settle(first, firstProof);
        settlement.settle(second, secondProof);
        Settlement.App memory app = settlement.appState(key);
        assertEq(app.nextBatch, 2, "next batch");
        assertEq(app.root, second.postRoot, "root");
        assertEq(app.inboxHash, second.inboxHashPost, "inbox");
    }

    function test_anyone_may_relay() public {
        register();
        VM.prank(address(0xbeef));
        settlement.settle(first, firstProof);
    }

    function test_settling_stays_below_the_gas_limit() public {
        register();
        bytes memory callData = abi.encodeCall(Settlement.settle, (first, firstProof));
        uint256 gas = 21_000;
        for (uint256 index = 0; index < callData.length; ++index) {
            gas += callData[index] == 0 ? 4 : 16;
        }
        uint256 before = gasleft();
        (bool settled,) = address(settlement).call(callData);
        gas += before - gasleft();
        assertTrue(settled, "settled");
        assertTrue(gas < GAS_LIMIT, "too much gas");
    }

    function test_registering_again_changes_nothing() public {
        bytes32 key = register();
        settlement.settle(first, firstProof);
        VM.prank(address(0xbeef));
        assertTrue(register() == key, "key");
        assertEq(settlement.appState(key).root, first.postRoot, "root");
        assertEq(settlement.appState(key).nextBatch, 1, "next batch");
    }

    function test_second_relay_is_told_so_and_changes_nothing() public {
        bytes32 key = register();
        settlement.settle(first, firstProof);
        refused(first, firstProof, abi.encodeWithSelector(Settlement.AlreadySettled.selector, key, 1));
        assertEq(settlement.appState(key).nextBatch, 1, "next batch");
    }

    function test_batches_settle_in_order() public {
        register();
        refused(second, secondProof, abi.encodeWithSelector(Settlement.BatchOutOfOrder.selector, 0, 1));
    }

    function test_unknown_app_is_refused() public {
        bytes32 key = settlement.appKey(first.genesisHash, first.appId, first.programId);
        refused(first, firstProof, abi.encodeWithSelector(Settlement.UnknownApp.selector, key));
    }

    function test_other_apps_and_programs_have_their_own_state() public {
        register();
        settlement.settle(first, firstProof);
        bytes32 other = settlement.register(first.genesisHash, first.appId, first.programId + 1);
        assertEq(settlement.appState(other).nextBatch, 0, "next batch");
        refused(
            withField(first, 2, first.programId + 1),
            firstProof,
            abi.encodeWithSelector(Settlement.InvalidProof.selector)
        );
    }

    function test_each_wrong_field_has_its_error() public {
        register();
        uint256 root = settlement.EMPTY_ROOT();
        refused(
            withField(first, 4, root + 1),
            firstProof,
            abi.encodeWithSelector(Settlement.RootMismatch.selector, root, root + 1)
        );
        refused(
            withField(first, 6, 1),
            firstProof,
            abi.encodeWithSelector(Settlement.InboxMismatch.selector, 0, 1)
        );
        refused(
            withField(first, 11, 1),
            firstProof,
            abi.encodeWithSelector(Settlement.UnexpectedDeposits.selector, 1, 0)
        );
        refused(
            withField(first, 12, 1),
            firstProof,
            abi.encodeWithSelector(Settlement.UnexpectedDeposits.selector, 0, 1)
        );
        refused(
            withField(first, 13, 0), firstProof, abi.encodeWithSelector(Settlement.BadBatchCount.selector, 0)
        );
        bytes memory invalid = abi.encodeWithSelector(Settlement.InvalidProof.selector);
        uint256[6] memory bound = [uint256(5), 7, 8, 9, 10, 13];
        for (uint256 index = 0; index < bound.length; ++index) {
            refused(withField(first, bound[index], 12_345), firstProof, invalid);
        }
    }

    function test_noncanonical_fields_are_refused() public {
        register();
        uint256 modulus = settlement.SCALAR_MODULUS();
        bytes memory words = abi.encode(first);
        for (uint256 field = 0; field < 14; ++field) {
            uint256 value = word(words, field) + modulus;
            refused(
                withField(first, field, value),
                firstProof,
                abi.encodeWithSelector(Settlement.NonCanonicalField.selector, field, value)
            );
        }
    }

    function test_broken_proofs_are_refused() public {
        register();
        bytes memory invalid = abi.encodeWithSelector(Settlement.InvalidProof.selector);
        refused(first, "", invalid);
        refused(first, secondProof, invalid);
        refused(first, bytes.concat(firstProof, hex"00"), invalid);
        bytes memory flipped = firstProof;
        flipped[flipped.length / 2] ^= 0x01;
        refused(first, flipped, invalid);
    }

    function test_settlement_needs_a_verifier() public {
        VM.expectRevert(abi.encodeWithSelector(Settlement.NoVerifierCode.selector, address(0xdead)));
        new Settlement(IProofVerifier(address(0xdead)));
    }

    function refused(SettlementStatement memory statement, bytes memory proof, bytes memory reason) private {
        VM.expectRevert(reason);
        settlement.settle(statement, proof);
    }
}
