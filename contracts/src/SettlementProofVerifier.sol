// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProofLayout} from "../generated/ProofLayout.sol";
import {IProofVerifier} from "./IProofVerifier.sol";
import {SettlementStatement} from "./SettlementStatement.sol";

/// @notice Checks the encoding of a settlement proof, then hands it to the generated halo2
/// verifier.
/// @dev The generated verifier reads its calldata at fixed places and reduces scalars silently.
/// So this contract refuses proofs of any other length, and words that are not canonical: no two
/// byte strings are the same proof.
contract SettlementProofVerifier is IProofVerifier {
    /// @notice The order of BN254's groups: the modulus of scalars.
    uint256 public constant SCALAR_MODULUS =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @notice The modulus of coordinates.
    uint256 public constant BASE_MODULUS =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev Bytes of a statement: 14 words.
    uint256 private constant STATEMENT_BYTES = 448;
    uint256 private constant LIMB_BYTES = 32 * ProofLayout.LIMBS;
    uint256 private constant POINT_BYTES = 64 * ProofLayout.POINTS;
    uint256 private constant EVALUATION_BYTES = 32 * ProofLayout.EVALUATIONS;
    uint256 private constant OPENING_BYTES = 64 * ProofLayout.OPENING_POINTS;

    /// @notice Bytes of every proof: limbs, points, evaluations, opening points.
    uint256 public constant PROOF_BYTES = LIMB_BYTES + POINT_BYTES + EVALUATION_BYTES + OPENING_BYTES;

    /// @notice The most gas that the generated verifier gets, several times what it needs. Given
    /// a point off the curve it calls a precompile that takes all of its gas; the caller keeps
    /// enough to say that the proof is invalid.
    uint256 public constant VERIFIER_GAS = 2_000_000;

    /// @notice The generated verifier.
    address public immutable HALO2_VERIFIER;

    /// @notice There is no code at the address of the generated verifier, where every call would
    /// succeed.
    error NoVerifierCode(address verifier);

    constructor(address halo2Verifier) {
        if (halo2Verifier.code.length == 0) revert NoVerifierCode(halo2Verifier);
        HALO2_VERIFIER = halo2Verifier;
    }

    /// @inheritdoc IProofVerifier
    function verify(SettlementStatement calldata statement, bytes calldata proof)
        external
        view
        returns (bool)
    {
        if (proof.length != PROOF_BYTES) return false;
        uint256 fields;
        uint256 start;
        assembly ("memory-safe") {
            fields := statement
            start := proof.offset
        }
        uint256 points = start + LIMB_BYTES;
        uint256 evaluations = points + POINT_BYTES;
        uint256 openings = evaluations + EVALUATION_BYTES;
        if (
            !_below(fields, fields + STATEMENT_BYTES, SCALAR_MODULUS) || !_below(start, points, 1 << 88)
                || !_below(points, evaluations, BASE_MODULUS)
                || !_below(evaluations, openings, SCALAR_MODULUS)
                || !_below(openings, start + PROOF_BYTES, BASE_MODULUS)
        ) return false;

        address halo2Verifier = HALO2_VERIFIER;
        uint256 limbs = LIMB_BYTES;
        uint256 rest = PROOF_BYTES - LIMB_BYTES;
        uint256 gasLimit = VERIFIER_GAS;
        bool accepted;
        assembly ("memory-safe") {
            // Calldata of the generated verifier: limbs, statement, the rest of the proof.
            let input := mload(0x40)
            calldatacopy(input, proof.offset, limbs)
            calldatacopy(add(input, limbs), statement, STATEMENT_BYTES)
            calldatacopy(add(input, add(limbs, STATEMENT_BYTES)), add(proof.offset, limbs), rest)
            let size := add(STATEMENT_BYTES, add(limbs, rest))
            accepted := staticcall(gasLimit, halo2Verifier, input, size, 0, 0)
        }
        return accepted;
    }

    /// @dev Returns whether all words of calldata from byte `start` to byte `end` are below
    /// `bound`. Four words at a time: this loop runs over the whole proof.
    function _below(uint256 start, uint256 end, uint256 bound) private pure returns (bool below) {
        below = true;
        assembly ("memory-safe") {
            let at := start
            for {} lt(add(at, 96), end) { at := add(at, 128) } {
                below := and(below, lt(calldataload(at), bound))
                below := and(below, lt(calldataload(add(at, 32)), bound))
                below := and(below, lt(calldataload(add(at, 64)), bound))
                below := and(below, lt(calldataload(add(at, 96)), bound))
            }
            for {} lt(at, end) { at := add(at, 32) } { below := and(below, lt(calldataload(at), bound)) }
        }
    }
}
