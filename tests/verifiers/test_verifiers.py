#!/usr/bin/env python3
"""Every verifier on a good export and on every forgery of it; also over an export made by banso.

`BANSO_BIN` names the program, which is then the third verifier and makes that export. Or
`BANSO_EXPORT_DIR` names an export and `BANSO_EXPORT_KEY` a file with the raw 32-byte seed of its key.
Knows what each verdict must be, not how it is found.
"""

import os
import unittest
from pathlib import Path

import corpus
import writer
from forgery import ALL, NotApplicable
from support import EXPORT, HERE, KEY, PYTHON, REAL, Bench, command, loudly, needed, plain_python, python

ENTRIES = 620
# Level 2 exists from 65,536 entries on.
THREE_LEVELS = 65_836
ONLY_LARGE = {"tile-with-a-bit-changed-at-level-2"}
# Kinds in which a signature, and so the plain Ed25519, has a say.
SIGNED = ("signature-", "note-", "head-", "size-", "cosignature-", "kept-", "key-", "tree-", "strangers-", "proof-un")
BENCH = None


def setUpModule():
    """Builds the Go verifier once."""
    global BENCH
    if bool(os.environ.get(EXPORT)) != bool(os.environ.get(KEY)):
        raise AssertionError(f"{EXPORT} and {KEY} must be given together")
    BENCH = Bench()
    if BENCH.go.missing:
        loudly(f"the Go verifier is left out: {BENCH.go.missing}")
    if BENCH.banso.missing:
        loudly(f"banso and its export are left out: {BENCH.banso.missing}")


def tearDownModule():
    """Takes the temporary files away."""
    BENCH.close()


def by_python(test, folder):
    """The answer of the Python verifier."""
    return python(folder)


def by_plain_python(test, folder):
    """The answer of the Python verifier without the package `cryptography`."""
    return plain_python(folder)


def by_go(test, folder):
    """The answer of the Go verifier, or the test is left out."""
    BENCH.go.needed(test)
    return BENCH.go(folder)


def by_banso(test, folder):
    """The answer of the ledger's own verifier, or the test is left out."""
    BENCH.banso.needed(test)
    return BENCH.banso(folder)


class Refusals(unittest.TestCase):
    """Base of the generated tests: one a forgery."""

    source = ENTRIES
    verifier = by_python

    def refuses(self, name):
        """The forgery is refused, with the due place and class, in one line."""
        if self.source == REAL and not BENCH.real:
            needed(self, BENCH.banso.missing)
        try:
            verdict = BENCH.corpus(self.source).verdict(name)
        except NotApplicable as reason:
            if self.source == REAL:
                self.skipTest(f"does not apply to this export: {reason}")
            raise
        with BENCH.export(verdict.files) as folder:
            answer = self.verifier(folder)
        self.assertEqual((answer.code, answer.fault), (1, (verdict.place, verdict.kind)), answer)
        self.assertEqual((answer.out, answer.err.count("\n")), ("", 1), answer)


def refusals(class_name, source, verifier, names):
    """A test class with a test for each forgery."""
    tests = {"source": source, "verifier": verifier, "__doc__": f"Every forgery of {source}, {verifier.__name__}."}
    for name in names:
        tests[f"test_{name.replace('-', '_')}_is_refused"] = lambda self, name=name: self.refuses(name)
    return type(class_name, (Refusals,), tests)


NAMES = [name for name in ALL if name not in ONLY_LARGE]
RefusedByPython = refusals("RefusedByPython", ENTRIES, by_python, NAMES)
RefusedByGo = refusals("RefusedByGo", ENTRIES, by_go, NAMES)
RefusedByPlainPython = refusals(
    "RefusedByPlainPython", ENTRIES, by_plain_python, [name for name in NAMES if name.startswith(SIGNED)]
)
RefusedByBanso = refusals("RefusedByBanso", ENTRIES, by_banso, NAMES)
RealRefusedByPython = refusals("RealRefusedByPython", REAL, by_python, NAMES)
RealRefusedByGo = refusals("RealRefusedByGo", REAL, by_go, NAMES)
RealRefusedByBanso = refusals("RealRefusedByBanso", REAL, by_banso, NAMES)


