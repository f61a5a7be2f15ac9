// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderAuthority} from "../src/IOrderAuthority.sol";
import {IProofVerifier} from "../src/IProofVerifier.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

/// @notice Registration, and settling with real proofs of batches that the appchain finalized.
contract SettlementTest is Fixture {
    /// Ethereum's limit on the code of a contract (EIP-170).
    uint256 private constant CODE_LIMIT = 24_576;

    event AppRegistered(
        bytes32 indexed key, uint256 indexed genesisHash, uint256 indexed appId, ISettlement.AppConfig config
    );
    event Settled(
        bytes32 indexed key,
        uint64 indexed firstBatch,
        uint64 indexed lastBatch,
        uint256 root,
        uint256 inboxHash,
        uint256 outboxRoot
    );

    function test_contract_fits_ethereum() public {
        uint256 size = address(settlement).code.length;
        emit log_named_uint("Settlement, bytes of code", size);
        assertTrue(size <= CODE_LIMIT, "the contract is too large");
    }

    function test_app_starts_empty() public {
        VM.expectEmit();
        emit AppRegistered(settlement.appKey(config), config.genesisHash, config.appId, config);
        ISettlement.App memory app = settlement.appState(register());
        assertTrue(app.registered, "registered");
        assertEq(app.nextBatch, 0, "next batch");
        assertEq(app.root, settlement.EMPTY_ROOT(), "root");
        assertEq(app.inboxHash, 0, "inbox");
        assertEq(app.seedsHash, 0, "seeds");
        assertEq(app.programId, config.programId, "program");
        assertTrue(address(app.verifier) == address(config.verifier), "verifier");
    }

    function test_app_that_is_not_registered_is_all_zero() public view {
        ISettlement.App memory app = settlement.appState(settlement.appKey(config));
        ISettlement.App memory none;
        assertEq(keccak256(abi.encode(app)), keccak256(abi.encode(none)), "state");
    }

    function test_key_is_the_hash_of_the_whole_configuration() public {
        bytes32 key = register();
        assertEq(key, keccak256(abi.encode(config)), "key");
        ISettlement.AppConfig memory other = config;
        other.upgrader = address(0);
        assertTrue(settlement.register(other) != key, "upgrader");
        other = config;
        other.order = IOrderAuthority(address(verifier));
        assertTrue(settlement.register(other) != key, "order");
        other = config;
        other.verifier = IProofVerifier(address(order));
        assertTrue(settlement.register(other) != key, "verifier");
        other = config;
        other.programId += 1;
        assertTrue(settlement.register(other) != key, "program");
    }

    function test_registering_again_changes_nothing() public {
        bytes32 key = register();
        settleFirst();
        bytes32 before = keccak256(abi.encode(settlement.appState(key)));
        VM.prank(address(0xbeef));
        assertEq(register(), key, "key");
        assertEq(keccak256(abi.encode(settlement.appState(key))), before, "state");
    }

    function test_configurations_are_checked() public {
        uint256 modulus = settlement.SCALAR_MODULUS();
        ISettlement.AppConfig memory bad = config;
        bad.genesisHash = modulus;
        refused(bad, abi.encodeWithSelector(ISettlement.NonCanonicalGenesisHash.selector, modulus));
        bad = config;
        bad.appId = 1 << 32;
        refused(bad, abi.encodeWithSelector(ISettlement.AppIdTooLarge.selector, 1 << 32));
        bad = config;
        bad.programId = modulus;
        refused(bad, abi.encodeWithSelector(ISettlement.NonCanonicalProgramId.selector, modulus));
        bad = config;
        bad.order = IOrderAuthority(address(0xdead));
        refused(bad, abi.encodeWithSelector(ISettlement.NoOrderCode.selector, address(0xdead)));
        bad = config;
        bad.verifier = IProofVerifier(address(0xdead));
        refused(bad, abi.encodeWithSelector(ISettlement.NoVerifierCode.selector, address(0xdead)));
    }

    function test_consecutive_batches_move_the_root() public {
        bytes32 key = register();
        bytes memory evidence = evidenceFor(firstHead());
        VM.expectEmit();
        emit Settled(key, 0, 0, first.postRoot, first.inboxHashPost, first.outboxRoot);
        settle(first, firstProof, evidence);
        assertEq(settlement.appState(key).root, first.postRoot, "root after one");
        assertEq(settlement.appState(key).seedsHash, firstHead().seedsHash, "seeds after one");
        settleSecond();
        ISettlement.App memory app = settlement.appState(key);
        assertEq(app.nextBatch, 2, "next batch");
        assertEq(app.root, second.postRoot, "root");
        assertEq(app.inboxHash, second.inboxHashPost, "inbox");
        assertEq(app.seedsHash, secondHead().seedsHash, "seeds");
    }

    function test_one_commitment_serves_several_batches() public {
        register();
        bytes memory evidence = evidenceFor(firstHead());
        bytes memory later = evidenceFor(secondHead());
        settle(first, firstProof, evidence);
        settle(second, secondProof, later);
    }

    function test_anyone_may_relay() public {
        register();
        bytes memory evidence = evidenceFor(firstHead());
        uint256[] memory seeds = seedsOf(first);
        VM.prank(address(0xbeef));
        settlement.settle(config, first, seeds, firstProof, evidence);
    }

    function test_second_relay_is_told_so_and_changes_nothing() public {
        bytes32 key = register();
        bytes memory evidence = evidenceFor(firstHead());
        settle(first, firstProof, evidence);
        bytes memory reason = abi.encodeWithSelector(ISettlement.AlreadySettled.selector, key, 1);
        refused(first, firstProof, evidence, reason);
        settleSecond();
        reason = abi.encodeWithSelector(ISettlement.AlreadySettled.selector, key, 2);
        refused(first, firstProof, evidence, reason);
    }

    function test_batches_settle_in_order() public {
        register();
        bytes memory evidence = evidenceFor(secondHead());
        refused(
            second, secondProof, evidence, abi.encodeWithSelector(ISettlement.BatchOutOfOrder.selector, 0, 1)
        );
        uint256[2] memory indices = [uint256(type(uint64).max), settlement.SCALAR_MODULUS() - 1];
        for (uint256 i = 0; i < 2; ++i) {
            refused(
                withField(first, 3, indices[i]),
                firstProof,
                evidence,
                abi.encodeWithSelector(ISettlement.BatchOutOfOrder.selector, 0, indices[i])
            );
        }
    }

    function test_unknown_app_is_refused() public {
        bytes memory evidence = evidenceFor(firstHead());
        bytes32 key = settlement.appKey(config);
        refused(first, firstProof, evidence, abi.encodeWithSelector(ISettlement.UnknownApp.selector, key));
    }

    function test_apps_have_their_own_state() public {
        bytes32 key = register();
        settleFirst();
        config.upgrader = address(0);
        bytes32 other = register();
        assertEq(settlement.appState(other).nextBatch, 0, "next batch of the other");
        settleFirst();
        assertEq(settlement.appState(other).nextBatch, 1, "next batch of the other");
        assertEq(settlement.appState(key).nextBatch, 1, "next batch");
    }

    function test_each_wrong_field_has_its_error() public {
        register();
        bytes memory evidence = evidenceFor(firstHead());
        uint256 root = settlement.EMPTY_ROOT();
        refusedField(0, 9, evidence, mismatch(ISettlement.GenesisMismatch.selector, first.genesisHash, 9));
        refusedField(1, 9, evidence, mismatch(ISettlement.AppIdMismatch.selector, first.appId, 9));
        refusedField(2, 9, evidence, mismatch(ISettlement.ProgramMismatch.selector, first.programId, 9));
        refusedField(4, 9, evidence, mismatch(ISettlement.RootMismatch.selector, root, 9));
        refusedField(6, 9, evidence, mismatch(ISettlement.InboxMismatch.selector, 0, 9));
        refusedField(11, 9, evidence, mismatch(ISettlement.UnexpectedDeposits.selector, 9, 0));
        refusedField(12, 9, evidence, mismatch(ISettlement.UnexpectedDeposits.selector, 0, 9));
        bytes memory invalid = abi.encodeWithSelector(ISettlement.InvalidProof.selector);
        uint256[3] memory proved = [uint256(5), 8, 9];
        for (uint256 index = 0; index < proved.length; ++index) {
            refusedField(proved[index], 9, evidence, invalid);
        }
    }

    /// The last head and a proof do not fix where the inner batches of a range end.
    function test_statement_covers_one_batch() public {
        register();
        bytes memory evidence = evidenceFor(firstHead());
        uint256[3] memory counts = [0, 2, settlement.SCALAR_MODULUS() - 1];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(ISettlement.BadBatchCount.selector, counts[i]);
            refusedField(13, counts[i], evidence, reason);
        }
    }

    function test_noncanonical_fields_are_refused() public {
        register();
        uint256 modulus = settlement.SCALAR_MODULUS();
        bytes memory words = abi.encode(first);
        for (uint256 field = 0; field < 14; ++field) {
            uint256 value = word(words, field) + modulus;
            refusedField(field, value, "", mismatch(ISettlement.NonCanonicalField.selector, field, value));
        }
    }

    function test_broken_proofs_are_refused() public {
        register();
        bytes memory evidence = evidenceFor(firstHead());
        bytes memory invalid = abi.encodeWithSelector(ISettlement.InvalidProof.selector);
        refused(first, "", evidence, invalid);
        refused(first, secondProof, evidence, invalid);
        refused(first, bytes.concat(firstProof, hex"00"), evidence, invalid);
        bytes memory flipped = firstProof;
        flipped[flipped.length / 2] ^= 0x01;
        refused(first, flipped, evidence, invalid);
    }

    function mismatch(bytes4 selector, uint256 expected, uint256 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, expected, got);
    }

    function refused(ISettlement.AppConfig memory bad, bytes memory reason) private {
        VM.expectRevert(reason);
        settlement.register(bad);
    }

    function refusedField(uint256 field, uint256 value, bytes memory evidence, bytes memory reason) private {
        refused(withField(first, field, value), firstProof, evidence, reason);
    }
}
