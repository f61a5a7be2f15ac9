// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyScale} from "./BeefyScale.sol";
import {AuthoritySet, Commitment, MmrLeaf, OrderEvidence, Signature} from "./BeefyTypes.sol";
import {IBeefyOrder} from "./IBeefyOrder.sol";
import {IOrderAuthority} from "./IOrderAuthority.sol";
import {Merkle, MerklePath} from "./Merkle.sol";

/// @notice See `IBeefyOrder`.
/// @dev There is no owner. What the client believes follows from the two sets that it is deployed
/// with and from signatures. All signatures are checked, none are sampled.
///
/// More than two thirds of a set can make up any order while the set is current here, which it
/// stays until the next one has handed over. A commitment does not name its chain, so validators
/// must not use their BEEFY keys on a second one.
contract BeefyOrder is IBeefyOrder {
    /// @notice The most validators that a set may have.
    uint256 public constant MAX_VALIDATORS = 32;

    /// @notice How many roots are kept, so that evidence outlives the next commitments.
    uint256 public constant KEPT_ROOTS = 32;

    /// @dev Half the order of secp256k1's group, rounded down: the largest `s`.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev What every submission reads and writes; one slot.
    struct Progress {
        uint64 currentId;
        uint32 currentLength;
        uint32 nextLength;
        uint32 blockNumber;
        uint8 rootSlot;
    }

    Progress private _progress;
    bytes32 private _currentRoot;
    bytes32 private _nextRoot;
    /// @dev A ring; the first commitment goes into slot 1.
    bytes32[KEPT_ROOTS] private _roots;

    /// @param current The set that signs.
    /// @param next The set after it.
    constructor(AuthoritySet memory current, AuthoritySet memory next) {
        _checkLength(current.id, current.length);
        _checkNext(current.id, next.id, next.length);
        _progress = Progress({
            currentId: current.id,
            currentLength: current.length,
            nextLength: next.length,
            blockNumber: 0,
            rootSlot: 0
        });
        _currentRoot = current.root;
        _nextRoot = next.root;
    }

    /// @inheritdoc IBeefyOrder
    function submit(
        Commitment calldata commitment,
        address[] calldata validators,
        uint256 signers,
        Signature[] calldata signatures
    ) external {
        Progress memory progress = _progress;
        _checkBlock(progress, commitment);
        uint64 setId = commitment.validatorSetId;
        if (setId == progress.currentId + 1) revert HandoverNeeded(setId);
        _checkValidators(progress.currentLength, _currentRoot, validators);
        _checkSignatures(commitment, validators, signers, signatures);
        _keep(progress, commitment);
    }

    /// @inheritdoc IBeefyOrder
    function submitHandover(
        Commitment calldata commitment,
        address[] calldata validators,
        uint256 signers,
        Signature[] calldata signatures,
        MmrLeaf calldata leaf,
        MerklePath calldata leafPath
    ) external {
        Progress memory progress = _progress;
        _checkBlock(progress, commitment);
        uint64 setId = commitment.validatorSetId;
        if (setId == progress.currentId) revert NoHandover(setId);
        bytes32 setRoot = _nextRoot;
        _checkValidators(progress.nextLength, setRoot, validators);
        _checkSignatures(commitment, validators, signers, signatures);
        _checkLeaf(leaf, leafPath, commitment.mmrRoot);
        _checkNext(setId, leaf.nextSetId, leaf.nextSetLength);

        progress.currentId = setId;
        progress.currentLength = progress.nextLength;
        progress.nextLength = leaf.nextSetLength;
        _currentRoot = setRoot;
        _nextRoot = leaf.nextSetRoot;
        _keep(progress, commitment);
        emit SetChanged(setId, leaf.nextSetId, leaf.nextSetLength, leaf.nextSetRoot);
    }

    /// @inheritdoc IOrderAuthority
    function checkOrder(bytes32 head, bytes calldata evidence) external view {
        OrderEvidence memory way = abi.decode(evidence, (OrderEvidence));
        bytes32 orderRoot = Merkle.rootOf(head, way.headPath);
        if (orderRoot != way.leaf.orderRoot) revert OrderRootMismatch(way.leaf.orderRoot, orderRoot);
        bytes32 root = mmrRoot(way.rootSlot);
        if (root == 0) revert UnknownRootSlot(way.rootSlot);
        _checkLeaf(way.leaf, way.leafPath, root);
    }

    /// @inheritdoc IBeefyOrder
    function state()
        external
        view
        returns (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot)
    {
        Progress memory progress = _progress;
        return (progress.blockNumber, progress.currentId, progress.currentId + 1, progress.rootSlot);
    }

    /// @inheritdoc IBeefyOrder
    function authoritySets() external view returns (AuthoritySet memory current, AuthoritySet memory next) {
        Progress memory progress = _progress;
        current = AuthoritySet(progress.currentId, progress.currentLength, _currentRoot);
        next = AuthoritySet(progress.currentId + 1, progress.nextLength, _nextRoot);
    }

    /// @inheritdoc IBeefyOrder
    function mmrRoot(uint256 rootSlot) public view returns (bytes32) {
        return rootSlot < KEPT_ROOTS ? _roots[rootSlot] : bytes32(0);
    }

    /// @dev Stores a root together with the other progress.
    function _keep(Progress memory progress, Commitment calldata commitment) private {
        uint256 rootSlot = (progress.rootSlot + 1) % KEPT_ROOTS;
        progress.blockNumber = commitment.blockNumber;
        progress.rootSlot = uint8(rootSlot);
        _progress = progress;
        _roots[rootSlot] = commitment.mmrRoot;
        emit CommitmentAccepted(
            commitment.validatorSetId, commitment.blockNumber, commitment.mmrRoot, rootSlot
        );
    }

    /// @dev Reverts unless the commitment is of a new block and of one of the two known sets.
    function _checkBlock(Progress memory progress, Commitment calldata commitment) private pure {
        if (commitment.blockNumber <= progress.blockNumber) {
            revert StaleBlock(progress.blockNumber, commitment.blockNumber);
        }
        uint64 setId = commitment.validatorSetId;
        uint64 current = progress.currentId;
        if (setId < current) revert OldSet(current, setId);
        if (setId > current + 1) revert UnknownSet(current + 1, setId);
    }

    /// @dev Reverts unless the addresses are those of a set.
    function _checkValidators(uint32 length, bytes32 root, address[] calldata validators) private pure {
        if (validators.length != length) revert ValidatorCountMismatch(length, validators.length);
        bytes32 got = Merkle.rootOfAddresses(validators);
        if (got != root) revert ValidatorsMismatch(root, got);
    }

    /// @dev Reverts unless more than two thirds of the validators signed the commitment, each
    /// once: the bits are walked from the lowest, and every signature must be by the validator of
    /// its bit.
    function _checkSignatures(
        Commitment calldata commitment,
        address[] calldata validators,
        uint256 signers,
        Signature[] calldata signatures
    ) private pure {
        uint256 length = validators.length;
        if (signers >> length != 0) revert SignerOutOfRange(length, signers);
        uint256 count = _countBits(signers);
        if (count * 3 <= length * 2) revert TooFewSigners(length * 2 / 3 + 1, count);
        if (signatures.length != count) revert SignatureCountMismatch(count, signatures.length);

        bytes32 digest = BeefyScale.hashCommitment(commitment);
        uint256 next = 0;
        for (uint256 i = 0; i < length; ++i) {
            if (signers >> i & 1 == 0) continue;
            address signer = _recover(digest, next, signatures[next]);
            if (signer != validators[i]) revert WrongSigner(next, validators[i], signer);
            ++next;
        }
    }

    /// @dev Returns who made a signature. Never the zero address, which is what `ecrecover`
    /// returns for an invalid signature and what Substrate puts into a set for a key that is no
    /// point.
    function _recover(bytes32 digest, uint256 index, Signature calldata signature)
        private
        pure
        returns (address signer)
    {
        uint256 vs = uint256(signature.vs);
        uint256 s = vs & type(uint256).max >> 1;
        if (s > MAX_S) revert HighS(index, s);
        signer = ecrecover(digest, uint8(27 + (vs >> 255)), signature.r, bytes32(s));
        if (signer == address(0)) revert InvalidSignature(index);
    }

    /// @dev Reverts unless the path leads from the leaf to the root.
    function _checkLeaf(MmrLeaf memory leaf, MerklePath memory leafPath, bytes32 root) private pure {
        if (leaf.version >> 5 != 0) revert UnsupportedLeafVersion(leaf.version);
        bytes32 got = Merkle.rootOf(BeefyScale.hashLeaf(leaf), leafPath);
        if (got != root) revert RootMismatch(root, got);
    }

    /// @dev Reverts unless a set can follow the set `currentId`.
    function _checkNext(uint64 currentId, uint64 nextId, uint32 nextLength) private pure {
        uint256 expected = uint256(currentId) + 1;
        if (nextId != expected) revert NextSetIdMismatch(expected, nextId);
        _checkLength(nextId, nextLength);
    }

    /// @dev Reverts unless a set has validators, and not too many.
    function _checkLength(uint64 setId, uint32 length) private pure {
        if (length == 0) revert EmptySet(setId);
        if (length > MAX_VALIDATORS) revert SetTooLarge(setId, MAX_VALIDATORS, length);
    }

    /// @dev Returns how many bits are set.
    function _countBits(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}
