// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyOrder} from "../src/BeefyOrder.sol";
import {AuthoritySet, Commitment, Signature} from "../src/BeefyTypes.sol";
import {IBeefyOrder} from "../src/IBeefyOrder.sol";
import {KeccakTree} from "./KeccakTree.sol";
import {Validators} from "./Validators.sol";

/// @notice Commitments of the current set. The client knows the sets 5 and 6, of 16 and 4
/// validators.
contract BeefyOrderTest is Validators {
    uint64 private constant CURRENT = 5;
    uint32 private constant LENGTH = 16;
    /// Eleven of sixteen are more than two thirds.
    uint256 private constant ENOUGH = 11;

    event CommitmentAccepted(
        uint64 indexed validatorSetId, uint32 indexed blockNumber, bytes32 mmrRoot, uint256 rootSlot
    );

    BeefyOrder private _order;
    address[] private _validators;

    function setUp() public {
        _order = new BeefyOrder(setOf(CURRENT, LENGTH), setOf(CURRENT + 1, 4));
        _validators = addressesOf(CURRENT, LENGTH);
    }

    function test_starts_from_the_sets_of_its_deployment() public view {
        (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot) = _order.state();
        assertEq(blockNumber, 0, "block");
        assertEq(currentSetId, CURRENT, "current set");
        assertEq(nextSetId, CURRENT + 1, "next set");
        assertEq(_order.mmrRoot(rootSlot), bytes32(0), "root");
        (AuthoritySet memory current, AuthoritySet memory next) = _order.authoritySets();
        assertEq(keccak256(abi.encode(current)), keccak256(abi.encode(setOf(CURRENT, LENGTH))), "current");
        assertEq(keccak256(abi.encode(next)), keccak256(abi.encode(setOf(CURRENT + 1, 4))), "next");
    }

    function test_signed_commitment_is_accepted() public {
        Commitment memory commitment = commitmentOf(100);
        VM.expectEmit();
        emit CommitmentAccepted(CURRENT, 100, commitment.mmrRoot, 1);
        accept(commitment, firstSigners(ENOUGH));
        (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot) = _order.state();
        assertEq(blockNumber, 100, "block");
        assertEq(currentSetId, CURRENT, "current set");
        assertEq(nextSetId, CURRENT + 1, "next set");
        assertEq(rootSlot, 1, "slot");
        assertEq(_order.mmrRoot(rootSlot), commitment.mmrRoot, "root");
    }

    function test_anyone_may_submit() public {
        Commitment memory commitment = commitmentOf(100);
        Signature[] memory signatures = sign(commitment, firstSigners(ENOUGH));
        VM.prank(address(0xbeef));
        _order.submit(commitment, _validators, firstSigners(ENOUGH), signatures);
    }

    function testFuzz_any_two_thirds_are_enough(uint256 signers) public {
        signers &= firstSigners(LENGTH);
        uint256 count = 0;
        for (uint256 bits = signers; bits != 0; bits &= bits - 1) {
            ++count;
        }
        Commitment memory commitment = commitmentOf(100);
        if (count >= ENOUGH) return accept(commitment, signers);
        refused(
            commitment,
            signers,
            sign(commitment, signers),
            abi.encodeWithSelector(IBeefyOrder.TooFewSigners.selector, ENOUGH, count)
        );
    }

    function test_more_than_two_thirds_of_every_length_are_needed() public {
        uint8[9] memory lengths = [1, 2, 3, 4, 5, 6, 7, 31, 32];
        uint8[9] memory required = [1, 2, 3, 3, 4, 5, 5, 21, 22];
        for (uint256 i = 0; i < lengths.length; ++i) {
            (uint32 length, uint256 enough) = (lengths[i], required[i]);
            _order = new BeefyOrder(setOf(CURRENT, length), setOf(CURRENT + 1, 1));
            _validators = addressesOf(CURRENT, length);
            Commitment memory commitment = commitmentOf(100);
            uint256 signers = firstSigners(enough - 1);
            refused(
                commitment,
                signers,
                sign(commitment, signers),
                abi.encodeWithSelector(IBeefyOrder.TooFewSigners.selector, enough, enough - 1)
            );
            accept(commitment, firstSigners(enough));
        }
    }

    function test_third_of_the_set_is_not_enough() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(6);
        refused(
            commitment,
            signers,
            sign(commitment, signers),
            abi.encodeWithSelector(IBeefyOrder.TooFewSigners.selector, ENOUGH, 6)
        );
    }

    function test_set_that_has_handed_over_is_refused() public {
        Commitment memory commitment = commitmentOf(100);
        commitment.validatorSetId = CURRENT - 1;
        refused(
            commitment,
            firstSigners(ENOUGH),
            sign(commitment, firstSigners(ENOUGH)),
            abi.encodeWithSelector(IBeefyOrder.OldSet.selector, CURRENT, CURRENT - 1)
        );
    }

    function test_next_set_is_told_to_hand_over() public {
        Commitment memory commitment = commitmentOf(100);
        commitment.validatorSetId = CURRENT + 1;
        _validators = addressesOf(CURRENT + 1, 4);
        refused(
            commitment,
            7,
            sign(commitment, 7),
            abi.encodeWithSelector(IBeefyOrder.HandoverNeeded.selector, CURRENT + 1)
        );
    }

    function test_set_after_the_next_is_unknown() public {
        Commitment memory commitment = commitmentOf(100);
        commitment.validatorSetId = CURRENT + 2;
        refused(
            commitment,
            firstSigners(ENOUGH),
            sign(commitment, firstSigners(ENOUGH)),
            abi.encodeWithSelector(IBeefyOrder.UnknownSet.selector, CURRENT + 1, CURRENT + 2)
        );
    }

    function test_other_set_cannot_sign_for_the_current_one() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        Signature[] memory signatures = signAs(CURRENT - 1, commitment, signers);
        refused(commitment, signers, signatures, wrongSigner(0, 0, VM.addr(keyOf(CURRENT - 1, 0))));
        address[] memory old = addressesOf(CURRENT - 1, LENGTH);
        _validators = old;
        refused(
            commitment,
            signers,
            signatures,
            abi.encodeWithSelector(
                IBeefyOrder.ValidatorsMismatch.selector,
                setOf(CURRENT, LENGTH).root,
                setOf(CURRENT - 1, LENGTH).root
            )
        );
    }

    function test_commitment_must_be_newer() public {
        accept(commitmentOf(100), firstSigners(ENOUGH));
        for (uint32 blockNumber = 98; blockNumber <= 100; ++blockNumber) {
            Commitment memory commitment = commitmentOf(blockNumber);
            refused(
                commitment,
                firstSigners(ENOUGH),
                sign(commitment, firstSigners(ENOUGH)),
                abi.encodeWithSelector(IBeefyOrder.StaleBlock.selector, 100, blockNumber)
            );
        }
    }

    function test_fork_at_the_same_block_is_refused() public {
        accept(commitmentOf(100), firstSigners(ENOUGH));
        Commitment memory fork = commitmentOf(100);
        fork.mmrRoot = keccak256("fork");
        refused(
            fork,
            firstSigners(ENOUGH),
            sign(fork, firstSigners(ENOUGH)),
            abi.encodeWithSelector(IBeefyOrder.StaleBlock.selector, 100, 100)
        );
    }

    function test_repeated_validator_counts_once() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        Signature[] memory signatures = sign(commitment, signers);
        signatures[10] = signatures[9];
        refused(commitment, signers, signatures, wrongSigner(10, 10, _validators[9]));
        _validators[10] = _validators[9];
        refusedList(commitment, signers, signatures);
    }

    function test_signatures_must_be_in_the_order_of_the_set() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        Signature[] memory signatures = sign(commitment, signers);
        (signatures[3], signatures[4]) = (signatures[4], signatures[3]);
        refused(commitment, signers, signatures, wrongSigner(3, 3, _validators[4]));
        (_validators[3], _validators[4]) = (_validators[4], _validators[3]);
        refusedList(commitment, signers, signatures);
    }

    function test_bit_field_must_be_that_of_the_signatures() public {
        Commitment memory commitment = commitmentOf(100);
        Signature[] memory signatures = sign(commitment, firstSigners(ENOUGH));
        refused(commitment, firstSigners(ENOUGH) << 1, signatures, wrongSigner(0, 1, _validators[0]));
    }

    function test_signers_outside_the_set_are_refused() public {
        Commitment memory commitment = commitmentOf(100);
        uint256[3] memory beyond = [uint256(LENGTH), 32, 255];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 signers = firstSigners(ENOUGH) | 1 << beyond[i];
            refused(
                commitment,
                signers,
                sign(commitment, firstSigners(ENOUGH)),
                abi.encodeWithSelector(IBeefyOrder.SignerOutOfRange.selector, LENGTH, signers)
            );
        }
    }

    function test_each_signer_has_one_signature() public {
        Commitment memory commitment = commitmentOf(100);
        uint256[3] memory counts = [uint256(0), ENOUGH - 1, ENOUGH + 1];
        for (uint256 i = 0; i < 3; ++i) {
            refused(
                commitment,
                firstSigners(ENOUGH),
                sign(commitment, firstSigners(counts[i])),
                abi.encodeWithSelector(IBeefyOrder.SignatureCountMismatch.selector, ENOUGH, counts[i])
            );
        }
    }

    function test_list_of_validators_must_be_whole() public {
        Commitment memory commitment = commitmentOf(100);
        Signature[] memory signatures = sign(commitment, firstSigners(ENOUGH));
        _validators.pop();
        refused(
            commitment,
            firstSigners(ENOUGH),
            signatures,
            abi.encodeWithSelector(IBeefyOrder.ValidatorCountMismatch.selector, LENGTH, LENGTH - 1)
        );
        _validators.push(_validators[0]);
        refusedList(commitment, firstSigners(ENOUGH), signatures);
        _validators.push(_validators[0]);
        refused(
            commitment,
            firstSigners(ENOUGH),
            signatures,
            abi.encodeWithSelector(IBeefyOrder.ValidatorCountMismatch.selector, LENGTH, LENGTH + 1)
        );
    }

    function test_high_s_is_refused() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        Signature[] memory signatures = sign(commitment, signers);
        uint256[2] memory high = [GROUP_ORDER / 2 + 1, type(uint256).max >> 1];
        for (uint256 i = 0; i < 2; ++i) {
            signatures[2].vs = bytes32(high[i]);
            bytes memory reason = abi.encodeWithSelector(IBeefyOrder.HighS.selector, 2, high[i]);
            refused(commitment, signers, signatures, reason);
        }
    }

    /// The other signature that anyone can compute from one, `(r, n - s)`, does not fit 255 bits.
    function test_malleated_signature_has_no_compact_form() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        for (uint256 parity = 0; parity < 2; ++parity) {
            Signature[] memory signatures = sign(commitment, signers);
            uint256 twin = GROUP_ORDER - (uint256(signatures[2].vs) & type(uint256).max >> 1);
            assertTrue(twin >> 255 == 1, "it fits");
            signatures[2].vs = bytes32(twin ^ parity << 255);
            (bool accepted,) = address(_order)
                .call(abi.encodeCall(_order.submit, (commitment, _validators, signers, signatures)));
            assertTrue(!accepted, "accepted");
        }
    }

    function test_signature_by_no_key_is_refused() public {
        Commitment memory commitment = commitmentOf(100);
        uint256 signers = firstSigners(ENOUGH);
        bytes memory reason = abi.encodeWithSelector(IBeefyOrder.InvalidSignature.selector, 10);
        Signature[] memory signatures = sign(commitment, signers);
        bytes32 vs = signatures[10].vs;
        signatures[10].vs = 0;
        refused(commitment, signers, signatures, reason);
        signatures[10].vs = vs;
        bytes32[3] memory invalid = [bytes32(0), bytes32(GROUP_ORDER), bytes32(type(uint256).max)];
        for (uint256 i = 0; i < 3; ++i) {
            signatures[10].r = invalid[i];
            refused(commitment, signers, signatures, reason);
        }
    }

    /// Substrate puts the zero address into a set for a key that is not a point. Nobody can sign
    /// for it.
    function test_nobody_signs_for_the_zero_address() public {
        _validators = new address[](1);
        bytes32 root = keccak256(abi.encodePacked(address(0)));
        _order = new BeefyOrder(AuthoritySet(CURRENT, 1, root), setOf(CURRENT + 1, 1));
        refused(
            commitmentOf(100),
            1,
            new Signature[](1),
            abi.encodeWithSelector(IBeefyOrder.InvalidSignature.selector, 0)
        );
    }

    function testFuzz_every_part_of_a_commitment_is_signed(bytes32 root, uint32 blockNumber) public {
        Commitment memory commitment = commitmentOf(100);
        Signature[] memory signatures = sign(commitment, firstSigners(ENOUGH));
        if (blockNumber == 0 || root == commitment.mmrRoot && blockNumber == 100) return;
        commitment.mmrRoot = root;
        commitment.blockNumber = blockNumber;
        (bool accepted,) = address(_order)
            .call(abi.encodeCall(_order.submit, (commitment, _validators, firstSigners(ENOUGH), signatures)));
        assertTrue(!accepted, "accepted");
    }

    function testFuzz_flipped_bit_in_a_signature_is_refused(uint256 index, uint256 bit) public {
        Commitment memory commitment = commitmentOf(100);
        Signature[] memory signatures = sign(commitment, firstSigners(ENOUGH));
        index %= ENOUGH;
        bytes32 flip = bytes32(1 << bit % 256);
        if (bit / 256 % 2 == 0) signatures[index].r ^= flip;
        else signatures[index].vs ^= flip;
        (bool accepted,) = address(_order)
            .call(abi.encodeCall(_order.submit, (commitment, _validators, firstSigners(ENOUGH), signatures)));
        assertTrue(!accepted, "accepted");
    }

    function test_last_roots_are_kept_in_a_ring() public {
        uint256 kept = _order.KEPT_ROOTS();
        for (uint32 blockNumber = 1; blockNumber <= 2 * kept + 1; ++blockNumber) {
            accept(commitmentOf(blockNumber), firstSigners(ENOUGH));
            (,,, uint256 rootSlot) = _order.state();
            assertEq(rootSlot, blockNumber % kept, "slot");
            for (uint32 back = 0; back < kept && back < blockNumber; ++back) {
                bytes32 expected = commitmentOf(blockNumber - back).mmrRoot;
                assertEq(_order.mmrRoot((rootSlot + kept - back) % kept), expected, "root");
            }
        }
        assertEq(_order.mmrRoot(kept), bytes32(0), "no such slot");
    }

    function test_sets_of_a_deployment_are_checked() public {
        AuthoritySet memory good = setOf(CURRENT, 1);
        AuthoritySet memory bad = AuthoritySet(CURRENT, 0, good.root);
        VM.expectRevert(abi.encodeWithSelector(IBeefyOrder.EmptySet.selector, CURRENT));
        new BeefyOrder(bad, setOf(CURRENT + 1, 1));
        bad.length = 33;
        VM.expectRevert(abi.encodeWithSelector(IBeefyOrder.SetTooLarge.selector, CURRENT, 32, 33));
        new BeefyOrder(bad, setOf(CURRENT + 1, 1));
        bad = AuthoritySet(CURRENT + 1, 0, good.root);
        VM.expectRevert(abi.encodeWithSelector(IBeefyOrder.EmptySet.selector, CURRENT + 1));
        new BeefyOrder(good, bad);
        bad.length = 33;
        VM.expectRevert(abi.encodeWithSelector(IBeefyOrder.SetTooLarge.selector, CURRENT + 1, 32, 33));
        new BeefyOrder(good, bad);
        for (uint64 id = CURRENT; id <= CURRENT + 2; id += 2) {
            VM.expectRevert(abi.encodeWithSelector(IBeefyOrder.NextSetIdMismatch.selector, CURRENT + 1, id));
            new BeefyOrder(good, setOf(id, 1));
        }
    }

    function commitmentOf(uint32 blockNumber) private pure returns (Commitment memory) {
        return Commitment(keccak256(abi.encode("root", blockNumber)), blockNumber, CURRENT);
    }

    function wrongSigner(uint256 signature, uint256 validator, address got)
        private
        view
        returns (bytes memory)
    {
        return
            abi.encodeWithSelector(IBeefyOrder.WrongSigner.selector, signature, _validators[validator], got);
    }

    function accept(Commitment memory commitment, uint256 signers) private {
        _order.submit(commitment, _validators, signers, sign(commitment, signers));
    }

    /// @dev Expects a refusal because the list of validators is not the set's.
    function refusedList(Commitment memory commitment, uint256 signers, Signature[] memory signatures)
        private
    {
        bytes32[] memory row = new bytes32[](_validators.length);
        for (uint256 i = 0; i < row.length; ++i) {
            row[i] = keccak256(abi.encodePacked(_validators[i]));
        }
        refused(
            commitment,
            signers,
            signatures,
            abi.encodeWithSelector(
                IBeefyOrder.ValidatorsMismatch.selector, setOf(CURRENT, LENGTH).root, KeccakTree.rootOf(row)
            )
        );
    }

    /// @dev Expects a refusal that changes nothing.
    function refused(
        Commitment memory commitment,
        uint256 signers,
        Signature[] memory signatures,
        bytes memory reason
    ) private {
        bytes32 before = snapshot();
        VM.expectRevert(reason);
        _order.submit(commitment, _validators, signers, signatures);
        assertEq(snapshot(), before, "the refusal changed something");
    }

    function snapshot() private view returns (bytes32) {
        (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot) = _order.state();
        (AuthoritySet memory current, AuthoritySet memory next) = _order.authoritySets();
        bytes32 root = _order.mmrRoot(rootSlot);
        return keccak256(abi.encode(blockNumber, currentSetId, nextSetId, rootSlot, current, next, root));
    }
}
