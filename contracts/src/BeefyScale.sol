// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Commitment, MmrLeaf} from "./BeefyTypes.sol";

/// @notice Hashes of what the appchain encodes with SCALE.
library BeefyScale {
    /// @dev A payload of one entry, whose name is "mh" and whose value has 32 bytes.
    bytes4 private constant PAYLOAD = hex"046d6880";

    /// @notice Returns the hash of a commitment's 48 bytes, which is what validators sign.
    function hashCommitment(Commitment memory commitment) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                PAYLOAD,
                commitment.mmrRoot,
                littleEndian32(commitment.blockNumber),
                littleEndian64(commitment.validatorSetId)
            )
        );
    }

    /// @notice Returns the hash of a leaf's 113 bytes, which is a node of the mountain range.
    function hashLeaf(MmrLeaf memory leaf) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                bytes1(leaf.version),
                littleEndian32(leaf.parentNumber),
                leaf.parentHash,
                littleEndian64(leaf.nextSetId),
                littleEndian32(leaf.nextSetLength),
                leaf.nextSetRoot,
                leaf.orderRoot
            )
        );
    }

    /// @notice Returns the four bytes of a number, the lowest first.
    function littleEndian32(uint32 number) internal pure returns (bytes4) {
        number = (number & 0x00ff00ff) << 8 | (number & 0xff00ff00) >> 8;
        return bytes4(number << 16 | number >> 16);
    }

    /// @notice Returns the eight bytes of a number, the lowest first.
    function littleEndian64(uint64 number) internal pure returns (bytes8) {
        number = (number & 0x00ff00ff00ff00ff) << 8 | (number & 0xff00ff00ff00ff00) >> 8;
        number = (number & 0x0000ffff0000ffff) << 16 | (number & 0xffff0000ffff0000) >> 16;
        return bytes8(number << 32 | number >> 32);
    }
}