class Acceptances(unittest.TestCase):
    """Base of the tests of what is good."""

    def accepted(self, folder):
        """The one line that all verifiers print."""
        answers = [python(folder), plain_python(folder)]
        if not BENCH.go.missing:
            answers.append(BENCH.go(folder))
        for answer in answers:
            self.assertEqual((answer.code, answer.err, answer.out), (0, "", answers[0].out))
        self.assertRegex(answers[0].out, r"\Aok: [^\n]+\n\Z")
        if not BENCH.banso.missing:
            answer = BENCH.banso(folder)
            self.assertEqual((answer.code, answer.out[:10]), (0, "verified: "), answer)
        return answers[0].out


class AGoodExport(Acceptances):
    """All verifiers say yes, in the same words."""

    def test_is_accepted_by_all(self):
        BENCH.go.needed(self)
        with BENCH.export(BENCH.corpus(ENTRIES).files) as folder:
            line = self.accepted(folder)
        self.assertIn(f" {ENTRIES} entries, ", line)
        self.assertIn("kept checkpoint 310, 7 proofs, 1 cosignatures", line)

    def test_of_every_size_around_the_edges_is_accepted(self):
        for size in (*range(0, 10), 255, 256, 257, 511, 512, 513):
            with self.subTest(size=size):
                kept = size // 2
                receipts = {size - 1: size, 0: kept} if kept else {}
                ledger = writer.Ledger(writer.entries(size), BENCH.corpus(ENTRIES).ledger.log, None, kept, receipts)
                with BENCH.export(ledger.files()) as folder:
                    self.assertIn(f" {size} entries, ", self.accepted(folder))

    def test_may_keep_its_older_partial_tiles(self):
        ledger = BENCH.corpus(ENTRIES).ledger
        older = writer.Ledger(ledger.entries[:300], ledger.log).tree_files()
        with BENCH.export({**older, **ledger.files()}) as folder:
            self.accepted(folder)

    def test_may_be_kept_at_its_own_size(self):
        files = dict(BENCH.corpus(ENTRIES).files)
        files["old-checkpoint"] = files["checkpoint"]
        with BENCH.export(files) as folder:
            self.assertIn(f"kept checkpoint {ENTRIES},", self.accepted(folder))

    def test_may_carry_signatures_of_unknown_keys(self):
        files = dict(BENCH.corpus(ENTRIES).files)
        text = files["checkpoint"].split(b"\n\n")[0] + b"\n"
        files["checkpoint"] += writer.Signer("witness.example/unknown", bytes(32), writer.COSIGNER).line(text)
        files["checkpoint"] += "\u2014 post-quantum.example AAAAAAA=\n".encode()
        with BENCH.export(files) as folder:
            self.accepted(folder)

    def test_may_carry_extra_data_in_a_proof(self):
        files = dict(BENCH.corpus(ENTRIES).files)
        files["proofs/0.tlog-proof"] = files["proofs/0.tlog-proof"].replace(b"\nindex", b"\nextra AAAA\nindex", 1)
        with BENCH.export(files) as folder:
            self.accepted(folder)


class AnExportOfThreeLevels(unittest.TestCase):
    """More than 65,536 entries."""

    def test_is_accepted_and_a_bit_at_the_top_is_noticed(self):
        forged = corpus.Corpus(corpus.generated(THREE_LEVELS))
        verifiers = [python] if BENCH.go.missing else [python, BENCH.go]
        with BENCH.export(forged.files) as folder:
            for verifier in verifiers:
                self.assertEqual(verifier(folder).code, 0)
            for name in sorted(ONLY_LARGE):
                verdict = forged.verdict(name)
                writer.write({verdict.place: verdict.files[verdict.place]}, folder)
                for verifier in verifiers:
                    self.assertEqual(verifier(folder).fault, (verdict.place, verdict.kind))
        BENCH.go.needed(self)


