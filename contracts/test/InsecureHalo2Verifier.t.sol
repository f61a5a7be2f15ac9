// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InsecureHalo2Verifier} from "../generated/InsecureHalo2Verifier.sol";
import {Test} from "./Test.sol";

/// @notice Where the verifier of the development setup can be deployed.
contract InsecureHalo2VerifierTest is Test {
    uint256 private constant ANVIL = 31337;

    function test_verifier_is_deployed_on_development_chains() public {
        VM.chainId(ANVIL);
        assertTrue(address(new InsecureHalo2Verifier()).code.length > 0, "code");
    }

    function testFuzz_verifier_is_refused_on_other_chains(uint64 chainId) public {
        if (chainId == 0 || chainId == ANVIL) chainId = 1;
        VM.chainId(chainId);
        VM.expectRevert(abi.encodeWithSelector(InsecureHalo2Verifier.InsecureSetup.selector, chainId));
        new InsecureHalo2Verifier();
    }
}
