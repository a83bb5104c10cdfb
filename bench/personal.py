"""How much personal data is found and how much is not: planted kinds, clean columns, seconds."""

from __future__ import annotations

import argparse
import base64
import json
import random
import string
import time
import uuid
from typing import TYPE_CHECKING

from pfkit.contracts.personal import finds, mask, settled_doubts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LETTERS = string.ascii_lowercase
MIXED = string.ascii_letters + string.digits
WORDS = (
    *("order", "tea", "mug", "large", "refund", "agreed", "annual", "license", "Q3", "seats"),
    *("travel", "Munich", "invoice", "paid", "O'Brien", "&", "Sons", "12", "of", "@", "5.00"),
)
BRANDS = (("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("36", 14), ("3530", 16))
IBANS = (("DE", 22), ("FR", 27), ("GB", 22), ("NL", 18), ("ES", 24))


def drawn(draw: random.Random, marks: str, size: int) -> str:
    """Return marks drawn by chance."""
    return "".join(draw.choices(marks, k=size))


def _card(draw: random.Random) -> str:
    start, size = draw.choice(BRANDS)
    digits = start + drawn(draw, string.digits, size - len(start) - 1)
    total = sum(
        sum(divmod(int(mark) * (2 - place % 2), 10)) for place, mark in enumerate(digits[::-1])
    )
    number = digits + str(-total % 10)
    if size == 16 and draw.random() < 0.6:  # noqa: PLR2004 -- as cards are printed
        number = draw.choice(" -").join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def _iban(draw: random.Random) -> str:
    state, size = draw.choice(IBANS)
    account = drawn(draw, string.digits, size - 4)
    check = 98 - int("".join(str(int(mark, 36)) for mark in f"{account}{state}00")) % 97
    plain = f"{state}{check:02d}{account}"
    if draw.random() < 0.5:  # noqa: PLR2004 -- every other one as it is printed
        return " ".join(plain[at : at + 4] for at in range(0, size, 4))
    return plain


def _mail(draw: random.Random) -> str:
    local = draw.choice(["{a}.{b}", "{a}", "{a}+{b}", "{a}_{b}9", "ü{a}", "o'{a}"])
    name = local.format(a=drawn(draw, LETTERS, 5), b=drawn(draw, LETTERS, 4))
    return f"{name}@{drawn(draw, LETTERS, 6)}.{draw.choice(['com', 'co.uk', 'example', 'io'])}"


def _jwt(draw: random.Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": drawn(draw, MIXED, 8)})
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, drawn(draw, MIXED + "-_", 43)])


def _ean(draw: random.Random) -> str:
    digits = f"4{draw.randrange(10**11):011d}"
    total = sum(int(mark) * (1 + 2 * (place % 2)) for place, mark in enumerate(digits))
    return digits + str(-total % 10)


PLANTED: Mapping[str, Callable[[random.Random], str]] = {
    "e-mail": _mail,
    "card": _card,
    "bank account": _iban,
    "AWS key": lambda d: "AKIA" + drawn(d, string.ascii_uppercase + string.digits, 16),
    "GitHub token": lambda d: "ghp_" + drawn(d, MIXED, 36),
    "GitHub fine-grained": lambda d: f"github_pat_{drawn(d, MIXED, 22)}_{drawn(d, MIXED, 59)}",
    "Slack token": lambda d: f"xoxb-{d.randrange(10**11)}-{drawn(d, MIXED, 24)}",
    "Stripe key": lambda d: "sk_live_" + drawn(d, MIXED, 24),
    "Google key": lambda d: "AIza" + drawn(d, MIXED + "-_", 35),
    "JWT": _jwt,
    "private key": lambda d: (
        f"-----BEGIN PRIVATE KEY-----\n{drawn(d, MIXED, 64)}\n-----END PRIVATE KEY-----"
    ),
    "password pair": lambda d: f"password={drawn(d, MIXED, 10)}",
    "API key pair": lambda d: f"api_key: {drawn(d, LETTERS, 8)}{d.randrange(10**6):06d}",
    "connection string": lambda d: f"postgres://app:{drawn(d, MIXED, 12)}@db.internal:5432/x",
    "bare token": lambda d: drawn(d, MIXED, 40),
    "hexadecimal token": lambda d: drawn(d, "0123456789abcdef", 32),
}

CLEAN: Mapping[str, Callable[[random.Random], str]] = {
    "16-digit numbers": lambda d: f"4{d.randrange(10**15):015d}",
    "invoice numbers": lambda d: f"R2026{d.randrange(12) + 1:02d}-{d.randrange(10**4):04d}",
    "article numbers": _ean,
    "UUIDs": lambda d: str(uuid.UUID(int=d.getrandbits(128))),
    "SHA-256 digests": lambda d: drawn(d, "0123456789abcdef", 64),
    "base64 ids": lambda d: base64.b64encode(d.randbytes(24)).decode(),
    "phone-like codes": lambda d: f"{d.randrange(1000):03d}-{d.randrange(10**4):04d}",
    "milliseconds": lambda d: str(1_700_000_000_000 + d.randrange(10**11)),
    "amounts": lambda d: f"{d.uniform(-1e9, 1e9):,.2f}",
    "sentences": lambda d: " ".join(d.choices(WORDS, k=12)),
    "product names": lambda d: (
        f"{drawn(d, LETTERS, 6).title()} {d.choice(WORDS)} {d.randrange(99)}"
    ),
    "people": lambda d: f"{drawn(d, LETTERS, 5).title()} O'{drawn(d, LETTERS, 6).title()}",
    "addresses of the web": lambda d: (
        f"https://example.com/{drawn(d, LETTERS, 6)}/{drawn(d, '0123456789abcdef', 40)}.png?p=2"
    ),
    "codes of stock": lambda d: (
        f"SKU-{drawn(d, string.ascii_uppercase, 3)}-{d.randrange(10**6):06d}"
    ),
    "dates and times": lambda d: f"2026-{d.randrange(12) + 1:02d}-11 10:{d.randrange(60):02d}:00",
}


def found_share(make: Callable[[random.Random], str], draw: random.Random, count: int) -> float:
    """Return the share of planted values of which no text is left, each in a memo of its own."""
    gone = 0
    for _ in range(count):
        planted = make(draw)
        before, after = draw.choices(["", "ref", "see", "from the", "note:"], k=2)
        gone += mask(f"{before} {planted} {after}".strip()).find(planted) < 0
    return gone / count


def false_alarms(make: Callable[[random.Random], str], draw: random.Random, count: int) -> int:
    """Return how many values of a clean column are masked, judged as a column."""
    values = sorted({make(draw) for _ in range(count)})
    doubts = settled_doubts(values)
    return sum(any(not f.doubt or f.doubt not in doubts for f in finds(value)) for value in values)


def main(arguments: list[str]) -> int:
    """Print recall by kind, false alarms by clean column, and microseconds per text."""
    parser = argparse.ArgumentParser(prog="python -m bench personal", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="values of each kind")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(arguments)
    draw = random.Random(chosen.seed)  # noqa: S311 -- chance in a bench is seeded
    print(f"{'planted':<24}{'found':>9}")
    shares = {name: found_share(make, draw, chosen.count) for name, make in PLANTED.items()}
    for name, share in shares.items():
        print(f"{name:<24}{share:>9.2%}")
    print(f"{'all':<24}{sum(shares.values()) / len(shares):>9.2%}")
    print(f"\n{'clean column':<24}{'alarms':>9}{'µs each':>10}")
    alarms = 0
    for name, make in CLEAN.items():
        began = time.perf_counter()
        count = false_alarms(make, draw, chosen.count)
        each = (time.perf_counter() - began) / chosen.count * 1e6
        alarms += count
        print(f"{name:<24}{count:>9}{each:>10.1f}")
    print(f"{'all':<24}{alarms:>9}")
    return 0
