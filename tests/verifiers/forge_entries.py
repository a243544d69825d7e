"""Forgeries inside an entry, rebuilt and signed with the true key and nothing kept: only the rules
of the entries can tell. Also every careless way to write JSON.
"""

import json

from forgery import NotApplicable, Verdict, add, data_of, with_data, with_field, with_optional, without_field

ZEROS = "00000000-0000-4000-8000-000000000000"


def _position(entry):
    return json.loads(entry)["position"]


def _version(entry):
    return json.loads(entry)["version"]


def _sealed(entry, sealed):
    return with_optional(entry, "sealed", sealed, _after_schema(entry))


def _after_schema(entry):
    """The field of the envelope that follows `schema`."""
    return next(name for name in ("sealed", "source", "subject") if name in json.loads(entry))


def _seal(fields='["name","phone"]', commitment="0" * 64, key=f"business/{ZEROS}"):
    return f'{{"commitment":"{commitment}","fields":{fields},"key":"{key}"}}'


def _day(raw):
    return "entry", lambda entry: with_field(entry, "occurred_on", f'"{raw}"')


def _expected(entry, raw):
    return with_optional(entry, "expected_version", raw, "id")


def _recorded(raw):
    return "entry", lambda entry: with_field(entry, "recorded_at", f'"{raw}"')


def _upper(entry):
    return with_field(entry, "id", '"ABCDEF01-0000-4000-8000-000000000000"')


def _unsorted(entry):
    return b'{"id":' + json.dumps(json.loads(entry)["id"]).encode() + b"," + without_field(entry, "id")[1:]


# name: (class of reason, what the entry becomes)
RULES = {
    "version-gap": ("version", lambda entry: with_field(entry, "version", _version(entry) + 1)),
    "version-without-start": ("version", lambda entry: with_field(entry, "version", _version(entry) + 999)),
    "version-zero": ("entry", lambda entry: with_field(entry, "version", 0)),
    "version-as-text": ("entry", lambda entry: with_field(entry, "version", f'"{_version(entry)}"')),
    "version-true": ("entry", lambda entry: with_field(entry, "version", "true")),
    "version-negative": ("entry", lambda entry: with_field(entry, "version", "-1")),
    "version-fraction": ("entry", lambda entry: with_field(entry, "version", "1.5")),
    "expected-version-later": ("expected_version", lambda entry: _expected(entry, _version(entry))),
    "expected-version-elsewhere": ("expected_version", lambda entry: _expected(entry, _version(entry) + 7)),
    "expected-version-null": ("entry", lambda entry: _expected(entry, "null")),
    "position-off-by-one": ("position", lambda entry: with_field(entry, "position", _position(entry) + 1)),
    "position-zero-again": ("position", lambda entry: with_field(entry, "position", 0)),
    "clock-back": ("time", lambda entry: with_field(entry, "recorded_at", '"2000-01-01T00:00:00.000Z"')),
    "recorded-at-without-milliseconds": _recorded("2026-01-01T00:00:00Z"),
    "recorded-at-with-an-offset": _recorded("2026-01-01T09:00:00.000+09:00"),
    "recorded-at-hour-24": _recorded("2026-01-01T24:00:00.000Z"),
    "recorded-at-second-60": _recorded("2026-06-30T23:59:60.000Z"),
    "recorded-at-with-six-decimals": _recorded("2026-01-01T00:00:00.000000Z"),
    "recorded-at-in-year-0": _recorded("0000-01-01T00:00:00.000Z"),
    "day-that-is-none": _day("2025-02-30"),
    "day-without-hyphens": _day("20250401"),
    "day-of-a-week": _day("2025-W14-2"),
    "day-in-full-width-digits": _day("２０２５-０４-０１"),
    "day-with-a-newline": _day("2025-04-01\\n"),
    "day-as-a-number": ("entry", lambda entry: with_field(entry, "occurred_on", "20250401")),
    "id-in-upper-case": ("entry", _upper),
    "author-without-a-uuid": ("entry", lambda entry: with_field(entry, "recorded_by", '"staff/somebody"')),
    "subject-without-a-uuid": ("entry", lambda entry: with_field(entry, "subject", '"case/1"')),
    "type-without-a-dot": ("entry", lambda entry: with_field(entry, "type", '"visit"')),
    "source-unknown": ("entry", lambda entry: with_optional(entry, "source", '"fax"', "subject")),
    "field-unknown": ("entry", lambda entry: entry[:-1] + b',"weight":1}'),
    "field-missing": ("entry", lambda entry: without_field(entry, "occurred_on")),
    "data-not-an-object": ("entry", lambda entry: with_data(entry, "[]")),
    "entry-not-an-object": ("entry", lambda _: b"[]"),
    "entry-null": ("entry", lambda _: b"null"),
    "seal-not-an-object": ("entry", lambda entry: _sealed(entry, '["commitment","fields","key"]')),
    "seal-with-a-field-more": ("entry", lambda entry: _sealed(entry, _seal()[:-1] + ',"nonce":1}')),
    "seal-with-a-text-for-fields": ("entry", lambda entry: _sealed(entry, _seal('"name"'))),
    "seal-with-a-number-among-fields": ("entry", lambda entry: _sealed(entry, _seal("[1]"))),
    "seal-with-a-key-of-nobody": ("entry", lambda entry: _sealed(entry, _seal(key="business/1"))),
    "schema-zero": ("entry", lambda entry: with_optional(entry, "schema", "0", _after_schema(entry))),
    "seal-with-fields-unsorted": ("entry", lambda entry: _sealed(entry, _seal('["phone","name"]'))),
    "seal-with-a-field-twice": ("entry", lambda entry: _sealed(entry, _seal('["name","name"]'))),
    "seal-without-fields": ("entry", lambda entry: _sealed(entry, _seal("[]"))),
    "seal-with-a-short-commitment": ("entry", lambda entry: _sealed(entry, _seal(commitment="00"))),
    "seal-with-a-field-left-open": (
        "entry",
        lambda entry: _sealed(with_data(entry, '{"name":"x"}'), _seal('["name"]')),
    ),
}
SPELLINGS = {
    "space-after-a-colon": lambda entry: entry.replace(b'"position":', b'"position": '),
    "keys-out-of-order": _unsorted,
    "keys-out-of-order-in-data": lambda entry: with_data(entry, '{"b":1,"a":1}'),
    "keys-in-code-point-order": lambda entry: with_data(entry, '{"\ufb33":1,"\U0001f600":1}'),
    "key-twice": lambda entry: with_data(entry, '{"a":1,"a":1}'),
    "letter-escaped": lambda entry: with_data(entry, '{"a":"\\u0041"}'),
    "slash-escaped": lambda entry: with_data(entry, '{"a":"\\/"}'),
    "escape-in-upper-case": lambda entry: with_data(entry, '{"a":"\\u001F"}'),
    "newline-as-a-code": lambda entry: with_data(entry, '{"a":"\\u000a"}'),
    "control-character-in-a-text": lambda entry: with_data(entry, '{"a":"\t"}'),
    "lone-surrogate": lambda entry: with_data(entry, '{"a":"\\ud800"}'),
    "bytes-not-utf-8": lambda entry: with_data(entry, b'{"a":"\xc3\x28"}'),
    "surrogate-in-utf-8": lambda entry: with_data(entry, b'{"a":"\xed\xa0\x80"}'),
    "number-with-a-zero-fraction": lambda entry: with_data(entry, '{"a":1.0}'),
    "number-with-an-exponent": lambda entry: with_data(entry, '{"a":1e2}'),
    "number-minus-zero": lambda entry: with_data(entry, '{"a":-0}'),
    "number-beyond-doubles": lambda entry: with_data(entry, '{"a":9007199254740993}'),
    "number-too-large": lambda entry: with_data(entry, '{"a":1e400}'),
    "number-not-a-number": lambda entry: with_data(entry, '{"a":NaN}'),
    "number-with-a-leading-zero": lambda entry: with_data(entry, '{"a":01}'),
    "comma-at-the-end": lambda entry: with_data(entry, '{"a":[1,]}'),
    "byte-order-mark": lambda entry: b"\xef\xbb\xbf" + entry,
    "newline-at-the-end": lambda entry: entry + b"\n",
    "two-values": lambda entry: entry + b"{}",
    "cut-short": lambda entry: entry[:-1],
    "nothing": lambda _: b"",
    "nested-too-deep": lambda entry: with_data(entry, f'{{"a":{"[" * 200}{"]" * 200}}}'),
    "nested-far-too-deep": lambda entry: with_data(entry, f'{{"a":{"[" * 15_000}{"]" * 15_000}}}'),
}


