#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the Solidity library with P2, circom's Poseidon of two inputs.

Run it from the root of the repository, with nothing but Python 3.8:

    contracts/tools/poseidon.py primitives/src/poseidon/constants.rs \
        contracts/generated/Poseidon.sol

With `--check` it writes nothing and fails if the file differs from what it would write.

P2(l, r) is the first element of the permutation of [0, l, r]. Two ideas make it cheap:

* The lower right block of the matrix has its eigenvalues in the field. In the basis of its
  eigenvectors a partial round multiplies the two elements outside the S-box by one constant each.
* Every element is kept as a multiple `x` of a known scale, `s = k x`. The scale is chosen so that
  the first term of a sum needs no multiplication.

Sums are not reduced: `mulmod` takes any word. Before anything is written, the code is evaluated
three ways: with bounds in place of values, which proves that no sum overflows for any input; on the
published vector; and on random and extreme inputs, against the plain permutation.
"""

import argparse
import random
import re
import sys
from pathlib import Path

P = 21888242871839275222246405745257275088548364400416034343698204186575808495617
WORD = 2**256
FULL_ROUNDS = 8
PARTIAL_ROUNDS = 57
ROUNDS = FULL_ROUNDS + PARTIAL_ROUNDS
HALF = FULL_ROUNDS // 2

# P2(1, 2), as circomlib and light-poseidon publish it.
VECTOR = 7853200120776062878684798364095072458815029376092732009249414926327459813530


def inverse(x):
    return pow(x, -1, P)


def ratio(x, y):
    return x * inverse(y) % P


def read_constants(path):
    """Returns the round constants and the matrix of `constants.rs`, out of Montgomery form."""
    texts = re.findall(r"0x([0-9a-f_]+)", path.read_text())
    limbs = [int(text.replace("_", ""), 16) for text in texts]
    quadruples = [limbs[at : at + 4] for at in range(0, len(limbs), 4)]
    words = [sum(limb << (64 * i) for i, limb in enumerate(limbs)) for limbs in quadruples]
    values = [word * inverse(WORD) % P for word in words]
    if len(values) != 3 * ROUNDS + 9:
        sys.exit(f"{path}: expected {3 * ROUNDS + 9} constants, got {len(values)}")
    rows = [values[at : at + 3] for at in range(0, len(values), 3)]
    return rows[:ROUNDS], rows[ROUNDS:]


def permute(state, constants, matrix):
    """Returns the plain permutation, which the generated code is held against."""
    for number, added in enumerate(constants):
        state = [(s + c) % P for s, c in zip(state, added)]
        full = number < HALF or number >= HALF + PARTIAL_ROUNDS
        state = [pow(s, 5, P) if full or i == 0 else s for i, s in enumerate(state)]
        state = [sum(m * s for m, s in zip(row, state)) % P for row in matrix]
    return state


def square_root(n):
    """Returns a square root modulo P by Tonelli and Shanks; fails if there is none."""
    if pow(n, (P - 1) // 2, P) != 1:
        sys.exit("the matrix has no eigenvalues in the field")
    odd, twos = P - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    nonresidue = next(z for z in range(2, P) if pow(z, (P - 1) // 2, P) == P - 1)
    c, t, root = pow(nonresidue, odd, P), pow(n, odd, P), pow(n, (odd + 1) // 2, P)
    while t != 1:
        order, square = 0, t
        while square != 1:
            order, square = order + 1, square * square % P
        b = pow(c, 1 << (twos - order - 1), P)
        twos, c = order, b * b % P
        t, root = t * c % P, root * b % P
    return root


def diagonalize(block):
    """Returns the eigenvalues of a 2 by 2 matrix, its eigenvectors as columns, and the inverse."""
    (a, b), (c, d) = block
    trace, determinant = (a + d) % P, (a * d - b * c) % P
    root = square_root((trace * trace - 4 * determinant) % P)
    values = [ratio(trace + root, 2), ratio(trace - root, 2)]
    vectors = [[b, b], [(values[0] - a) % P, (values[1] - a) % P]]
    scale = inverse((vectors[0][0] * vectors[1][1] - vectors[0][1] * vectors[1][0]) % P)
    inverted = [
        [vectors[1][1] * scale % P, -vectors[0][1] * scale % P],
        [-vectors[1][0] * scale % P, vectors[0][0] * scale % P],
    ]
    return values, vectors, inverted


class Code:
    """Assignments in Yul. Elements 0, 1, 2 of the state are the variables a, b, c."""

    def __init__(self):
        self.assignments = []

    def assign(self, name, value):
        self.assignments.append((name, value))

    def sbox(self, name):
        self.assign("t", f"mulmod({name}, {name}, p)")
        self.assign(name, f"mulmod(mulmod(t, t, p), {name}, p)")

    def replace_state(self, *values):
        """Assigns to a, b, c what is computed from the old a, b, c."""
        for name, value in zip(("n0", "n1", "c", "a", "b"), (*values, "n0", "n1")):
            self.assign(name, value)

    def evaluate(self, l, r, operations):
        variables = {"p": P, "b": l, "c": r}
        for name, value in self.assignments:
            variables[name] = eval(value, operations, variables)  # pylint: disable=eval-used
        return variables["h"]

    def yul(self):
        return "\n".join(f"            {name} := {value}" for name, value in self.assignments)


def product(constant, name):
    return f"mulmod({hex(constant % P)}, {name}, p)"


def total(first, *others):
    for other in others:
        first = f"add({first}, {other})"
    return first


def generate(constants, matrix):
    """Returns the code of P2."""
    code = Code()
    values, vectors, inverted = diagonalize([row[1:] for row in matrix[1:]])
    # What the S-box's element adds to the other two in the basis of eigenvectors. The two are kept
    # divided by it.
    gain = [(row[0] * matrix[1][0] + row[1] * matrix[2][0]) % P for row in inverted]

    def mix(scales, added):
        """Emits the S-boxes of a full round and its matrix; returns the new scales."""
        for name in "abc":
            code.sbox(name)
        fifth = [pow(k, 5, P) for k in scales]
        columns = [[m * k % P for m, k in zip(row, fifth)] for row in matrix]
        new = [row[0] for row in columns]
        code.replace_state(
            *(
                total(
                    "a",
                    product(ratio(row[1], k), "b"),
                    product(ratio(row[2], k), "c"),
                    hex(ratio(c, k)),
                )
                for row, k, c in zip(columns, new, added)
            )
        )
        return new

    # Round 0: element 0 is a constant, and the inputs, which may be any words, are reduced.
    known = pow(constants[0][0], 5, P)
    for name, constant in zip("bc", constants[0][1:]):
        code.assign(name, f"addmod({name}, {hex(constant)}, p)")
        code.sbox(name)
    scales = [row[1] for row in matrix]
    code.replace_state(
        *(
            total("b", product(ratio(row[2], row[1]), "c"), hex(ratio(row[0] * known + c, row[1])))
            for row, c in zip(matrix, constants[1])
        )
    )
    for number in range(1, HALF - 1):
        scales = mix(scales, constants[number + 1])

    # The last full round before the partial ones leads into the basis of eigenvectors. Constants of
    # the elements outside the S-box are not added but carried in `offset`, in the old basis.
    for name in "abc":
        code.sbox(name)
    fifth = [pow(k, 5, P) for k in scales]
    columns = [[m * k % P for m, k in zip(row, fifth)] for row in matrix]
    scale = columns[0][0]
    turned = [
        [ratio(row[0] * columns[1][j] + row[1] * columns[2][j], g) for j in range(3)]
        for row, g in zip(inverted, gain)
    ]
    outer = [row[0] for row in turned]
    code.replace_state(
        total(
            "a",
            product(ratio(columns[0][1], scale), "b"),
            product(ratio(columns[0][2], scale), "c"),
            hex(ratio(constants[HALF][0], scale)),
        ),
        *(
            total("a", product(ratio(row[1], row[0]), "b"), product(ratio(row[2], row[0]), "c"))
            for row in turned
        ),
    )

    offset = [0, 0]
    into_first = [
        (matrix[0][1] * v + matrix[0][2] * w) * g % P for v, w, g in zip(*vectors, gain)
    ]
    for number in range(HALF, HALF + PARTIAL_ROUNDS):
        fifth = pow(scale, 5, P)
        sums = [(offset[i] + constants[number][i + 1]) % P for i in range(2)]
        added = matrix[0][1] * sums[0] + matrix[0][2] * sums[1] + constants[number + 1][0]
        offset = [(row[1] * sums[0] + row[2] * sums[1]) % P for row in matrix[1:]]
        scale = matrix[0][0] * fifth % P
        code.assign("t", "mulmod(a, a, p)")
        code.assign("t", "mulmod(mulmod(t, t, p), a, p)")
        code.assign(
            "a",
            total(
                "t",
                product(ratio(into_first[0] * outer[0], scale), "b"),
                product(ratio(into_first[1] * outer[1], scale), "c"),
                hex(ratio(added, scale)),
            ),
        )
        for i, name in enumerate("bc"):
            code.assign(name, total(product(ratio(values[i] * outer[i], fifth), name), "t"))
        outer = [fifth, fifth]

    # Back to the old basis.
    back = [[vectors[i][j] * gain[j] * outer[j] % P for j in range(2)] for i in range(2)]
    after = constants[HALF + PARTIAL_ROUNDS]
    added = [carried + constant for carried, constant in zip(offset, after[1:])]
    first, second = (
        total("b", product(ratio(row[1], row[0]), "c"), hex(ratio(c, row[0])))
        for row, c in zip(back, added)
    )
    code.assign("n1", first)
    code.assign("c", second)
    code.assign("b", "n1")
    scales = [scale, back[0][0], back[1][0]]

    for number in range(HALF + PARTIAL_ROUNDS, ROUNDS - 1):
        scales = mix(scales, constants[number + 1])
    for name in "abc":
        code.sbox(name)
    terms = [product(m * pow(k, 5, P), name) for m, k, name in zip(matrix[0], scales, "abc")]
    code.assign("h", f"addmod(addmod({terms[0]}, {terms[1]}, p), {terms[2]}, p)")
    return code


def check(code, constants, matrix):
    """Fails unless the code is P2 on all inputs that are tried, and overflows on none at all."""

    def word(x):
        assert 0 <= x < WORD, "a sum overflows"
        return x

    bounds = {
        "mulmod": lambda x, y, p: P - 1 if word(x) >= 0 and word(y) >= 0 else None,
        "addmod": lambda x, y, p: P - 1 if word(x) >= 0 and word(y) >= 0 else None,
        "add": lambda x, y: word(x + y),
    }
    exact = {
        "mulmod": lambda x, y, p: x * y % p,
        "addmod": lambda x, y, p: (x + y) % p,
        "add": lambda x, y: word(x + y),
    }
    code.evaluate(WORD - 1, WORD - 1, bounds)

    assert code.evaluate(1, 2, exact) == VECTOR
    extremes = [0, 1, P - 1, P, P + 1, WORD - 1]
    pairs = [(l, r) for l in extremes for r in extremes]
    pairs += [(random.randrange(WORD), random.randrange(WORD)) for _ in range(100)]
    for l, r in pairs:
        assert code.evaluate(l, r, exact) == permute([0, l % P, r % P], constants, matrix)[0]


def library(code):
    """Returns the source file."""
    return f"""// SPDX-License-Identifier: Apache-2.0
