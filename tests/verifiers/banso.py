"""The ledger's own program: a third verifier, and the writer of a real export.

`BANSO_BIN` names it. It shares its code with the ledger, so it proves nothing to a stranger; but what
strangers find, it must find too, and what it writes must stand up to them.
"""

import base64
import json
import os
import subprocess
import uuid
from pathlib import Path

PROGRAM = "BANSO_BIN"
BUSINESSES = 12
# With the plan that a new ledger adopts, enough for two full bundles and an edge.
VISITS = 640


def program():
    """Its path; none where nobody named it."""
    return os.environ.get(PROGRAM) or None


def run(*arguments):
    """Runs it; gives exit code, standard output and standard error."""
    words = [program(), *(str(part) for part in arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def export(folder):
    """Records events in a new ledger and exports it; gives the export and a file with the raw seed of its key."""
    folder = Path(folder)
    data, out, seed = folder / "data", folder / "export", folder / "seed"
    (folder / "events.ndjson").write_text("".join(f"{json.dumps(event)}\n" for event in events()), encoding="utf-8")
    for words in (("import", folder / "events.ndjson", "--data", data), ("export", "--data", data, "--to", out)):
        done = run(*words)
        if done.returncode:
            raise AssertionError(f"banso {words[0]}: {done.stderr}{done.stdout}")
    seed.write_bytes(base64.b64decode((data / "keys/ledger.key").read_text(encoding="ascii")))
    return out, seed


def events():
    """Businesses, a case each, and visits in turn: personal fields, preconditions, every kind of text."""
    number = iter(range(1, 10**6))
    name = lambda: str(uuid.UUID(int=next(number)))  # noqa: E731
    businesses = [name() for _ in range(BUSINESSES)]
    cases = [name() for _ in range(BUSINESSES)]

    def event(kind, subject, data, **more):
        return {"id": name(), "type": kind, "subject": subject, "occurred_on": "2025-06-03", "data": data, **more}

    for at, business in enumerate(businesses):
        data = {"kind": "corporation", "name": f"架空商店{at}", "phone": f"083-900-{at:04}", "employees": at}
        yield event("business.registered", f"business/{business}", data)
    for business, case in zip(businesses, cases):
        yield event("case.opened", f"case/{case}", {"business_id": business, "advisor_id": name()})
    for at in range(VISITS):
        turn, case = divmod(at, BUSINESSES)
        data = {"method": ("visit", "phone", "online")[at % 3], "topics": [f"話題 \"{at}\"\n\u20ac"]}
        if at % 5 == 0:
            data["note"] = f"架空の覚書 {at}"
        expected = {"expected_version": turn + 1} if at % 4 == 0 else {}
        yield event("visit.done", f"case/{cases[case]}", data, **expected)
