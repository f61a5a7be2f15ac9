// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @notice The few cheatcodes of Foundry that the tests use.
interface Vm {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function expectRevert(bytes calldata data) external;
    function expectEmit() external;
    function prank(address sender) external;
}

/// @notice What Foundry looks for in a test contract, and assertions.
abstract contract Test {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error AssertionFailed(string what);

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert AssertionFailed(what);
    }

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        assertTrue(left == right, what);
    }
}
