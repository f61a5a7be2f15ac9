// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderAuthority} from "./IOrderAuthority.sol";
import {IProofVerifier} from "./IProofVerifier.sol";
import {SettlementStatement} from "./SettlementStatement.sol";

/// @notice The state of zkFusion's apps on Ethereum: the KV root of each, moved by proofs over
/// batches that the appchain finalized, and by nothing else.
interface ISettlement {
    /// @notice What an app is registered with. It is never stored: every call brings it, and its
    /// hash is the app's key.
    struct AppConfig {
        /// The genesis hash of the appchain, reduced into the scalar field.
        uint256 genesisHash;
        /// The app on that chain.
        uint256 appId;
        /// The program that the app starts with.
        uint256 programId;
        /// What decides which batches the appchain finalized.
        IOrderAuthority order;
        /// What decides about proofs of the first program.
        IProofVerifier verifier;
        /// Who may schedule upgrades; zero if nobody ever may.
        address upgrader;
    }

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
        /// The fold of the seeds of all settled batches, as in `OrderHead`.
        uint256 seedsHash;
        /// The program in force. For `GRACE` after a notice the next one is accepted, too.
        uint256 programId;
        /// The verifier in force.
        IProofVerifier verifier;
    }

    /// @notice A program and a verifier that replace those in force.
    struct Upgrade {
        /// The next program; it may be the one in force.
        uint256 programId;
        /// The next verifier; it may be the one in force.
        IProofVerifier verifier;
        /// When they are accepted, in seconds since the epoch.
        uint64 noticeEnd;
    }

    /// @notice An app was registered.
    /// @param key The key of the app.
    /// @param genesisHash The appchain.
    /// @param appId The app on that chain.
    /// @param config The whole configuration.
    event AppRegistered(
        bytes32 indexed key, uint256 indexed genesisHash, uint256 indexed appId, AppConfig config
    );

    /// @notice The batches from `firstBatch` to `lastBatch` of an app are final here.
    /// @param key The key of the app.
    /// @param firstBatch The first of the batches.
    /// @param lastBatch The last of the batches.
    /// @param root The KV root after them.
    /// @param inboxHash The inbox hash after them.
    /// @param outboxRoot The outbox of the batch; of several, its fold.
    event Settled(
        bytes32 indexed key,
        uint64 indexed firstBatch,
        uint64 indexed lastBatch,
        uint256 root,
        uint256 inboxHash,
        uint256 outboxRoot
    );

    /// @notice A batch was passed that governance voided on the appchain. The root stayed.
    /// @param key The key of the app.
    /// @param batch The batch.
    /// @param inboxHash The inbox hash after it.
    event BatchVoided(bytes32 indexed key, uint64 indexed batch, uint256 inboxHash);

    /// @notice A program and a verifier will be accepted. They replace what was scheduled before.
    /// @param key The key of the app.
    /// @param programId The next program.
    /// @param verifier The next verifier.
    /// @param noticeEnd When they are accepted, in seconds since the epoch.
    event UpgradeScheduled(bytes32 indexed key, uint256 programId, IProofVerifier verifier, uint64 noticeEnd);

    /// @notice A scheduled upgrade was cancelled.
    /// @param key The key of the app.
    /// @param programId The program that will not be accepted.
    /// @param verifier The verifier that will not be accepted.
    event UpgradeCancelled(bytes32 indexed key, uint256 programId, IProofVerifier verifier);

    /// @notice A program and a verifier are in force; those before are not accepted any more.
    /// @param key The key of the app.
    /// @param programId The program.
    /// @param verifier The verifier.
    event UpgradeApplied(bytes32 indexed key, uint256 programId, IProofVerifier verifier);

    /// @notice A configuration's genesis hash is not below the scalar field's modulus.
    error NonCanonicalGenesisHash(uint256 genesisHash);
    /// @notice A configuration's app id does not fit 32 bits.
    error AppIdTooLarge(uint256 appId);
    /// @notice A program id is not below the scalar field's modulus.
    error NonCanonicalProgramId(uint256 programId);
    /// @notice There is no code at the order authority's address, where every call would succeed.
    error NoOrderCode(address order);
    /// @notice There is no code at the verifier's address.
    error NoVerifierCode(address verifier);

    /// @notice A field of the statement is not below the scalar field's modulus; fields are
    /// counted from 0.
    error NonCanonicalField(uint256 field, uint256 value);
    /// @notice No app is registered with this configuration.
    error UnknownApp(bytes32 key);
    /// @notice The statement is of another appchain than the app.
    error GenesisMismatch(uint256 expected, uint256 got);
    /// @notice The statement is of another app.
    error AppIdMismatch(uint256 expected, uint256 got);
    /// @notice The range holds no batch, or more than `MAX_BATCHES`.
    error BadBatchCount(uint256 batchCount);
    /// @notice All batches of the range were settled before: nothing is left to do.
    error AlreadySettled(bytes32 key, uint64 nextBatch);
    /// @notice The range does not start at the first batch that is not settled.
    error BatchOutOfOrder(uint64 expected, uint256 got);
    /// @notice The statement does not start from the app's root.
    error RootMismatch(uint256 expected, uint256 got);
    /// @notice The statement does not start from the app's inbox.
    error InboxMismatch(uint256 expected, uint256 got);
    /// @notice The statement claims deposits, which there are none of.
    error UnexpectedDeposits(uint256 depositHashPre, uint256 depositHashPost);
    /// @notice The statement is of a program that is not in force.
    error ProgramMismatch(uint256 expected, uint256 got);
    /// @notice The statement is of the scheduled program, whose notice has not ended.
    error NoticeNotEnded(uint64 noticeEnd);
    /// @notice There is not one seed for each batch.
    error SeedCountMismatch(uint256 expected, uint256 got);
    /// @notice A seed, counted from 0, is not below the scalar field's modulus.
    error NonCanonicalSeed(uint256 index, uint256 seed);
    /// @notice The seeds are not those that the statement was proved with.
    error SeedsMismatch(uint256 expected, uint256 got);
    /// @notice The proof does not prove the statement.
    error InvalidProof();

    /// @notice The inbox hash of a voided batch is not below the scalar field's modulus.
    error NonCanonicalInboxHash(uint256 inboxHash);

    /// @notice Only the app's upgrader may do this; if it is zero, nobody may.
    error NotUpgrader(address expected, address got);
    /// @notice Nothing is scheduled.
    error NothingScheduled(bytes32 key);
    /// @notice The notice has ended: the upgrade cannot be cancelled any more.
    error NoticeEnded(uint64 noticeEnd);
    /// @notice Both programs are accepted until `graceEnd`, and no other upgrade can be
    /// scheduled.
    error GraceNotEnded(uint64 graceEnd);

    /// @notice Registers an app in its initial state: the empty KV tree, the empty inbox, batch
    /// 0. Anyone may; repeating it changes nothing.
    /// @dev Emits `AppRegistered` the first time.
    /// @param config The app.
    /// @return key The key of the app.
    function register(AppConfig calldata config) external returns (bytes32 key);

    /// @notice Moves an app's root. Anyone may; who relays has no influence on the outcome.
    /// @dev Reverts with `AlreadySettled` when the whole range was settled before, so that gas
    /// estimation tells a second relayer before it sends anything. Emits `Settled`, and
    /// `UpgradeApplied` if the statement is the first of a new program or for a new verifier.
    /// @param config The app.
    /// @param statement What the proof says.
    /// @param seeds The seed of each batch of the statement, from the first.
    /// @param proof The proof, for the verifier.
    /// @param evidence That the appchain finalized the last batch, for the order authority.
    function settle(
        AppConfig calldata config,
        SettlementStatement calldata statement,
        uint256[] calldata seeds,
        bytes calldata proof,
        bytes calldata evidence
    ) external;

    /// @notice Passes the next batch, which governance voided on the appchain. Anyone may.
    /// @dev The inbox goes on after the batch, the root stays. Emits `BatchVoided`.
    /// @param config The app.
    /// @param inboxHashPost The inbox hash after the batch.
    /// @param seed The seed of the batch.
    /// @param evidence That the appchain finalized that the batch is void, for the order
    /// authority.
    function skipVoided(
        AppConfig calldata config,
        uint256 inboxHashPost,
        uint256 seed,
        bytes calldata evidence
    ) external;

    /// @notice Schedules that a program and a verifier replace those in force. Only the upgrader
    /// may.
    /// @dev They are accepted `UPGRADE_NOTICE` later. Those before end with the first settlement
    /// under the new ones, or `GRACE` after the notice; if the program is the same, they end with
    /// the notice. What was scheduled before is replaced if its notice has not ended, and applied
    /// if it is all that is accepted. Emits `UpgradeScheduled`.
    /// @param config The app.
    /// @param programId The next program.
    /// @param verifier The next verifier.
    function scheduleUpgrade(AppConfig calldata config, uint256 programId, IProofVerifier verifier) external;

    /// @notice Cancels a scheduled upgrade before its notice ends. Only the upgrader may.
    /// @dev Emits `UpgradeCancelled`.
    /// @param config The app.
    function cancelUpgrade(AppConfig calldata config) external;

    /// @notice Returns where an app stands; all zero if it is not registered.
    /// @param key The key of the app.
    function appState(bytes32 key) external view returns (App memory app);

    /// @notice Returns what is scheduled and not applied yet; all zero if nothing is.
    /// @param key The key of the app.
    function upgradeOf(bytes32 key) external view returns (Upgrade memory upgrade);

    /// @notice Returns the key of an app.
    /// @param config The app.
    function appKey(AppConfig calldata config) external pure returns (bytes32 key);
}
