// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Halo2Verifier} from "../generated/Halo2Verifier.sol";
import {Settlement} from "../src/Settlement.sol";
import {SettlementProofVerifier} from "../src/SettlementProofVerifier.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Test} from "./Test.sol";

/// @notice The contracts, and proofs of two consecutive batches that the real prover made
/// (`settlement-tool fixtures`; the batch proofs inside are of sizes k = 14 and 15).
abstract contract Fixture is Test {
    Halo2Verifier internal halo2Verifier;
    SettlementProofVerifier internal verifier;
    Settlement internal settlement;

    SettlementStatement internal first;
    SettlementStatement internal second;
    bytes internal firstProof;
    bytes internal secondProof;

    function setUp() public {
        halo2Verifier = new Halo2Verifier();
        verifier = new SettlementProofVerifier(address(halo2Verifier));
        settlement = new Settlement(verifier);
        string memory json = VM.readFile("test/fixtures/proofs.json");
        first = abi.decode(VM.parseJsonBytes(json, ".proofs[0].statement"), (SettlementStatement));
        second = abi.decode(VM.parseJsonBytes(json, ".proofs[1].statement"), (SettlementStatement));
        firstProof = VM.parseJsonBytes(json, ".proofs[0].proof");
        secondProof = VM.parseJsonBytes(json, ".proofs[1].proof");
    }

    function register() internal returns (bytes32) {
        return settlement.register(first.genesisHash, first.appId, first.programId);
    }

    /// @dev Returns the statement with one word, counted from 0, replaced.
    function withField(SettlementStatement memory statement, uint256 field, uint256 value)
        internal
        pure
        returns (SettlementStatement memory)
    {
        bytes memory words = abi.encode(statement);
        setWord(words, field, value);
        return abi.decode(words, (SettlementStatement));
    }

    function word(bytes memory words, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(words, 32), mul(32, index)))
        }
    }

    function setWord(bytes memory words, uint256 index, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(words, 32), mul(32, index)), value)
        }
    }
}
