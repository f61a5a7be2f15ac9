// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Decides whether an appchain finalized an order head.
interface IOrderAuthority {
    /// @notice Reverts unless the appchain finalized an order head, with an error that says why
    /// not.
    /// @dev The caller computes `head` with `hashOrderHead`. A hash from anywhere else may be an
    /// inner node of a tree of heads, for which there is evidence too.
    /// @param head The hash of an `OrderHead`.
    /// @param evidence What the authority asks for; its encoding is the authority's own.
    function checkOrder(bytes32 head, bytes calldata evidence) external view;
}
