// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementStatement} from "../src/SettlementStatement.sol";
import {Fixture} from "./Fixture.sol";

/// @notice The encodings that the Rust prover makes, read by Solidity.
/// `prover-offchain/settlement/tests/settlement.rs` reads the same file.
contract SettlementStatementTest is Fixture {
    function test_statement_is_the_struct_of_its_fields() public view {
        string memory json = VM.readFile("test/fixtures/proofs.json");
        same(first, fields(json, ".proofs[0].fields"));
        same(second, fields(json, ".proofs[1].fields"));
    }

    function test_statement_has_the_canonical_encoding() public view {
        string memory json = VM.readFile("test/fixtures/proofs.json");
        bytes memory encoded = VM.parseJsonBytes(json, ".proofs[0].statement");
        assertEq(keccak256(encoded), keccak256(abi.encode(first)), "encoding");
    }

    function same(SettlementStatement memory left, SettlementStatement memory right) private pure {
        assertEq(keccak256(abi.encode(left)), keccak256(abi.encode(right)), "statement");
    }

    function fields(string memory json, string memory path)
        private
        pure
        returns (SettlementStatement memory statement)
    {
        statement.genesisHash = field(json, path, ".genesisHash");
        statement.appId = field(json, path, ".appId");
        statement.programId = field(json, path, ".programId");
        statement.batchIndex = field(json, path, ".batchIndex");
        statement.preRoot = field(json, path, ".preRoot");
        statement.postRoot = field(json, path, ".postRoot");
        statement.inboxHashPre = field(json, path, ".inboxHashPre");
        statement.inboxHashPost = field(json, path, ".inboxHashPost");
        statement.writesHash = field(json, path, ".writesHash");
        statement.outboxRoot = field(json, path, ".outboxRoot");
        statement.vrfSeed = field(json, path, ".vrfSeed");
        statement.depositHashPre = field(json, path, ".depositHashPre");
        statement.depositHashPost = field(json, path, ".depositHashPost");
        statement.batchCount = field(json, path, ".batchCount");
    }

    function field(string memory json, string memory path, string memory name)
        private
        pure
        returns (uint256)
    {
        return uint256(abi.decode(VM.parseJsonBytes(json, string.concat(path, name)), (bytes32)));
    }
}
