// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a settlement proof says, over a range of consecutive batches of one app. Each
/// field is a public input of the proof, in this order; the Rust prover encodes the same 14
/// words.
/// @dev Running program `programId` on exactly the messages that take `inboxHashPre` to
/// `inboxHashPost`, from KV root `preRoot`, yields `postRoot`. The fields named "pre" are those
/// of the first batch, those named "post" of the last. `writesHash`, `outboxRoot` and `vrfSeed`
/// are folded with P2 over the batches, from the first; for one batch they are its own.
struct SettlementStatement {
    /// The genesis hash of the appchain, reduced into the scalar field.
    uint256 genesisHash;
    /// The app on that chain.
    uint256 appId;
    /// The root of the digests of the program's verifying keys, which anyone can recompute from
    /// its wasm.
    uint256 programId;
    /// The first batch of the range.
    uint256 batchIndex;
    uint256 preRoot;
    uint256 postRoot;
    uint256 inboxHashPre;
    uint256 inboxHashPost;
    uint256 writesHash;
    uint256 outboxRoot;
    uint256 vrfSeed;
    /// Zero until there is a bridge.
    uint256 depositHashPre;
    /// Zero until there is a bridge.
    uint256 depositHashPost;
    /// How many batches the range holds.
    uint256 batchCount;
}
