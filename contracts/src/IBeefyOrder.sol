// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthoritySet, Commitment, MmrLeaf, Signature} from "./BeefyTypes.sol";
import {IOrderAuthority} from "./IOrderAuthority.sol";
import {MerklePath} from "./Merkle.sol";

/// @notice A light client of an appchain's finality. It follows BEEFY: more than two thirds of
/// the appchain's validators sign the root of a Merkle mountain range with a leaf for every
/// block.
/// @dev Evidence is `abi.encode(OrderEvidence)`. Bytes that do not decode revert without data.
interface IBeefyOrder is IOrderAuthority {
    /// @notice Validators signed a root.
    /// @param validatorSetId The set that signed.
    /// @param blockNumber The finalized block.
    /// @param mmrRoot The root of the mountain range.
    /// @param rootSlot Where the root is kept.
    event CommitmentAccepted(
        uint64 indexed validatorSetId, uint32 indexed blockNumber, bytes32 mmrRoot, uint256 rootSlot
    );

    /// @notice The set that was next is current, and the next one is known.
    /// @param currentSetId The set that signs from now on.
    /// @param nextSetId The set after it.
    /// @param nextSetLength How many validators the next set has.
    /// @param nextSetRoot The root over their addresses.
    event SetChanged(
        uint64 indexed currentSetId, uint64 indexed nextSetId, uint32 nextSetLength, bytes32 nextSetRoot
    );

    /// @notice A set has no validators.
    error EmptySet(uint64 setId);
    /// @notice A set has more validators than can all be checked.
    error SetTooLarge(uint64 setId, uint256 maximum, uint32 got);
    /// @notice A set named as the next one is not the successor.
    error NextSetIdMismatch(uint256 expected, uint64 got);
    /// @notice The commitment is not of a later block than the newest one.
    error StaleBlock(uint32 newest, uint32 got);
    /// @notice The commitment is of a set before the current one.
    error OldSet(uint64 current, uint64 got);
    /// @notice The commitment is of a set that is not known yet.
    error UnknownSet(uint64 next, uint64 got);
    /// @notice The commitment is of the next set: hand over with `submitHandover`.
    error HandoverNeeded(uint64 next);
    /// @notice The commitment is of the current set, which cannot hand over to itself: use
    /// `submit`.
    error NoHandover(uint64 current);
    /// @notice The list of validators has another length than the set.
    error ValidatorCountMismatch(uint32 expected, uint256 got);
    /// @notice The list of validators is not that of the set.
    error ValidatorsMismatch(bytes32 expected, bytes32 got);
    /// @notice The bit field names a signer outside the set.
    error SignerOutOfRange(uint256 length, uint256 signers);
    /// @notice There are fewer signers than more than two thirds.
    error TooFewSigners(uint256 required, uint256 got);
    /// @notice There is not one signature for each signer.
    error SignatureCountMismatch(uint256 expected, uint256 got);
    /// @notice The `s` of a signature, counted from 0, is in the upper half of the group's order.
    error HighS(uint256 signature, uint256 s);
    /// @notice A signature, counted from 0, is by no key at all.
    error InvalidSignature(uint256 signature);
    /// @notice A signature, counted from 0, is by somebody else than its validator.
    error WrongSigner(uint256 signature, address expected, address got);
    /// @notice The major version of a leaf is not 0.
    error UnsupportedLeafVersion(uint8 version);
    /// @notice The path from the leaf leads to another root than the one that was signed.
    error RootMismatch(bytes32 expected, bytes32 got);
    /// @notice The path from the head leads to another root than the leaf's.
    error OrderRootMismatch(bytes32 expected, bytes32 got);
    /// @notice No root is kept there.
    error UnknownRootSlot(uint256 rootSlot);

    /// @notice Accepts a root that the current set signed. Anyone may submit.
    /// @dev Emits `CommitmentAccepted`.
    /// @param commitment What was signed, of a later block than the newest one.
    /// @param validators The addresses of the whole set, in its order.
    /// @param signers Bit `i` is set if validator `i` signed.
    /// @param signatures One for each set bit, from the lowest.
    function submit(
        Commitment calldata commitment,
        address[] calldata validators,
        uint256 signers,
        Signature[] calldata signatures
    ) external;

    /// @notice Accepts a root that the next set signed, and makes this set current. Anyone may
    /// submit.
    /// @dev Every session needs one: until it is there, the set before can still sign. Emits
    /// `CommitmentAccepted` and `SetChanged`.
    /// @param commitment What was signed, of a later block than the newest one.
    /// @param validators The addresses of the whole next set, in its order.
    /// @param signers Bit `i` is set if validator `i` signed.
    /// @param signatures One for each set bit, from the lowest.
    /// @param leaf A leaf that names the set after the next one.
    /// @param leafPath The path from the leaf to the commitment's root.
    function submitHandover(
        Commitment calldata commitment,
        address[] calldata validators,
        uint256 signers,
        Signature[] calldata signatures,
        MmrLeaf calldata leaf,
        MerklePath calldata leafPath
    ) external;

    /// @notice Returns how far the client has come.
    /// @return blockNumber The newest finalized block; zero before the first commitment.
    /// @return currentSetId The current set.
    /// @return nextSetId The next set.
    /// @return rootSlot Where the newest root is kept.
    function state()
        external
        view
        returns (uint64 blockNumber, uint64 currentSetId, uint64 nextSetId, uint256 rootSlot);

    /// @notice Returns the current set and the next one.
    function authoritySets() external view returns (AuthoritySet memory current, AuthoritySet memory next);

    /// @notice Returns the root that is kept in a slot; zero if there is none.
    function mmrRoot(uint256 rootSlot) external view returns (bytes32);
}
