#!/usr/bin/env python3
"""Prints primitives/ed25519_edge_cases.json: signatures on which libraries differ.

    python3 vectors/ed25519_edge_cases.py > vectors/primitives/ed25519_edge_cases.json

It is written from RFC 8032, section 5.1, in plain integers, needs nothing but the
standard library, and prints the same each time.

Each case is made so that all rules but the one under test would accept it, as far
as that can be: so a library without that rule takes it. Two kinds cannot be made.
An encoding that is not canonical, of a point that is not of small order, has a
point whose discrete logarithm nobody knows, so nobody can sign for it; and a
signature by an ordinary key with an S of one's choice (0, or the order less 1) is
as hard. They stand here with points of small order instead.
"""

import hashlib
import json
import sys

# The field, the curve and the order of its base point (RFC 8032, section 5.1).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # a square root of -1
SIGN = 1 << 255

NEUTRAL = (0, 1)


def add(a, b):
    """The sum of two points, in affine coordinates."""
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P
    return x, y


def negative(a):
    return -a[0] % P, a[1]


def times(n, a):
    """The n-fold of a point."""
    result = NEUTRAL
    while n:
        if n & 1:
            result = add(result, a)
        a = add(a, a)
        n >>= 1
    return result


def recover(y, sign):
    """The point of a y and a sign of x; None where there is none. A y that is not
    below p is taken modulo p, and a sign of x = 0 is ignored: what is canonical is
    looked at elsewhere."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square:
        return None
    return (-x % P if x & 1 != sign else x), y % P


def encode(a):
    return number(a[1] | (a[0] & 1) << 255)


def number(n):
    return n.to_bytes(32, "little")


def decode(encoded):
    n = int.from_bytes(encoded, "little")
    return recover(n % SIGN, n >> 255)


BASE = recover(4 * pow(5, -1, P) % P, 0)


def torsion():
    """The eight points whose order divides 8, as multiples of one of order 8."""
    y = 2
    while True:
        point = recover(y, 0)
        y += 1
        if point is None:
            continue
        eighth = times(L, point)
        if times(4, eighth) != NEUTRAL:
            return [times(n, eighth) for n in range(8)]


TORSION = torsion()


def order_of(index):
    """The order of TORSION[index]."""
    return next(n for n in (1, 2, 4, 8) if n * index % 8 == 0)


def encodings(index):
    """All encodings of TORSION[index], the canonical one first, each with a name."""
    x, y = TORSION[index]
    sign = (x & 1) << 255
    found = [("canonical", number(y | sign))]
    if x == 0:
        found.append(("x = 0 with the sign set", number(y | SIGN)))
    if y + P < SIGN:
        found.append(("y + p", number(y + P | sign)))
        if x == 0:
            found.append(("y + p, x = 0 with the sign set", number(y + P | SIGN)))
    assert all(decode(encoded) == TORSION[index] for _, encoded in found)
    return found


def sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def scalar(name):
    """A secret scalar of a name."""
    return sha512(b"ossuary " + name) % L


def challenge(r, a, message):
    """k, modulo the order."""
    return sha512(r, a, message) % L


def messages():
    for n in range(1 << 32):
        yield b"ossuary %d" % n


def message_where(fits):
    return next(message for message in messages() if fits(message))


def holds(public, message, signature, cofactor):
    """The equation [c]SB = [c]R + [c]kA, on points decoded without strictness."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    point_r, point_a = decode(r), decode(public)
    if point_r is None or point_a is None:
        return False
    k = challenge(r, public, message)
    right = add(point_r, times(k, point_a))
    return times(cofactor * s, BASE) == times(cofactor, right)


def is_canonical(encoded):
    point = decode(encoded)
    return point is not None and encode(point) == encoded


def has_small_order(encoded):
    return decode(encoded) in TORSION


