// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeefyScale} from "../src/BeefyScale.sol";
import {AuthoritySet, Commitment, Signature} from "../src/BeefyTypes.sol";
import {KeccakTree} from "./KeccakTree.sol";
import {Test} from "./Test.sol";

/// @notice Sets of validators with invented keys, each set with its own, and their signatures.
abstract contract Validators is Test {
    /// The order of secp256k1's group.
    uint256 internal constant GROUP_ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function keyOf(uint64 setId, uint256 index) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("validator", setId, index))) % (GROUP_ORDER - 1) + 1;
    }

    function addressesOf(uint64 setId, uint256 length) internal pure returns (address[] memory addresses) {
        addresses = new address[](length);
        for (uint256 i = 0; i < length; ++i) {
            addresses[i] = VM.addr(keyOf(setId, i));
        }
    }

    function setOf(uint64 setId, uint32 length) internal pure returns (AuthoritySet memory) {
        bytes32[] memory leaves = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            leaves[i] = keccak256(abi.encodePacked(VM.addr(keyOf(setId, i))));
        }
        return AuthoritySet(setId, length, KeccakTree.rootOf(leaves));
    }

    /// @dev Returns the bit field of the first validators.
    function firstSigners(uint256 count) internal pure returns (uint256) {
        return (1 << count) - 1;
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (Signature memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return Signature(r, bytes32(uint256(s) | uint256(v - 27) << 255));
    }

    /// @dev Returns the signatures of a bit field's validators of the set that the commitment
    /// names.
    function sign(Commitment memory commitment, uint256 signers)
        internal
        pure
        returns (Signature[] memory signatures)
    {
        return signAs(commitment.validatorSetId, commitment, signers);
    }

    /// @dev Returns the signatures of a bit field's validators of any set.
    function signAs(uint64 setId, Commitment memory commitment, uint256 signers)
        internal
        pure
        returns (Signature[] memory signatures)
    {
        bytes32 digest = BeefyScale.hashCommitment(commitment);
        uint256 count = 0;
        for (uint256 bits = signers; bits != 0; bits &= bits - 1) {
            ++count;
        }
        signatures = new Signature[](count);
        uint256 next = 0;
        for (uint256 i = 0; next < count; ++i) {
            if (signers >> i & 1 == 1) signatures[next++] = sign(keyOf(setId, i), digest);
        }
    }
}
