// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofVerifier} from "../src/IProofVerifier.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Invented, OneProof} from "./Invented.sol";

/// @notice Upgrades of program and verifier.
contract SettlementUpgradeTest is Invented {
    uint256 private constant START = 1_800_000_000;
    uint256 private constant NOTICE = 45 days;
    uint256 private constant GRACE = 7 days;
    uint256 private constant NEW_PROGRAM = 2000;
    bytes private constant NEW_PROOF = "a proof of the new verifier";

    event UpgradeScheduled(bytes32 indexed key, uint256 programId, IProofVerifier verifier, uint64 noticeEnd);
    event UpgradeCancelled(bytes32 indexed key, uint256 programId, IProofVerifier verifier);
    event UpgradeApplied(bytes32 indexed key, uint256 programId, IProofVerifier verifier);

    IProofVerifier private _newVerifier;
    bytes private _invalid = abi.encodeWithSelector(ISettlement.InvalidProof.selector);

    function setUp() public override {
        super.setUp();
        _newVerifier = new OneProof(NEW_PROOF);
        VM.warp(START);
        assertEq(settlement.UPGRADE_NOTICE(), NOTICE, "notice");
        assertEq(settlement.GRACE(), GRACE, "grace");
    }

    function test_upgrade_is_announced() public {
        ISettlement.App memory before = settlement.appState(key);
        VM.expectEmit();
        emit UpgradeScheduled(key, NEW_PROGRAM, _newVerifier, uint64(START + NOTICE));
        schedule(NEW_PROGRAM, _newVerifier);
        ISettlement.Upgrade memory upgrade = settlement.upgradeOf(key);
        assertEq(upgrade.programId, NEW_PROGRAM, "program");
        assertTrue(address(upgrade.verifier) == address(_newVerifier), "verifier");
        assertEq(upgrade.noticeEnd, START + NOTICE, "notice");
        same(settlement.appState(key), before);
    }

    function test_old_pair_alone_is_accepted_during_the_notice() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE - 1);
        refusedNext(
            NEW_PROGRAM,
            NEW_PROOF,
            abi.encodeWithSelector(ISettlement.NoticeNotEnded.selector, START + NOTICE)
        );
        refusedNext(OLD_PROGRAM, NEW_PROOF, _invalid);
        settleNext(OLD_PROGRAM, OLD_PROOF);
        inForce(OLD_PROGRAM, config.verifier);
    }

    function test_both_pairs_are_accepted_during_the_grace() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        inForce(OLD_PROGRAM, config.verifier);
        settleNext(OLD_PROGRAM, OLD_PROOF);
        VM.warp(START + NOTICE + GRACE - 1);
        settleNext(OLD_PROGRAM, OLD_PROOF);
        refusedNext(OLD_PROGRAM, NEW_PROOF, _invalid);
        refusedNext(NEW_PROGRAM, OLD_PROOF, _invalid);
        refusedNext(
            3000, NEW_PROOF, abi.encodeWithSelector(ISettlement.ProgramMismatch.selector, OLD_PROGRAM, 3000)
        );
        settleNext(NEW_PROGRAM, NEW_PROOF);
    }

    function test_first_settlement_under_the_new_pair_ends_the_old() public {
        settleNext(OLD_PROGRAM, OLD_PROOF);
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        SettlementStatement memory statement = nextStatement(NEW_PROGRAM);
        bytes memory evidence = finalized(statement);
        VM.expectEmit();
        emit UpgradeApplied(key, NEW_PROGRAM, _newVerifier);
        settle(statement, NEW_PROOF, evidence);
        inForce(NEW_PROGRAM, _newVerifier);
        assertEq(settlement.upgradeOf(key).noticeEnd, 0, "it is still scheduled");
        refusedNext(OLD_PROGRAM, OLD_PROOF, mismatch(NEW_PROGRAM, OLD_PROGRAM));
        settleNext(NEW_PROGRAM, NEW_PROOF);
        assertEq(settlement.appState(key).nextBatch, 3, "next batch");
    }

    function test_old_pair_ends_with_the_grace() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE + GRACE);
        inForce(NEW_PROGRAM, _newVerifier);
        refusedNext(OLD_PROGRAM, OLD_PROOF, mismatch(NEW_PROGRAM, OLD_PROGRAM));
        settleNext(NEW_PROGRAM, NEW_PROOF);
        inForce(NEW_PROGRAM, _newVerifier);
    }

    function test_refused_settlement_applies_nothing() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        refusedNext(NEW_PROGRAM, "", _invalid);
        settleNext(OLD_PROGRAM, OLD_PROOF);
    }

    function test_old_verifier_of_the_same_program_ends_with_the_notice() public {
        schedule(OLD_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE - 1);
        refusedNext(OLD_PROGRAM, NEW_PROOF, _invalid);
        settleNext(OLD_PROGRAM, OLD_PROOF);
        VM.warp(START + NOTICE);
        inForce(OLD_PROGRAM, _newVerifier);
        refusedNext(OLD_PROGRAM, OLD_PROOF, _invalid);
        refusedNext(NEW_PROGRAM, NEW_PROOF, mismatch(OLD_PROGRAM, NEW_PROGRAM));
        settleNext(OLD_PROGRAM, NEW_PROOF);
        inForce(OLD_PROGRAM, _newVerifier);
        assertEq(settlement.upgradeOf(key).noticeEnd, 0, "it is still scheduled");
    }

    function test_program_may_change_under_the_same_verifier() public {
        schedule(NEW_PROGRAM, config.verifier);
        VM.warp(START + NOTICE);
        settleNext(NEW_PROGRAM, OLD_PROOF);
        inForce(NEW_PROGRAM, config.verifier);
    }

    function test_upgrades_move_neither_state_nor_key() public {
        settleNext(OLD_PROGRAM, OLD_PROOF);
        ISettlement.App memory before = settlement.appState(key);
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE + GRACE);
        ISettlement.App memory app = settlement.appState(key);
        before.programId = NEW_PROGRAM;
        before.verifier = _newVerifier;
        same(app, before);
        assertEq(register(), key, "key");
        same(settlement.appState(key), before);
    }

    function test_second_relay_is_told_so_after_an_upgrade() public {
        settleNext(OLD_PROGRAM, OLD_PROOF);
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        settleNext(NEW_PROGRAM, NEW_PROOF);
        refused(
            withField(nextStatement(OLD_PROGRAM), 3, 1),
            OLD_PROOF,
            "",
            abi.encodeWithSelector(ISettlement.AlreadySettled.selector, key, 2)
        );
    }

    function test_voided_batch_applies_nothing() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        skipNext();
        inForce(OLD_PROGRAM, config.verifier);
        settleNext(OLD_PROGRAM, OLD_PROOF);
    }

    function test_scheduling_again_restarts_the_notice() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE - 1);
        schedule(NEW_PROGRAM + 1, _newVerifier);
        uint256 noticeEnd = START + 2 * NOTICE - 1;
        assertEq(settlement.upgradeOf(key).noticeEnd, noticeEnd, "notice");
        VM.warp(START + NOTICE);
        refusedNext(NEW_PROGRAM, NEW_PROOF, mismatch(OLD_PROGRAM, NEW_PROGRAM));
        VM.warp(noticeEnd);
        refusedNext(NEW_PROGRAM, NEW_PROOF, mismatch(OLD_PROGRAM, NEW_PROGRAM));
        settleNext(NEW_PROGRAM + 1, NEW_PROOF);
    }

    function test_nothing_is_scheduled_over_a_grace() public {
        schedule(NEW_PROGRAM, _newVerifier);
        bytes memory reason =
            abi.encodeWithSelector(ISettlement.GraceNotEnded.selector, START + NOTICE + GRACE);
        VM.warp(START + NOTICE);
        refusedSchedule(UPGRADER, 3000, _newVerifier, reason);
        VM.warp(START + NOTICE + GRACE - 1);
        refusedSchedule(UPGRADER, 3000, _newVerifier, reason);
        settleNext(NEW_PROGRAM, NEW_PROOF);
        schedule(3000, _newVerifier);
        inForce(NEW_PROGRAM, _newVerifier);
    }

    function test_scheduling_after_the_grace_does_not_revive_the_old_pair() public {
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE + GRACE);
        VM.expectEmit();
        emit UpgradeApplied(key, NEW_PROGRAM, _newVerifier);
        schedule(3000, _newVerifier);
        inForce(NEW_PROGRAM, _newVerifier);
        refusedNext(OLD_PROGRAM, OLD_PROOF, mismatch(NEW_PROGRAM, OLD_PROGRAM));
        cancel();
        refusedNext(OLD_PROGRAM, OLD_PROOF, mismatch(NEW_PROGRAM, OLD_PROGRAM));
        settleNext(NEW_PROGRAM, NEW_PROOF);
    }

    function test_scheduling_does_not_revive_an_old_verifier() public {
        schedule(OLD_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE);
        schedule(NEW_PROGRAM, _newVerifier);
        cancel();
        refusedNext(OLD_PROGRAM, OLD_PROOF, _invalid);
        settleNext(OLD_PROGRAM, NEW_PROOF);
    }

    function test_upgrade_is_cancelled_during_the_notice() public {
        bytes32 before = snapshot();
        schedule(NEW_PROGRAM, _newVerifier);
        VM.warp(START + NOTICE - 1);
        VM.expectEmit();
        emit UpgradeCancelled(key, NEW_PROGRAM, _newVerifier);
        cancel();
        assertEq(snapshot(), before, "state");
        VM.warp(START + NOTICE + GRACE);
        refusedNext(NEW_PROGRAM, NEW_PROOF, mismatch(OLD_PROGRAM, NEW_PROGRAM));
        settleNext(OLD_PROGRAM, OLD_PROOF);
    }

    function test_upgrade_cannot_be_cancelled_after_the_notice() public {
        schedule(NEW_PROGRAM, _newVerifier);
        uint256[2] memory times = [START + NOTICE, START + NOTICE + GRACE];
        for (uint256 i = 0; i < 2; ++i) {
            VM.warp(times[i]);
            refusedCancel(UPGRADER, abi.encodeWithSelector(ISettlement.NoticeEnded.selector, START + NOTICE));
        }
    }

    function test_nothing_is_cancelled_if_nothing_is_scheduled() public {
        bytes memory reason = abi.encodeWithSelector(ISettlement.NothingScheduled.selector, key);
        refusedCancel(UPGRADER, reason);
        schedule(NEW_PROGRAM, _newVerifier);
        cancel();
        refusedCancel(UPGRADER, reason);
    }

    function test_only_the_upgrader_schedules_and_cancels() public {
        bytes memory reason =
            abi.encodeWithSelector(ISettlement.NotUpgrader.selector, UPGRADER, address(0xbeef));
        refusedSchedule(address(0xbeef), NEW_PROGRAM, _newVerifier, reason);
        schedule(NEW_PROGRAM, _newVerifier);
        refusedCancel(address(0xbeef), reason);
    }

    function test_upgrader_of_one_app_is_nobody_in_another() public {
        config.upgrader = address(0xbeef);
        register();
        bytes memory reason =
            abi.encodeWithSelector(ISettlement.NotUpgrader.selector, address(0xbeef), UPGRADER);
        refusedSchedule(UPGRADER, NEW_PROGRAM, _newVerifier, reason);
    }

    function test_app_without_an_upgrader_is_never_upgraded() public {
        config.upgrader = address(0);
        register();
        bytes memory reason = abi.encodeWithSelector(ISettlement.NotUpgrader.selector, address(0), UPGRADER);
        refusedSchedule(UPGRADER, NEW_PROGRAM, _newVerifier, reason);
        refusedCancel(UPGRADER, reason);
    }

    function test_unknown_app_is_refused() public {
        config.appId += 1;
        bytes memory reason =
            abi.encodeWithSelector(ISettlement.UnknownApp.selector, settlement.appKey(config));
        refusedSchedule(UPGRADER, NEW_PROGRAM, _newVerifier, reason);
        refusedCancel(UPGRADER, reason);
    }

    function test_next_pair_is_checked() public {
        uint256 modulus = settlement.SCALAR_MODULUS();
        refusedSchedule(
            UPGRADER,
            modulus,
            _newVerifier,
            abi.encodeWithSelector(ISettlement.NonCanonicalProgramId.selector, modulus)
        );
        refusedSchedule(
            UPGRADER,
            NEW_PROGRAM,
            IProofVerifier(address(0xdead)),
            abi.encodeWithSelector(ISettlement.NoVerifierCode.selector, address(0xdead))
        );
    }

    /// At any time there is a program that settles, and the state follows the clock.
    function testFuzz_some_pair_is_accepted_at_any_time(uint32 elapsed, bool sameProgram) public {
        uint256 program = sameProgram ? OLD_PROGRAM : NEW_PROGRAM;
        schedule(program, _newVerifier);
        VM.warp(START + elapsed);
        bool oldAccepted = elapsed < NOTICE + (sameProgram ? 0 : GRACE);
        bool newAccepted = elapsed >= NOTICE;
        if (oldAccepted) settleNext(OLD_PROGRAM, OLD_PROOF);
        else inForce(program, _newVerifier);
        if (newAccepted) settleNext(program, NEW_PROOF);
        else inForce(OLD_PROGRAM, config.verifier);
        assertTrue(oldAccepted || newAccepted, "no pair is accepted");
    }

    function mismatch(uint256 expected, uint256 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.ProgramMismatch.selector, expected, got);
    }

    function schedule(uint256 programId, IProofVerifier verifier) private {
        VM.prank(UPGRADER);
        settlement.scheduleUpgrade(config, programId, verifier);
    }

    function cancel() private {
        VM.prank(UPGRADER);
        settlement.cancelUpgrade(config);
    }

    function refusedSchedule(address sender, uint256 programId, IProofVerifier verifier, bytes memory reason)
        private
    {
        bytes32 before = snapshot();
        VM.prank(sender);
        VM.expectRevert(reason);
        settlement.scheduleUpgrade(config, programId, verifier);
        assertEq(snapshot(), before, "the refusal changed something");
    }

    function refusedCancel(address sender, bytes memory reason) private {
        bytes32 before = snapshot();
        VM.prank(sender);
        VM.expectRevert(reason);
        settlement.cancelUpgrade(config);
        assertEq(snapshot(), before, "the refusal changed something");
    }

    function inForce(uint256 programId, IProofVerifier verifier) private view {
        ISettlement.App memory app = settlement.appState(key);
        assertEq(app.programId, programId, "program in force");
        assertTrue(address(app.verifier) == address(verifier), "verifier in force");
    }

    function same(ISettlement.App memory left, ISettlement.App memory right) private pure {
        assertEq(keccak256(abi.encode(left)), keccak256(abi.encode(right)), "state");
    }
}
