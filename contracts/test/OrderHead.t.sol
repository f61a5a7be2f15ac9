// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderHead, hashOrderHead} from "../src/OrderHead.sol";
import {Test} from "./Test.sol";

contract OrderHeadTest is Test {
    function test_head_is_hashed_over_its_six_words() public pure {
        bytes memory words =
            abi.encodePacked(uint256(1), uint256(2), uint256(3), uint256(4), uint256(5), uint256(1));
        assertEq(words.length, 192, "length");
        assertEq(hashOrderHead(OrderHead(1, 2, 3, 4, 5, 1)), keccak256(words), "hash");
    }

    function testFuzz_every_word_counts(uint256[6] memory words, uint256 word, uint256 other) public pure {
        word %= 6;
        OrderHead memory head = abi.decode(abi.encode(words), (OrderHead));
        if (words[word] == other) return;
        words[word] = other;
        OrderHead memory changed = abi.decode(abi.encode(words), (OrderHead));
        assertTrue(hashOrderHead(head) != hashOrderHead(changed), "hash");
    }
}
