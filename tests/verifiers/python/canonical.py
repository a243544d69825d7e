"""Canonical JSON (RFC 8785, JCS): whether some bytes are exactly the one way to write their value.

Parses, writes the value again by the rules, and compares bytes. That catches every other spelling:
spaces, order, escapes, doubled keys, 1.0, lone surrogates. Knows nothing of entries.
"""

import json
import math

DEEPEST = 128
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPES |= {chr(code): f"\\u{code:04x}" for code in range(0x20) if chr(code) not in ESCAPES}
TABLE = str.maketrans(ESCAPES)
EXACT = 2**53


class NotCanonical(ValueError):
    """Says what is wrong, in lower case."""


def parse(content):
    """The value of canonical bytes, or NotCanonical."""
    try:
        text = content.decode("utf-8")
        value = json.loads(text, parse_constant=_no_constant)
        again = "".join(_written(value, 0))
    except NotCanonical:
        raise
    except (ValueError, RecursionError, OverflowError):
        raise NotCanonical("the bytes are not JSON in UTF-8") from None
    if again != text:
        raise NotCanonical("the bytes are not the canonical form (RFC 8785) of their value")
    return value


def _no_constant(name):
    raise NotCanonical(f"{name} is not JSON")


def _written(value, depth):
    if depth > DEEPEST:
        raise NotCanonical(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        yield _string(value)
    elif isinstance(value, dict):
        separator = "{"
        # Section 3.2.3: keys in the order of their UTF-16 code units, not of their code points.
        for key in sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass")):
            yield f"{separator}{_string(key)}:"
            yield from _written(value[key], depth + 1)
            separator = ","
        yield "}" if value else "{}"
    elif isinstance(value, list):
        separator = "["
        for item in value:
            yield separator
            yield from _written(item, depth + 1)
            separator = ","
        yield "]" if value else "[]"
    elif value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    else:
        yield _number(value)


def _string(text):
    # A lone surrogate has no UTF-8; it cannot equal the bytes it came from, which were an escape.
    return f'"{text.translate(TABLE)}"'


def _number(value):
    """As ECMAScript writes a double: shortest digits, exponent outside of 1e-6 to 1e21."""
    if isinstance(value, int) and abs(value) <= EXACT:
        return str(value)
    value = float(value)
    if math.isinf(value):
        raise NotCanonical("a number is too large for a double")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits, point):
    """ECMA-262, Number::toString, with n = point and k = len(digits)."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return digits[0] + ("." + digits[1:] if count > 1 else "") + exponent
