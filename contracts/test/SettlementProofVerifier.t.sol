// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProofLayout} from "../generated/ProofLayout.sol";
import {SettlementProofVerifier} from "../src/SettlementProofVerifier.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

contract SettlementProofVerifierTest is Fixture {
    /// Ethereum's limit on the code of a contract (EIP-170).
    uint256 private constant CODE_LIMIT = 24_576;

    function test_verifier_fits_ethereum() public view {
        assertTrue(address(halo2Verifier).code.length > 10_000, "the verifier was compiled away");
        assertTrue(address(halo2Verifier).code.length <= CODE_LIMIT, "the verifier is too large");
    }

    function test_real_proofs_are_accepted() public view {
        assertTrue(verifier.verify(first, firstProof), "first");
        assertTrue(verifier.verify(second, secondProof), "second");
    }

    function test_proof_is_of_its_own_statement_only() public view {
        assertTrue(!verifier.verify(second, firstProof), "the first proof for the second statement");
        assertTrue(!verifier.verify(first, secondProof), "the second proof for the first statement");
    }

    function test_every_statement_field_is_bound() public view {
        bytes memory words = abi.encode(first);
        for (uint256 field = 0; field < 14; ++field) {
            SettlementStatement memory forged = withField(first, field, word(words, field) ^ 1);
            assertTrue(!verifier.verify(forged, firstProof), "a changed field was accepted");
        }
    }

    function test_noncanonical_statement_fields_are_refused() public view {
        bytes memory words = abi.encode(first);
        uint256 modulus = verifier.SCALAR_MODULUS();
        for (uint256 field = 0; field < 14; ++field) {
            SettlementStatement memory forged = withField(first, field, word(words, field) + modulus);
            assertTrue(!verifier.verify(forged, firstProof), "a non-canonical field was accepted");
        }
    }

    function test_truncated_and_extended_proofs_are_refused() public view {
        bytes memory proof = firstProof;
        uint256 length = proof.length;
        assertEq(length, verifier.PROOF_BYTES(), "length");
        assertTrue(!verifier.verify(first, ""), "empty");
        assertTrue(!verifier.verify(first, bytes.concat(proof, hex"00")), "one byte more");
        assertTrue(!verifier.verify(first, bytes.concat(proof, new bytes(32))), "one word more");
        for (uint256 cut = 1; cut <= 64; cut += 31) {
            assembly ("memory-safe") {
                mstore(proof, sub(length, cut))
            }
            assertTrue(!verifier.verify(first, proof), "truncated");
        }
    }

    function test_a_flipped_bit_in_any_word_is_refused() public view {
        bytes memory proof = firstProof;
        for (uint256 index = 0; index < proof.length / 32; ++index) {
            uint256 value = word(proof, index);
            setWord(proof, index, value ^ (1 << (index % 80)));
            assertTrue(!verifier.verify(first, proof), "a flipped bit was accepted");
            setWord(proof, index, value);
        }
        assertTrue(verifier.verify(first, proof), "restored");
    }

    function test_noncanonical_proof_words_are_refused() public view {
        bytes memory proof = firstProof;
        uint256 evaluations = ProofLayout.LIMBS + 2 * ProofLayout.POINTS;
        uint256 openings = evaluations + ProofLayout.EVALUATIONS;
        for (uint256 index = ProofLayout.LIMBS; index < proof.length / 32; ++index) {
            bool scalar = index >= evaluations && index < openings;
            uint256 modulus = scalar ? verifier.SCALAR_MODULUS() : verifier.BASE_MODULUS();
            uint256 value = word(proof, index);
            setWord(proof, index, value + modulus);
            assertTrue(!verifier.verify(first, proof), "a non-canonical word was accepted");
            setWord(proof, index, value);
        }
    }

    function test_an_address_without_code_is_no_verifier() public {
        VM.expectRevert(
            abi.encodeWithSelector(SettlementProofVerifier.NoVerifierCode.selector, address(0xdead))
        );
        new SettlementProofVerifier(address(0xdead));
    }
}
