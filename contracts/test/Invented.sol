// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofVerifier} from "../src/IProofVerifier.sol";
import {ISettlement} from "../src/ISettlement.sol";
import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

/// @notice A verifier that takes one proof for every statement, so that tests see who was asked.
contract OneProof is IProofVerifier {
    bytes32 private immutable PROOF_HASH;

    constructor(bytes memory proof) {
        PROOF_HASH = keccak256(proof);
    }

    function verify(SettlementStatement calldata, bytes calldata proof) external view returns (bool) {
        return keccak256(proof) == PROOF_HASH;
    }
}

/// @notice An app whose batches are invented and whose proofs are words. The appchain is as real
/// as in the other tests.
abstract contract Invented is Fixture {
    uint256 internal constant OLD_PROGRAM = 1000;
    bytes internal constant OLD_PROOF = "a proof of the old verifier";

    bytes32 internal key;

    function setUp() public virtual override {
        super.setUp();
        config.programId = OLD_PROGRAM;
        config.verifier = new OneProof(OLD_PROOF);
        key = register();
    }

    /// @dev Returns a statement that goes on where the app stands.
    function nextStatement(uint256 programId) internal view returns (SettlementStatement memory statement) {
        ISettlement.App memory app = settlement.appState(key);
        statement.genesisHash = config.genesisHash;
        statement.appId = config.appId;
        statement.programId = programId;
        statement.batchIndex = app.nextBatch;
        statement.preRoot = app.root;
        statement.postRoot = uint256(app.nextBatch) + 1;
        statement.inboxHashPre = app.inboxHash;
        statement.inboxHashPost = app.inboxHash + 7;
        statement.vrfSeed = 10 * uint256(app.nextBatch) + 5;
        statement.batchCount = 1;
    }

    /// @dev Finalizes the batch of a statement that comes next.
    function finalized(SettlementStatement memory statement) internal returns (bytes memory) {
        return evidenceFor(headOf(statement, settlement.appState(key).seedsHash));
    }

    function settleNext(uint256 programId, bytes memory proof) internal {
        SettlementStatement memory statement = nextStatement(programId);
        settle(statement, proof, finalized(statement));
    }

    function refusedNext(uint256 programId, bytes memory proof, bytes memory reason) internal {
        SettlementStatement memory statement = nextStatement(programId);
        refused(statement, proof, finalized(statement), reason);
    }

    /// @dev Returns the head of the next batch, voided.
    function voidedHead() internal view returns (OrderHead memory head) {
        head = headOf(nextStatement(0), settlement.appState(key).seedsHash);
        head.programId = 0;
    }

    /// @dev Has the next batch voided on the appchain and passes it.
    function skipNext() internal {
        SettlementStatement memory statement = nextStatement(0);
        bytes memory evidence = abi.encode(finalize(hashOrderHead(voidedHead())));
        settlement.skipVoided(config, statement.inboxHashPost, statement.vrfSeed, evidence);
    }
}
