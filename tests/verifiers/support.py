"""What the tests share: the three verifiers as commands, and one export after the other to try them on.

The Go program is built once a run, offline, against Debian's package of golang.org/x/mod.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import banso
import corpus
import writer

HERE = Path(__file__).parent
PYTHON = HERE / "python" / "verify.py"
GO_PATH = "/usr/share/gocode"
EXPORT, KEY = "BANSO_EXPORT_DIR", "BANSO_EXPORT_KEY"
REAL = "the export that banso made"
# Entries of banso's export that the forgeries start from: enough for all of them, whatever its size.
MOST = 700

import verify  # noqa: E402  (writer has put its folder on the path)


@dataclass(frozen=True)
class Answer:
    """How a verifier ended."""

    code: int
    out: str
    err: str

    @property
    def fault(self):
        """Place and class of the fault; none if it said yes."""
        return tuple(self.err.split(": ", 2)[:2]) if self.code == 1 else None


def command(*arguments):
    """Runs a verifier as its users do."""
    words = [str(part) for part in arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def python(folder, *options):
    """The Python verifier, in this process: the same `main`, without the start of an interpreter."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = verify.main([*options, str(folder)])
    return Answer(code, out.getvalue(), err.getvalue())


def plain_python(folder):
    """The same without the package `cryptography`."""
    return python(folder, "--plain")


class Go:
    """The Go verifier; `missing` says why there is none."""

    def __init__(self, folder):
        self.program = Path(folder) / "verify-go"
        self.missing = None if shutil.which("go") else "go is not installed (apt-get install golang-go)"

    def build(self, folder):
        """Builds it; what fails here fails the tests."""
        if self.missing:
            return
        offline = {"GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0"}
        env = {**os.environ, **offline, "GOCACHE": str(Path(folder) / "cache")}
        build = ["go", "build", "-o", str(self.program), "."]
        done = subprocess.run(build, cwd=HERE / "go", env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"the Go verifier does not build; golang-golang-x-mod-dev?\n{done.stderr}")

    def __call__(self, folder):
        """Runs it."""
        return command(self.program, folder)

    def needed(self, test):
        """Skips a test for want of it, or fails it."""
        needed(test, self.missing)


class Banso:
    """`banso verify`; `missing` says why there is none."""

    def __init__(self):
        self.missing = None if banso.program() else f"{banso.PROGRAM} does not name a banso"

    def __call__(self, folder):
        """Runs it; what it says no with stands on standard output."""
        done = banso.run("verify", folder)
        no = "NOT verified: "
        if done.returncode == 1 and done.stdout.startswith(no) and done.stderr.count("\n") == 1:
            return Answer(1, "", done.stdout[len(no) :])
        return Answer(done.returncode, done.stdout, done.stderr)

    def needed(self, test):
        """As for Go."""
        needed(test, self.missing)


def needed(test, missing):
    """Skips a test for want of a program, aloud; where CI runs, the want is a failure."""
    if not missing:
        return
    if os.environ.get("CI") == "true":
        test.fail(missing)
    test.skipTest(f"LEFT OUT: {missing}")


class Bench:
    """A temporary place for exports; `with bench.export(files) as folder`."""

    def __init__(self):
        self._all = tempfile.TemporaryDirectory(prefix="banso-verifiers-")
        self.folder = Path(self._all.name)
        self.go = Go(self.folder)
        self.go.build(self.folder)
        self.banso = Banso()
        self.real = self._real()
        self._made = {}

    def _real(self):
        """An export that banso made and the seed of its key: the environment's, or a new one."""
        if os.environ.get(EXPORT):
            return Path(os.environ[EXPORT]), Path(os.environ[KEY])
        if self.banso.missing:
            return None
        folder = self.folder / "real"
        folder.mkdir()
        return banso.export(folder)

    def real_ledger(self, most=None):
        """The ledger of that export, or the beginning of it."""
        folder, key = self.real
        return corpus.load(folder, key.read_bytes(), most)

    def close(self):
        """Takes everything away."""
        self._all.cleanup()

    @contextlib.contextmanager
    def export(self, files):
        """A folder that holds these files for a while."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            writer.write(files, folder)
            yield folder

    def corpus(self, source):
        """The corpus of a source, made once: a number of entries, or the export that banso made."""
        if source not in self._made:
            ledger = self.real_ledger(MOST) if source == REAL else corpus.generated(source)
            self._made[source] = corpus.Corpus(ledger)
        return self._made[source]


def loudly(reason):
    """A line that is seen even where nobody reads about skipped tests."""
    print(f"\n*** {reason} ***", file=sys.stderr)
