// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InsecureHalo2Verifier} from "../generated/InsecureHalo2Verifier.sol";
import {Poseidon} from "../generated/Poseidon.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {Settlement} from "../src/Settlement.sol";
import {SettlementProofVerifier} from "../src/SettlementProofVerifier.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Appchain} from "./Appchain.sol";

/// @notice The contracts, and proofs of two consecutive batches that the real prover made
/// (`settlement-tool fixtures`; the batch proofs inside are of sizes k = 14 and 15).
abstract contract Fixture is Appchain {
    address internal constant UPGRADER = address(0x1111);

    InsecureHalo2Verifier internal halo2Verifier;
    SettlementProofVerifier internal verifier;
    Settlement internal settlement;
    ISettlement.AppConfig internal config;

    SettlementStatement internal first;
    SettlementStatement internal second;
    bytes internal firstProof;
    bytes internal secondProof;

    function setUp() public virtual {
        halo2Verifier = new InsecureHalo2Verifier();
        verifier = new SettlementProofVerifier(address(halo2Verifier));
        settlement = new Settlement();
        startAppchain();
        string memory json = VM.readFile("test/fixtures/proofs.json");
        first = abi.decode(VM.parseJsonBytes(json, ".proofs[0].statement"), (SettlementStatement));
        second = abi.decode(VM.parseJsonBytes(json, ".proofs[1].statement"), (SettlementStatement));
        firstProof = VM.parseJsonBytes(json, ".proofs[0].proof");
        secondProof = VM.parseJsonBytes(json, ".proofs[1].proof");
        config = ISettlement.AppConfig({
            genesisHash: first.genesisHash,
            appId: first.appId,
            programId: first.programId,
            order: order,
            verifier: verifier,
            upgrader: UPGRADER
        });
    }

    function register() internal returns (bytes32) {
        return settlement.register(config);
    }

    /// @dev Returns the head of the statement's batch, which it ends with seeds that fold from
    /// `before`.
    function headOf(SettlementStatement memory statement, uint256 before)
        internal
        pure
        returns (OrderHead memory)
    {
        return OrderHead({
            genesisHash: statement.genesisHash,
            appId: statement.appId,
            batchIndex: statement.batchIndex,
            inboxHash: statement.inboxHashPost,
            seedsHash: Poseidon.P2(before, statement.vrfSeed),
            programId: statement.programId
        });
    }

    function firstHead() internal view returns (OrderHead memory) {
        return headOf(first, 0);
    }

    function secondHead() internal view returns (OrderHead memory) {
        return headOf(second, firstHead().seedsHash);
    }

    /// @dev Finalizes a head on the appchain and returns the encoded evidence.
    function evidenceFor(OrderHead memory head) internal returns (bytes memory) {
        return abi.encode(finalize(hashOrderHead(head)));
    }

    /// @dev Returns the seeds of a statement of one batch.
    function seedsOf(SettlementStatement memory statement) internal pure returns (uint256[] memory seeds) {
        seeds = new uint256[](1);
        seeds[0] = statement.vrfSeed;
    }

    /// @dev Settles a statement of one batch.
    function settle(SettlementStatement memory statement, bytes memory proof, bytes memory evidence)
        internal
    {
        settlement.settle(config, statement, seedsOf(statement), proof, evidence);
    }

    function settleFirst() internal {
        settle(first, firstProof, evidenceFor(firstHead()));
    }

    function settleSecond() internal {
        settle(second, secondProof, evidenceFor(secondHead()));
    }

    /// @dev Expects a refusal that changes nothing.
    function refused(
        SettlementStatement memory statement,
        bytes memory proof,
        bytes memory evidence,
        bytes memory reason
    ) internal {
        refused(statement, seedsOf(statement), proof, evidence, reason);
    }

    /// @dev Expects a refusal that changes nothing.
    function refused(
        SettlementStatement memory statement,
        uint256[] memory seeds,
        bytes memory proof,
        bytes memory evidence,
        bytes memory reason
    ) internal {
        bytes32 before = snapshot();
        VM.expectRevert(reason);
        settlement.settle(config, statement, seeds, proof, evidence);
        assertEq(snapshot(), before, "the refusal changed something");
    }

    /// @dev Returns the hash of all that the contract knows of the app.
    function snapshot() internal view returns (bytes32) {
        bytes32 key = settlement.appKey(config);
        return keccak256(abi.encode(settlement.appState(key), settlement.upgradeOf(key)));
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
