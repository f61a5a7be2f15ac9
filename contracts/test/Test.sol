// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The few cheatcodes of Foundry that the tests use.
interface Vm {
    /// @notice What the last call cost.
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function expectRevert(bytes calldata data) external;
    function expectEmit() external;
    function prank(address sender) external;
    function chainId(uint256 newChainId) external;
    function warp(uint256 timestamp) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function lastCallGas() external view returns (Gas memory);
    function cool(address target) external;
}

/// @notice What Foundry looks for in a test contract, and assertions.
abstract contract Test {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Foundry prints it with `-vv`.
    event log_named_uint(string key, uint256 val);

    error AssertionFailed(string what);

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert AssertionFailed(what);
    }

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        assertTrue(left == right, what);
    }

    function assertEq(bytes32 left, bytes32 right, string memory what) internal pure {
        assertTrue(left == right, what);
    }
}