def verdict(public, message, signature):
    """What the protocol says: "Ed25519 is checked strictly: S below the group order,
    canonical encodings, no small-order public key or R, the cofactorless equation"."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    return (
        s < L
        and is_canonical(public)
        and is_canonical(r)
        and not has_small_order(public)
        and not has_small_order(r)
        and holds(public, message, signature, 1)
    )


CASES = []


def case(comment, why, public, message, r, s, *, equation):
    """Adds a case. `equation` is what holds of it: "cofactorless" (and so the other),
    "cofactored" alone, or "none"."""
    signature = r + number(s)
    found = next(
        (name for name, cofactor in (("cofactorless", 1), ("cofactored", 8))
         if holds(public, message, signature, cofactor)),
        "none",
    )
    assert found == equation, (comment, found)
    valid = verdict(public, message, signature)
    assert valid == why.startswith("all rules"), (comment, why)
    CASES.append({
        "tcId": len(CASES) + 1,
        "comment": comment,
        "public": public.hex(),
        "message": message.hex(),
        "signature": signature.hex(),
        "result": "valid" if valid else "invalid",
        "why": why,
    })


# An ordinary key and an ordinary R.
A_SCALAR, R_SCALAR = scalar(b"key"), scalar(b"nonce")
A_POINT, R_POINT = times(A_SCALAR, BASE), times(R_SCALAR, BASE)
A, R = encode(A_POINT), encode(R_POINT)
MESSAGE = b"ossuary"

GOOD = "all rules are met"
SMALL_A = "the public key is of small order"
SMALL_R = "R is of small order"
COFACTOR = "only the cofactored equation holds"
LARGE_S = "S is not below the group order"


def s_for(a_scalar, r_scalar, r, a, message):
    return (r_scalar + challenge(r, a, message) * a_scalar) % L


def ordinary(message):
    return s_for(A_SCALAR, R_SCALAR, R, A, message)


def ordinary_signatures():
    s = ordinary(MESSAGE)
    case("an ordinary signature", GOOD, A, MESSAGE, R, s, equation="cofactorless")
    near = message_where(lambda message: ordinary(message) >> 234 == (1 << 18) - 1)
    case("S just below 2^252, which is just below the group order", GOOD,
         A, near, R, ordinary(near), equation="cofactorless")
    small = message_where(lambda message: ordinary(message) >> 234 == 0)
    case("a small S", GOOD, A, small, R, ordinary(small), equation="cofactorless")
    flipped = encode(negative(R_POINT))
    case("the sign of R changed", "the equation does not hold",
         A, MESSAGE, flipped, s, equation="none")
    case("the sign of the public key changed", "the equation does not hold",
         encode(negative(A_POINT)), MESSAGE, R, s, equation="none")
    y = next(y for y in range(2, 100) if recover(y, 0) is None)
    case(f"a public key that is no point, y = {y}", "the public key is no point of the curve",
         number(y), MESSAGE, R, s, equation="none")
    case(f"an R that is no point, y = {y}", "R is no point of the curve",
         A, MESSAGE, number(y), s, equation="none")


def large_s():
    s = ordinary(MESSAGE)
    for n, remark in (
        (1, "whose three high bits are still clear"),
        (7, "whose high bit is still clear"),
        (8, "whose high bit is set"),
        (15, "the largest that has room"),
    ):
        factor = "" if n == 1 else f"{n} "
        case(f"S + {factor}L, {remark}", LARGE_S,
             A, MESSAGE, R, s + n * L, equation="cofactorless")
    for bit in (253, 254, 255):
        case(f"S with bit {bit} set", LARGE_S, A, MESSAGE, R, s | 1 << bit, equation="none")
    # Only a key of small order lets S be chosen.
    neutral = encode(NEUTRAL)
    for s, r, remark in (
        (0, NEUTRAL, "S = 0"),
        (1, BASE, "S = 1"),
        (L - 1, negative(BASE), "S = L - 1"),
    ):
        why = SMALL_A + (", and R too" if r == NEUTRAL else "")
        case(f"{remark}, the neutral element as key", why,
             neutral, MESSAGE, encode(r), s, equation="cofactorless")
    for s, r, remark in ((L, NEUTRAL, "S = L"), (L + 1, BASE, "S = L + 1")):
        case(f"{remark}, the neutral element as key", LARGE_S + ", and the public key is of small order",
             neutral, MESSAGE, encode(r), s, equation="cofactorless")


def small_order_keys():
    """S = r and R = rB, with a message for which kA is the neutral element."""
    for index in range(8):
        for form, a in encodings(index):
            message = message_where(lambda m: challenge(R, a, m) * index % 8 == 0)
            why = SMALL_A if form == "canonical" else SMALL_A + " and not in its canonical encoding"
            case(f"a public key of order {order_of(index)}, {form}", why,
                 a, message, R, R_SCALAR, equation="cofactorless")
    # The key of order 4 and y + p: which bytes of the key are hashed decides.
    (_, canonical), (_, given) = encodings(2)
    for hashed, other, remark in (
        (given, canonical, "as it is given"),
        (canonical, given, "in its canonical form"),
    ):
        message = message_where(
            lambda m: challenge(R, hashed, m) % 4 == 0 and challenge(R, other, m) % 4 == 1)
        case(f"a public key of order 4, y + p; the equation holds where the key is hashed {remark}",
             SMALL_A + " and not in its canonical encoding", given, message, R, R_SCALAR,
             equation="cofactorless" if hashed == given else "cofactored")


def small_order_r():
    """A key of mixed order, A = aB + T, and R = -kT, so that S = ka."""
    a = encode(add(A_POINT, TORSION[1]))
    for index in range(8):
        for form, r in encodings(index):
            message = message_where(lambda m: (challenge(r, a, m) + index) % 8 == 0)
            why = SMALL_R if form == "canonical" else SMALL_R + " and not in its canonical encoding"
            case(f"an R of order {order_of(index)}, {form}; the key is of mixed order", why,
                 a, message, r, s_for(A_SCALAR, 0, r, a, message), equation="cofactorless")
    for index in range(8):
        r = encode(TORSION[index])
        case(f"an R of order {order_of(index)} with an ordinary key", SMALL_R if index == 0
             else SMALL_R + ", and only the cofactored equation holds",
             A, MESSAGE, r, s_for(A_SCALAR, 0, r, A, MESSAGE),
             equation="cofactorless" if index == 0 else "cofactored")
    given, canonical = number(P + 1), encode(NEUTRAL)
    case("an R of order 1, y + p; the equation holds where R is hashed in its canonical form",
         SMALL_R + " and not in its canonical encoding",
         A, MESSAGE, given, s_for(A_SCALAR, 0, canonical, A, MESSAGE), equation="none")
    neutral = encode(NEUTRAL)
    for index in range(8):
        a = encode(TORSION[index])
        message = message_where(lambda m: challenge(neutral, a, m) * index % 8 == 0)
        case(f"a public key of order {order_of(index)}, the neutral element as R and S = 0",
             SMALL_A + ", and R too", a, message, neutral, 0, equation="cofactorless")


def mixed_order():
    """Points with a part of small order beside their large one are points like others;
    whether the cofactorless equation holds depends on k."""
    for index in (4, 2, 1):
        order = order_of(index)
        a = encode(add(A_POINT, TORSION[index]))
        s = lambda m: s_for(A_SCALAR, R_SCALAR, R, a, m)
        whole = lambda m: sha512(R, a, m)
        reduced = lambda m: challenge(R, a, m)
        message = message_where(lambda m: reduced(m) % 8 == 0 and whole(m) % 8 == 0)
        case(f"a public key of order {order} L; the cofactorless equation holds", GOOD,
             a, message, R, s(message), equation="cofactorless")
        message = message_where(lambda m: reduced(m) % order != 0 and whole(m) % order != 0)
        case(f"a public key of order {order} L; the cofactorless equation does not hold", COFACTOR,
             a, message, R, s(message), equation="cofactored")
        # L is odd, so k and k modulo L differ modulo 2, 4 and 8.
        message = message_where(lambda m: reduced(m) % 8 == 0 and whole(m) % order != 0)
        case(f"a public key of order {order} L; the cofactorless equation holds for k modulo L, "
             "and not for k as it is hashed", GOOD + ": k is taken modulo the group order",
             a, message, R, s(message), equation="cofactorless")
        message = message_where(lambda m: reduced(m) % order != 0 and whole(m) % 8 == 0)
        case(f"a public key of order {order} L; the cofactorless equation holds for k as it is "
             "hashed, and not for k modulo L", COFACTOR + ": k is taken modulo the group order",
             a, message, R, s(message), equation="cofactored")
        r = encode(add(R_POINT, TORSION[index]))
        case(f"an R of order {order} L with an ordinary key", COFACTOR,
             A, MESSAGE, r, s_for(A_SCALAR, R_SCALAR, r, A, MESSAGE), equation="cofactored")
    # T in the key and T' in R, with kT + T' the neutral element or not.
    a, r = encode(add(A_POINT, TORSION[1])), encode(add(R_POINT, TORSION[3]))
    s = lambda m: s_for(A_SCALAR, R_SCALAR, r, a, m)
    cancel = lambda k: (k + 3) % 8 == 0
    message = message_where(
        lambda m: cancel(challenge(r, a, m)) and cancel(sha512(r, a, m)))
    case("a public key and an R of order 8 L, whose small parts cancel out", GOOD,
         a, message, r, s(message), equation="cofactorless")
    message = message_where(
        lambda m: not cancel(challenge(r, a, m)) and not cancel(sha512(r, a, m)))
    case("a public key and an R of order 8 L, whose small parts do not cancel out", COFACTOR,
         a, message, r, s(message), equation="cofactored")


def main():
    ordinary_signatures()
    large_s()
    small_order_keys()
    small_order_r()
    mixed_order()
    document = {
        "schema": "ossuary-primitive",
        "algorithm": "Ed25519",
        "source": "vectors/ed25519_edge_cases.py, from RFC 8032, section 5.1, in plain integers",
        "numberOfTests": len(CASES),
        "tests": CASES,
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
