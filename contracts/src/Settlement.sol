// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {IProofVerifier} from "./IProofVerifier.sol";
import {SettlementStatement} from "./SettlementStatement.sol";

/// @notice The state of zkFusion's apps on Ethereum: the KV root of each, moved by proofs and by nothing else.
/// @dev There is no owner, no upgrade and no pause. An app is the triple (genesis hash, app id, program id); its
/// key is the hash of the triple, so a registration can be repeated by anyone and taken by nobody. Every app
/// starts in the one state that the appchain starts it in: the empty KV tree, the empty inbox, batch 0. To see
/// that an app runs the program it claims, recompute the program id from its wasm.
contract Settlement {
    /// @notice Where an app stands.
    struct App {
        /// Whether it is registered.
        bool registered;
        /// The first batch that is not settled.
        uint64 nextBatch;
        /// The KV root after the last settled batch.
        uint256 root;
        /// The inbox hash chain after the last settled batch.
        uint256 inboxHash;
    }

    /// @notice The root of the depth-32 KV tree in which every leaf is empty.
    uint256 public constant EMPTY_ROOT = 0x1102d2f8db05e4af4842e8ad3d85ed45eb28447eb7212235a2281d5ab5d81d11;

    /// @notice The order of BN254's groups: statement fields are below it.
    uint256 public constant SCALAR_MODULUS =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice What decides about proofs.
    IProofVerifier public immutable VERIFIER;

    /// @dev Inbox hashes are stored plus one (they are below the scalar modulus): a slot that is never zero costs
    /// the first settlement of an app no more than the others.
    mapping(bytes32 key => App) private _apps;

    /// @notice An app was registered.
    event AppRegistered(
        bytes32 indexed key, uint256 indexed genesisHash, uint256 indexed appId, uint256 programId
    );

    /// @notice The batches from `firstBatch` to `lastBatch` of an app are final here; its root is now `root`.
    event Settled(
        bytes32 indexed key,
        uint64 indexed firstBatch,
        uint64 indexed lastBatch,
        uint256 root,
        uint256 inboxHash,
        uint256 outboxRoot
    );

    /// @notice There is no code at the verifier's address.
    error NoVerifierCode(address verifier);
    /// @notice A field of the statement is not below the scalar field's modulus; fields are counted from 0.
    error NonCanonicalField(uint256 field, uint256 value);
    /// @notice The statement's app is not registered.
    error UnknownApp(bytes32 key);
    /// @notice All batches of the range were settled before: nothing is left to do.
    error AlreadySettled(bytes32 key, uint64 nextBatch);
    /// @notice The range does not start at the first batch that is not settled.
    error BatchOutOfOrder(uint64 expected, uint256 got);
    /// @notice The range holds no batch, or more than can be counted.
    error BadBatchCount(uint256 batchCount);
    /// @notice The statement does not start from the app's root.
    error RootMismatch(uint256 expected, uint256 got);
    /// @notice The statement does not start from the app's inbox.
    error InboxMismatch(uint256 expected, uint256 got);
    /// @notice The statement claims deposits, which there are none of.
    error UnexpectedDeposits(uint256 depositHashPre, uint256 depositHashPost);
    /// @notice The proof does not prove the statement.
    error InvalidProof();

    constructor(IProofVerifier verifier) {
        if (address(verifier).code.length == 0) revert NoVerifierCode(address(verifier));
        VERIFIER = verifier;
    }

    /// @notice Registers an app in its initial state. Anyone may; repeating it changes nothing.
    /// @return key The key of the app.
    function register(uint256 genesisHash, uint256 appId, uint256 programId) external returns (bytes32 key) {
        if (genesisHash >= SCALAR_MODULUS) revert NonCanonicalField(0, genesisHash);
        if (appId >= SCALAR_MODULUS) revert NonCanonicalField(1, appId);
        if (programId >= SCALAR_MODULUS) revert NonCanonicalField(2, programId);
        key = appKey(genesisHash, appId, programId);
        App storage app = _apps[key];
        if (app.registered) return key;
        app.registered = true;
        app.root = EMPTY_ROOT;
        app.inboxHash = 1;
        emit AppRegistered(key, genesisHash, appId, programId);
    }

    /// @notice Moves an app's root by a proof. Anyone may; who relays has no influence on the outcome.
    /// @dev Reverts with `AlreadySettled` when the whole range was settled before, so that gas estimation tells a
    /// second relayer before it sends anything. Emits `Settled`.
    function settle(SettlementStatement calldata statement, bytes calldata proof) external {
        _checkCanonical(statement);
        bytes32 key = appKey(statement.genesisHash, statement.appId, statement.programId);
        App storage app = _apps[key];
        if (!app.registered) revert UnknownApp(key);

        uint64 next = app.nextBatch;
        uint256 count = statement.batchCount;
        if (count == 0 || count > type(uint32).max) revert BadBatchCount(count);
        if (statement.batchIndex > type(uint64).max - count) {
            revert BatchOutOfOrder(next, statement.batchIndex);
        }
        uint64 end = uint64(statement.batchIndex + count);
        if (end <= next) revert AlreadySettled(key, next);
        if (statement.batchIndex != next) revert BatchOutOfOrder(next, statement.batchIndex);
        if (statement.preRoot != app.root) revert RootMismatch(app.root, statement.preRoot);
        uint256 inboxHash = app.inboxHash - 1;
        if (statement.inboxHashPre != inboxHash) revert InboxMismatch(inboxHash, statement.inboxHashPre);
        if (statement.depositHashPre != 0 || statement.depositHashPost != 0) {
            revert UnexpectedDeposits(statement.depositHashPre, statement.depositHashPost);
        }
        if (!VERIFIER.verify(statement, proof)) revert InvalidProof();

        app.nextBatch = end;
        app.root = statement.postRoot;
        app.inboxHash = statement.inboxHashPost + 1;
        emit Settled(key, next, end - 1, statement.postRoot, statement.inboxHashPost, statement.outboxRoot);
    }

    /// @notice Returns where an app stands; all zero if it is not registered.
    function appState(bytes32 key) external view returns (App memory app) {
        app = _apps[key];
        if (app.registered) app.inboxHash -= 1;
    }

    /// @notice Returns the key of an app.
    function appKey(uint256 genesisHash, uint256 appId, uint256 programId) public pure returns (bytes32) {
        return keccak256(abi.encode(genesisHash, appId, programId));
    }

    /// @dev Reverts unless every field is below the scalar modulus.
    function _checkCanonical(SettlementStatement calldata statement) private pure {
        bool canonical = true;
        assembly ("memory-safe") {
            let end := add(statement, 448)
            for { let at := statement } lt(at, end) { at := add(at, 64) } {
                canonical := and(canonical, lt(calldataload(at), SCALAR_MODULUS))
                canonical := and(canonical, lt(calldataload(add(at, 32)), SCALAR_MODULUS))
            }
        }
        if (!canonical) _revertNonCanonical(statement);
    }

    /// @dev Reverts with the first field that is not below the scalar modulus.
    function _revertNonCanonical(SettlementStatement calldata statement) private pure {
        for (uint256 field = 0; field < 14; ++field) {
            uint256 value;
            assembly ("memory-safe") {
                value := calldataload(add(statement, mul(32, field)))
            }
            if (value >= SCALAR_MODULUS) revert NonCanonicalField(field, value);
        }
    }
}