class RealExports(Acceptances):
    """What banso wrote, against code that shares nothing with it."""

    def setUp(self):
        if not BENCH.real:
            needed(self, BENCH.banso.missing)

    def test_are_accepted_by_all(self):
        BENCH.go.needed(self)
        self.accepted(BENCH.real[0])

    def test_have_the_tiles_that_an_independent_writer_makes(self):
        for path, content in BENCH.real_ledger().tree_files().items():
            self.assertEqual((BENCH.real[0] / path).read_bytes(), content, path)

    def test_have_the_signature_that_an_independent_writer_makes(self):
        ledger = BENCH.real_ledger()
        head = writer.Ledger(ledger.entries, ledger.log).head()
        self.assertTrue((BENCH.real[0] / "checkpoint").read_bytes().startswith(head))

    def test_let_nearly_every_kind_of_forgery_apply(self):
        left_out = []
        for name in NAMES:
            try:
                BENCH.corpus(REAL).verdict(name)
            except NotApplicable:
                left_out.append(name)
        self.assertLessEqual(len(left_out), 5, left_out)


class TheCorpus(unittest.TestCase):
    """Its size, and its form on disk for a verifier in another language."""

    def test_has_at_least_forty_kinds(self):
        self.assertGreaterEqual(len(ALL), 40)

    def test_is_written_with_its_verdicts_by_the_command(self):
        with BENCH.export(corpus.generated(corpus.FEWEST).files()) as export, BENCH.export({}) as out:
            seed = Path(out) / "seed"
            seed.write_bytes(BENCH.corpus(ENTRIES).ledger.log.seed)
            answer = command("python3", HERE / "corpus.py", export, seed, Path(out) / "corpus")
            self.assertEqual(answer.code, 0, answer.err)
            self.assertIn('"class": "rolled_back"', (Path(out) / "corpus/corpus.json").read_text())
            verdict = python(Path(out) / "corpus/head-rolled-back")
            self.assertEqual(verdict.fault, ("checkpoint", "rolled_back"))

    def test_does_not_take_the_seed_of_another_key(self):
        with BENCH.export({**corpus.generated(corpus.FEWEST).files(), "seed": bytes(32)}) as export:
            answer = command("python3", HERE / "corpus.py", export, Path(export) / "seed", Path(export) / "corpus")
            self.assertEqual(answer.code, 1)
            self.assertIn("the seed is not that of the key in vkey", answer.err)


class TheCommands(unittest.TestCase):
    """Exit codes and streams, as a shell sees them."""

    def commands(self):
        """Each verifier as a list of words."""
        return [["python3", PYTHON]] + ([] if BENCH.go.missing else [[BENCH.go.program]])

    def test_answer_on_the_right_stream(self):
        with BENCH.export(BENCH.corpus(ENTRIES).files) as folder:
            for words in self.commands():
                good = command(*words, folder)
                self.assertEqual((good.code, good.err, good.out[:4]), (0, "", "ok: "))
            (Path(folder) / "checkpoint").unlink()
            for words in self.commands():
                bad = command(*words, folder)
                self.assertEqual((bad.code, bad.out, bad.fault), (1, "", ("checkpoint", "missing")))

    def test_do_not_wait_for_a_pipe(self):
        with BENCH.export(BENCH.corpus(ENTRIES).files) as folder:
            (Path(folder) / "checkpoint").unlink()
            os.mkfifo(Path(folder) / "checkpoint")
            for words in self.commands():
                self.assertEqual(command(*words, folder).fault, ("checkpoint", "file"))

    def test_keep_to_one_line_whatever_a_file_is_called(self):
        with BENCH.export({**BENCH.corpus(ENTRIES).files, "tile/0/a\nok: all is well": b""}) as folder:
            for words in self.commands():
                answer = command(*words, folder)
                self.assertEqual((answer.code, answer.err.count("\n")), (1, 1), answer)

    def test_call_wrong_usage_by_2(self):
        for words in self.commands():
            for arguments in ([], ["--what"], ["one", "two"], ["/does/not/exist"]):
                answer = command(*words, *arguments)
                self.assertEqual((answer.code, answer.out), (2, ""), arguments)
                self.assertIn("usage: ", answer.err)


if __name__ == "__main__":
    unittest.main()
