#!/usr/bin/env python3
"""The verifiers against each other, and the parts of the Python one against published vectors.

Whatever is done to an export, all must name the same place and class, or all accept. Every run does
the same, from fixed seeds.
"""

import json
import random
import struct
import unittest

import test_verifiers
import writer
from forgery import flipped, with_data
from support import plain_python, python

import canonical  # noqa: E402  (support has put its folder on the path)
import ed25519  # noqa: E402
import notes  # noqa: E402

ROUNDS = 150
SMALL = 40
LOG = writer.Signer("ledger.example/cases", bytes(range(100, 132)))
SPLICES = ["\n", "\n\n", "\r", " ", "0", "+", "=", "\0", "\u2014 ", "\u3000", "\x7f", "index "]
JSON_SPLICES = ["\\u0000", "\\ud83d", "\\ud83d\\ude00", "1e5", "-0", ".0", "0", ",", '"a":1,', " ", "[", "}", "\\"]
# RFC 8785, appendix B: the bits of a double and how it is written.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
# RFC 8032, section 7.1: seed, key, message, signature.
SIGNATURES = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


def setUpModule():
    """The same bench as for the corpus."""
    test_verifiers.setUpModule()


def tearDownModule():
    """Takes it away."""
    test_verifiers.tearDownModule()


class AllVerifiers(unittest.TestCase):
    """Say the same of the same files."""

    def setUp(self):
        test_verifiers.BENCH.go.needed(self)

    def agreed(self, files):
        """The fault that all name; none if all accept."""
        with test_verifiers.BENCH.export(files) as folder:
            one, other = python(folder), test_verifiers.BENCH.go(folder)
            third = one if test_verifiers.BENCH.banso.missing else test_verifiers.BENCH.banso(folder)
        for answer in (other, third):
            self.assertEqual((one.code, one.fault), (answer.code, answer.fault), (one, answer))
        return one.fault

    def small(self, cosigner=None):
        """A small good export."""
        return writer.Ledger(writer.entries(SMALL), LOG, cosigner, SMALL // 2, {0: SMALL, 3: SMALL // 2}).files()

    def test_refuse_any_flipped_bit(self):
        chance, good = random.Random(1), self.small()
        for number in range(ROUNDS):
            path = sorted(good)[number % len(good)]
            at, bit = chance.randrange(len(good[path])), chance.randrange(8)
            with self.subTest(path=path, at=at, bit=bit):
                self.assertIsNotNone(self.agreed({**good, path: flipped(good[path], at, bit)}))

    def test_agree_on_damaged_notes_and_proofs(self):
        chance = random.Random(2)
        good = self.small(writer.Signer("committee.example/member", bytes(32), writer.COSIGNER))
        texts = [path for path in sorted(good) if not path.startswith("tile/")]
        for number in range(ROUNDS):
            path = texts[number % len(texts)]
            with self.subTest(number=number, path=path):
                self.agreed({**good, path: _damaged(good[path], SPLICES, chance)})

    def test_agree_on_damaged_entries_under_a_right_signature(self):
        chance, entry = random.Random(3), writer.entries(6)[5]
        entry = entry.replace(b'"position":5', b'"position":0')
        entry = with_data(entry, '{"a":[1,-2.5,"\u00e9\\n",{"b":null,"c":true}],"\u20ac":{}}')
        faults = {}
        for number in range(ROUNDS):
            content = entry if number == 0 else _damaged(entry, JSON_SPLICES, chance)
            with self.subTest(content=content):
                fault = self.agreed(writer.Ledger([content], LOG).files())
                faults[fault] = faults.get(fault, 0) + 1
        self.assertIn(("position 0", "canonical"), faults)
        self.assertIn(("position 0", "entry"), faults)

    def test_write_numbers_alike(self):
        chance = random.Random(4)
        for _ in range(4):
            numbers = [struct.unpack(">d", chance.randbytes(8))[0] for _ in range(1000)]
            numbers = [number for number in numbers if number == number]
            numbers += [chance.randrange(10**6) / 10 ** chance.randrange(12) for _ in range(500)]
            numbers += [float(chance.randrange(10 ** chance.randrange(1, 24))) for _ in range(500)]
            text = ",".join(canonical._number(number) for number in numbers)
            entry = writer.entries(1)[0]
            self.assertIsNone(self.agreed(writer.Ledger([with_data(entry, f'{{"n":[{text}]}}')], LOG).files()))


def _damaged(content, splices, chance):
    """One to three cuts, doublings, splices or changed bytes."""
    for _ in range(chance.randrange(1, 4)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([1, 1, 2, 5, 40]))
        splice = chance.choice(splices).encode()
        content = chance.choice(
            [
                content[:start] + content[end:],
                content[:end] + content[start:],
                content[:start] + splice + content[start:],
                content[:start] + splice + content[end:],
                content[:start] + chance.randbytes(1) + content[start + 1 :],
            ]
        )
    return content


class CanonicalNumbers(unittest.TestCase):
    """RFC 8785, appendix B."""

    def test_are_written_as_the_standard_says(self):
        for bits, written in NUMBERS.items():
            value = struct.unpack(">d", bytes.fromhex(bits))[0]
            self.assertEqual(canonical._number(value), written)
            self.assertEqual(canonical.parse(written.encode()), json.loads(written))


class PlainEd25519(unittest.TestCase):
    """RFC 8032, and the package `cryptography` where it is there."""

    def test_signs_and_verifies_the_published_vectors(self):
        for seed, key, message, signature in SIGNATURES:
            seed, key, message, signature = (bytes.fromhex(text) for text in (seed, key, message, signature))
            self.assertEqual(ed25519.public_key(seed), key)
            self.assertEqual(ed25519.sign(seed, message), signature)
            self.assertTrue(ed25519.verify(key, signature, message))
            self.assertFalse(ed25519.verify(key, signature, message + b"x"))

    def test_refuses_a_key_that_is_no_point(self):
        keys = (bytes([number]) + bytes(31) for number in range(256))
        key = next(key for key in keys if ed25519._decoded(key) is None)
        self.assertFalse(ed25519.verify(key, bytes(64), b""))

    @unittest.skipUnless(notes.Ed25519PublicKey, "the package cryptography is not installed")
    def test_agrees_with_the_package(self):
        chance = random.Random(5)
        for _ in range(40):
            seed, message = chance.randbytes(32), chance.randbytes(chance.randrange(100))
            key, signature = ed25519.public_key(seed), ed25519.sign(seed, message)
            bad = flipped(signature, chance.randrange(64), chance.randrange(8))
            for tried, right in ((signature, True), (bad, False)):
                self.assertEqual(ed25519.verify(key, tried, message), right)
                verifiers = [notes.Verifier(None), notes.Verifier(None, plain=True)]
                key_ = notes.Key("k", b"", notes.LOG_SIGNATURE, key)
                self.assertEqual([verifier._holds(key_, message, tried) for verifier in verifiers], [right, right])

    def test_is_what_the_plain_verifier_uses(self):
        with test_verifiers.BENCH.export(writer.Ledger(writer.entries(3), LOG).files()) as folder:
            self.assertEqual(plain_python(folder).code, 0)


if __name__ == "__main__":
    unittest.main()
