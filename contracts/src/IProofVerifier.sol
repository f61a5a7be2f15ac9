// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementStatement} from "./SettlementStatement.sol";

/// @notice Decides whether a settlement proof proves a statement.
interface IProofVerifier {
    /// @notice Returns whether `proof` proves `statement`. Every encoding but the canonical one
    /// is refused.
    function verify(SettlementStatement calldata statement, bytes calldata proof) external view returns (bool);
}
