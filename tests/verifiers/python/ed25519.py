"""Ed25519 (RFC 8032, section 5.1) in plain Python, for a machine without the package `cryptography`.

Slow, and not constant-time: it is for checking public signatures and for the test keys of the
forgeries, never for a key that matters. Knows nothing of notes or ledgers.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def public_key(seed):
    """The 32-byte public key of a 32-byte seed."""
    return _encoded(_times(_clamped(hashlib.sha512(seed).digest()), BASE))


def sign(seed, message):
    """The 64-byte signature; the same one for the same seed and message."""
    half = hashlib.sha512(seed).digest()
    secret, key = _clamped(half), public_key(seed)
    nonce = _number(half[32:] + message)
    point = _encoded(_times(nonce, BASE))
    return point + ((nonce + _number(point + key + message) * secret) % ORDER).to_bytes(32, "little")


def verify(key, signature, message):
    """True if the signature is the key's. Refuses S >= L, so nobody can vary a signature."""
    if len(signature) != 64 or len(key) != 32:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    point = _decoded(key)
    if point is None or scalar >= ORDER:
        return False
    challenge = _number(signature[:32] + key + message)
    negated = (P - point[0], point[1], 1, P - point[3])
    return _encoded(_sum(_times(scalar, BASE), _times(challenge, negated))) == signature[:32]


def _number(content):
    return int.from_bytes(hashlib.sha512(content).digest(), "little") % ORDER


def _clamped(half):
    return int.from_bytes(half[:32], "little") & ((1 << 254) - 8) | (1 << 254)


def _sum(one, other):
    """Extended homogeneous coordinates, RFC 8032 section 5.1.4."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    product = NEUTRAL
    while scalar:
        if scalar & 1:
            product = _sum(product, point)
        point, scalar = _sum(point, point), scalar >> 1
    return product


def _encoded(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(content):
    """A point, or None if these are not the bytes of one (section 5.1.3)."""
    y = int.from_bytes(content, "little")
    sign_bit, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign_bit):
        return None
    if x & 1 != sign_bit:
        x = P - x
    return x, y, 1, x * y % P


BASE = _decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