def _forged(kind, change):
    def make(scene):
        at = scene.early
        content = change(scene.entry(at))
        if content == scene.entry(at):
            raise NotApplicable("the entry has this form already")
        scene.change(at, content)
        return Verdict(scene.unkept(), f"position {at}", kind)

    return make


for _name, (_kind, _change) in RULES.items():
    add(f"rule-{_name}", f"with the true key: {_name.replace('-', ' ')}", _forged(_kind, _change))
for _name, _change in SPELLINGS.items():
    add(f"json-{_name}", f"with the true key: {_name.replace('-', ' ')}", _forged("canonical", _change))


def _of_two(kind, change):
    """Changes a later entry by an earlier one."""

    def make(scene):
        at = scene.early
        return Verdict(_changed(scene, at, change), f"position {at}", kind)

    return make


def _changed(scene, at, change):
    scene.change(at, change(scene, at))
    return scene.unkept()


def _same_id(scene, at):
    return with_field(scene.entry(at), "id", json.dumps(json.loads(scene.entry(at // 2))["id"]))


def _version_again(scene, at):
    subject = json.loads(scene.entry(at - 1))["subject"]
    entry = with_field(scene.entry(at), "subject", json.dumps(subject))
    return with_field(entry, "version", _version(scene.entry(at - 1)))


add("rule-id-twice", "with the true key: an id for the second time", _of_two("id", _same_id))
add("rule-version-twice", "with the true key: a version for the second time", _of_two("version", _version_again))


def _clock_ahead(scene):
    at = scene.early
    scene.change(at, with_field(scene.entry(at), "recorded_at", '"2999-01-01T00:00:00.000Z"'))
    return Verdict(scene.unkept(), f"position {at + 1}", "time")


def _a_seal_broken_open(scene):
    """The sealed fields of an entry that has them stand in `data` as well."""
    at = scene.position(0, scene.size, lambda position: "sealed" in json.loads(scene.entry(position)))
    name = json.loads(scene.entry(at))["sealed"]["fields"][0]
    if data_of(scene.entry(at)) != b"{}":
        scene.change(at, with_data(scene.entry(at), f'{{"{name}":"plain"}}'))
    return Verdict(scene.unkept(), f"position {at}", "entry")


add("rule-clock-ahead", "with the true key: an entry from the future makes the next one go back", _clock_ahead)
add("rule-seal-broken-open", "with the true key: a sealed field in clear", _a_seal_broken_open)
