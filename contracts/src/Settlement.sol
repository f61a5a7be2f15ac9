// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Poseidon} from "../generated/Poseidon.sol";
import {IProofVerifier} from "./IProofVerifier.sol";
import {ISettlement} from "./ISettlement.sol";
import {OrderHead, hashOrderHead} from "./OrderHead.sol";
import {Seeds} from "./Seeds.sol";
import {SettlementStatement} from "./SettlementStatement.sol";

/// @notice See `ISettlement`.
/// @dev There is no owner, no proxy and no pause. An app's key is the hash of its whole
/// configuration, so a registration can be repeated by anyone and taken by nobody; somebody
/// else's order authority or verifier makes another app. To see that an app runs the program it
/// claims, recompute the program id from its wasm.
///
/// The order authority and the verifier are the app's choice and may be any code. They are called
/// as views, so they cannot come back and change anything.
contract Settlement is ISettlement {
    /// @notice The root of the depth-32 KV tree in which every leaf is empty.
    uint256 public constant EMPTY_ROOT = 0x1102d2f8db05e4af4842e8ad3d85ed45eb28447eb7212235a2281d5ab5d81d11;

    /// @notice The order of BN254's groups: statement fields are below it.
    uint256 public constant SCALAR_MODULUS =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice The most batches that one statement may cover.
    /// @dev The head of the last batch and a proof of several batches do not fix where the inner
    /// ones end, nor that none of them was voided. A prover could run messages with the seed of
    /// another batch, or messages of a voided one.
    uint256 public constant MAX_BATCHES = 1;

    /// @notice How long an upgrade is announced before it is accepted.
    uint64 public constant UPGRADE_NOTICE = 45 days;

    /// @notice How long after the notice batches of the old program can still be settled.
    uint64 public constant GRACE = 7 days;

    /// @dev Where an app stands. Hashes are stored plus one (they are below the scalar modulus):
    /// a slot that is never zero costs the first settlement of an app no more than the others.
    struct Record {
        IProofVerifier verifier;
        uint64 nextBatch;
        bool registered;
        bool upgrading;
        uint256 programId;
        uint256 root;
        uint256 inboxHashPlusOne;
        uint256 seedsHashPlusOne;
    }

    mapping(bytes32 key => Record) private _apps;
    /// @dev Read only for apps whose record says `upgrading`.
    mapping(bytes32 key => Upgrade) private _upgrades;

    /// @inheritdoc ISettlement
    function register(AppConfig calldata config) external returns (bytes32 key) {
        if (config.genesisHash >= SCALAR_MODULUS) revert NonCanonicalGenesisHash(config.genesisHash);
        if (config.appId > type(uint32).max) revert AppIdTooLarge(config.appId);
        _checkPair(config.programId, config.verifier);
        if (address(config.order).code.length == 0) revert NoOrderCode(address(config.order));
        key = appKey(config);
        Record storage app = _apps[key];
        if (app.registered) return key;
        app.registered = true;
        app.verifier = config.verifier;
        app.programId = config.programId;
        app.root = EMPTY_ROOT;
        app.inboxHashPlusOne = 1;
        app.seedsHashPlusOne = 1;
        emit AppRegistered(key, config.genesisHash, config.appId, config);
    }

    /// @inheritdoc ISettlement
    function settle(
        AppConfig calldata config,
        SettlementStatement calldata statement,
        uint256[] calldata seeds,
        bytes calldata proof,
        bytes calldata evidence
    ) external {
        _checkCanonical(statement);
        (bytes32 key, Record storage app) = _registered(config);
        _checkContinues(config, statement, key, app);
        (IProofVerifier verifier, bool upgrades) = _verifierOf(key, app, statement.programId);
        OrderHead memory head = _headAfter(config, statement, seeds, app);
        config.order.checkOrder(hashOrderHead(head), evidence);
        if (!verifier.verify(statement, proof)) revert InvalidProof();

        if (upgrades) _applyUpgrade(key, app);
        _move(key, app, statement, head);
    }

    /// @inheritdoc ISettlement
    function skipVoided(
        AppConfig calldata config,
        uint256 inboxHashPost,
        uint256 seed,
        bytes calldata evidence
    ) external {
        (bytes32 key, Record storage app) = _registered(config);
        if (inboxHashPost >= SCALAR_MODULUS) revert NonCanonicalInboxHash(inboxHashPost);
        if (seed >= SCALAR_MODULUS) revert NonCanonicalSeed(0, seed);
        OrderHead memory head = OrderHead({
            genesisHash: config.genesisHash,
            appId: config.appId,
            batchIndex: app.nextBatch,
            inboxHash: inboxHashPost,
            seedsHash: Poseidon.P2(app.seedsHashPlusOne - 1, seed),
            programId: 0
        });
        config.order.checkOrder(hashOrderHead(head), evidence);

        _advance(app, head);
        emit BatchVoided(key, uint64(head.batchIndex), inboxHashPost);
    }

    /// @inheritdoc ISettlement
    function scheduleUpgrade(AppConfig calldata config, uint256 programId, IProofVerifier verifier) external {
        (bytes32 key, Record storage app) = _registered(config);
        _checkUpgrader(config);
        _checkPair(programId, verifier);
        if (app.upgrading) {
            Upgrade storage due = _upgrades[key];
            if (block.timestamp >= due.noticeEnd) {
                uint64 graceEnd = _oldPairEnd(app, due);
                if (block.timestamp < graceEnd) revert GraceNotEnded(graceEnd);
                _applyUpgrade(key, app);
            }
        }
        uint64 noticeEnd = uint64(block.timestamp) + UPGRADE_NOTICE;
        app.upgrading = true;
        _upgrades[key] = Upgrade(programId, verifier, noticeEnd);
        emit UpgradeScheduled(key, programId, verifier, noticeEnd);
    }

    /// @inheritdoc ISettlement
    function cancelUpgrade(AppConfig calldata config) external {
        (bytes32 key, Record storage app) = _registered(config);
        _checkUpgrader(config);
        if (!app.upgrading) revert NothingScheduled(key);
        Upgrade memory upgrade = _upgrades[key];
        if (block.timestamp >= upgrade.noticeEnd) revert NoticeEnded(upgrade.noticeEnd);
        app.upgrading = false;
        delete _upgrades[key];
        emit UpgradeCancelled(key, upgrade.programId, upgrade.verifier);
    }

    /// @inheritdoc ISettlement
    function appState(bytes32 key) external view returns (App memory state) {
        Record storage app = _apps[key];
        if (!app.registered) return state;
        state.registered = true;
        state.nextBatch = app.nextBatch;
        state.root = app.root;
        state.inboxHash = app.inboxHashPlusOne - 1;
        state.seedsHash = app.seedsHashPlusOne - 1;
        state.programId = app.programId;
        state.verifier = app.verifier;
        if (!app.upgrading) return state;
        Upgrade storage upgrade = _upgrades[key];
        if (block.timestamp >= _oldPairEnd(app, upgrade)) {
            state.programId = upgrade.programId;
            state.verifier = upgrade.verifier;
        }
    }

    /// @inheritdoc ISettlement
    function upgradeOf(bytes32 key) external view returns (Upgrade memory upgrade) {
        return _upgrades[key];
    }

    /// @inheritdoc ISettlement
    function appKey(AppConfig calldata config) public pure returns (bytes32 key) {
        return keccak256(abi.encode(config));
    }

    /// @dev Stores the end of the settled batches.
    function _move(
        bytes32 key,
        Record storage app,
        SettlementStatement calldata statement,
        OrderHead memory head
    ) private {
        _advance(app, head);
        app.root = statement.postRoot;
        emit Settled(
            key,
            uint64(statement.batchIndex),
            uint64(head.batchIndex),
            statement.postRoot,
            statement.inboxHashPost,
            statement.outboxRoot
        );
    }

    /// @dev Stores that an app's batches up to the head's are done.
    function _advance(Record storage app, OrderHead memory head) private {
        app.nextBatch = uint64(head.batchIndex) + 1;
        app.inboxHashPlusOne = head.inboxHash + 1;
        app.seedsHashPlusOne = head.seedsHash + 1;
    }

    /// @dev Puts the scheduled pair into force.
    function _applyUpgrade(bytes32 key, Record storage app) private {
        Upgrade memory upgrade = _upgrades[key];
        app.programId = upgrade.programId;
        app.verifier = upgrade.verifier;
        app.upgrading = false;
        delete _upgrades[key];
        emit UpgradeApplied(key, upgrade.programId, upgrade.verifier);
    }

    /// @dev Returns an app that is registered, and its key.
    function _registered(AppConfig calldata config) private view returns (bytes32 key, Record storage app) {
        key = appKey(config);
        app = _apps[key];
        if (!app.registered) revert UnknownApp(key);
    }

    /// @dev Reverts unless the statement goes on where the app stands.
    function _checkContinues(
        AppConfig calldata config,
        SettlementStatement calldata statement,
        bytes32 key,
        Record storage app
    ) private view {
        if (statement.genesisHash != config.genesisHash) {
            revert GenesisMismatch(config.genesisHash, statement.genesisHash);
        }
        if (statement.appId != config.appId) revert AppIdMismatch(config.appId, statement.appId);

        uint64 next = app.nextBatch;
        uint256 count = statement.batchCount;
        if (count == 0 || count > MAX_BATCHES) revert BadBatchCount(count);
        if (statement.batchIndex > type(uint64).max - count) {
            revert BatchOutOfOrder(next, statement.batchIndex);
        }
        if (statement.batchIndex + count <= next) revert AlreadySettled(key, next);
        if (statement.batchIndex != next) revert BatchOutOfOrder(next, statement.batchIndex);
        if (statement.preRoot != app.root) revert RootMismatch(app.root, statement.preRoot);
        uint256 inboxHash = app.inboxHashPlusOne - 1;
        if (statement.inboxHashPre != inboxHash) revert InboxMismatch(inboxHash, statement.inboxHashPre);
        if (statement.depositHashPre != 0 || statement.depositHashPost != 0) {
            revert UnexpectedDeposits(statement.depositHashPre, statement.depositHashPost);
        }
    }

    /// @dev Returns who decides about proofs of a program now, and whether they belong to the
    /// upgrade.
    function _verifierOf(bytes32 key, Record storage app, uint256 programId)
        private
        view
        returns (IProofVerifier verifier, bool upgrades)
    {
        uint256 inForce = app.programId;
        if (app.upgrading) {
            Upgrade storage upgrade = _upgrades[key];
            if (block.timestamp < upgrade.noticeEnd) {
                bool early = programId == upgrade.programId && programId != inForce;
                if (early) revert NoticeNotEnded(upgrade.noticeEnd);
            } else if (programId == upgrade.programId) {
                return (upgrade.verifier, true);
            } else if (block.timestamp >= upgrade.noticeEnd + GRACE) {
                revert ProgramMismatch(upgrade.programId, programId);
            }
        }
        if (programId != inForce) revert ProgramMismatch(inForce, programId);
        return (app.verifier, false);
    }

    /// @dev Returns when the pair in force ends by time, given what replaces it.
    function _oldPairEnd(Record storage app, Upgrade storage upgrade) private view returns (uint64) {
        uint64 noticeEnd = upgrade.noticeEnd;
        return upgrade.programId == app.programId ? noticeEnd : noticeEnd + GRACE;
    }

    /// @dev Returns the head that must be final for the statement's last batch to have ended so.
    /// Reverts unless the seeds are those of the statement.
    function _headAfter(
        AppConfig calldata config,
        SettlementStatement calldata statement,
        uint256[] calldata seeds,
        Record storage app
    ) private view returns (OrderHead memory) {
        uint256 count = statement.batchCount;
        if (seeds.length != count) revert SeedCountMismatch(count, seeds.length);
        for (uint256 i = 0; i < count; ++i) {
            if (seeds[i] >= SCALAR_MODULUS) revert NonCanonicalSeed(i, seeds[i]);
        }
        uint256 rangeSeed = Seeds.foldRange(seeds);
        if (rangeSeed != statement.vrfSeed) revert SeedsMismatch(statement.vrfSeed, rangeSeed);
        return OrderHead({
            genesisHash: config.genesisHash,
            appId: config.appId,
            batchIndex: statement.batchIndex + count - 1,
            inboxHash: statement.inboxHashPost,
            seedsHash: Seeds.fold(app.seedsHashPlusOne - 1, seeds),
            programId: statement.programId
        });
    }

    /// @dev Reverts unless the app's upgrader calls.
    function _checkUpgrader(AppConfig calldata config) private view {
        if (msg.sender != config.upgrader) revert NotUpgrader(config.upgrader, msg.sender);
    }

    /// @dev Reverts unless a program id and a verifier can be in force.
    function _checkPair(uint256 programId, IProofVerifier verifier) private view {
        if (programId >= SCALAR_MODULUS) revert NonCanonicalProgramId(programId);
        if (address(verifier).code.length == 0) revert NoVerifierCode(address(verifier));
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