// Generated by contracts/tools/poseidon.py; do not edit.
pragma solidity ^0.8.20;

/// @notice circom's Poseidon over the scalar field of BN254.
library Poseidon {{
    /// @notice Returns P2(l, r): the first element of the permutation of [0, l, r].
    /// @dev Inputs may be any words and count modulo the field's order. Where two words must not
    /// stand for the same input, the caller refuses those that are not below the order.
    function P2(uint256 l, uint256 r) internal pure returns (uint256 h) {{
        assembly ("memory-safe") {{
            let p := {P}
            let a
            let b := l
            let c := r
            let t
            let n0
            let n1
{code.yul()}
        }}
    }}
}}
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("constants", type=Path, help="primitives/src/poseidon/constants.rs")
    parser.add_argument("output", type=Path, help="contracts/generated/Poseidon.sol")
    parser.add_argument("--check", action="store_true", help="compare the file, do not write it")
    arguments = parser.parse_args()

    constants, matrix = read_constants(arguments.constants)
    code = generate(constants, matrix)
    check(code, constants, matrix)
    source = library(code)
    if not arguments.check:
        arguments.output.write_text(source)
    elif arguments.output.read_text() != source:
        sys.exit(f"{arguments.output} is not what {sys.argv[0]} writes")


if __name__ == "__main__":
    main()
