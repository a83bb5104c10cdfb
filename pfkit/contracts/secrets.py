"""What a key, a password or a token looks like, known by its maker, its label or its chance."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[int, int]

_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")

#: Forms their makers publish, so that a leaked one is known on sight.
_ISSUED = re.compile(
    r"""
    hooks\.slack\.com/services/[A-Za-z0-9_/]{20,120}
    | (?<![A-Za-z0-9:])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])
    | (?<![A-Za-z0-9])(?:
        (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])
        | gh[pousr]_[A-Za-z0-9]{36,255}
        | github_pat_[A-Za-z0-9_]{22,255}
        | gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,255}
        | xox[abeoprs]-[A-Za-z0-9-]{10,255}
        | xapp-[0-9]-[A-Za-z0-9-]{10,255}
        | [sr]k_(?:live|test)_[A-Za-z0-9]{16,255}
        | whsec_[A-Za-z0-9+/=]{24,255}
        | AIza[A-Za-z0-9_-]{35}
        | ya29\.[A-Za-z0-9_-]{20,512}
        | GOCSPX-[A-Za-z0-9_-]{20,64}
        | sk-(?:proj-|svcacct-|ant-[a-z0-9]{2,8}-)[A-Za-z0-9_-]{20,255}
        | sk-[A-Za-z0-9]{40,64}(?![A-Za-z0-9])
        | SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}
        | (?:npm|hf)_[A-Za-z0-9]{30,64}(?![A-Za-z0-9])
        | pypi-[A-Za-z0-9_-]{50,512}
        | do[opr]_v1_[a-f0-9]{64}
        | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}
    )
    """,
    re.VERBOSE,
)
#: One of these stands in every one of them, and looking for them first takes no time.
_PREFIXES = (
    *("slack.com", ":AA", "AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *("_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "xox", "xapp-", "_live_", "_test_", "whsec_"),
    *("AIza", "ya29.", "GOCSPX-", "sk-", "SG.", "npm_", "hf_", "pypi-", "_v1_", "shp"),
)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,4000}(?:\.[A-Za-z0-9_-]{0,8000}){2,4}")
_LOGIN = re.compile(r"://([^\s/@:'\"<>]{0,128}:[^\s/'\"<>]{1,256})@(?=[\w\[])")
_BEARER = re.compile(
    r"(?:\b[Bb][Ee][Aa][Rr][Ee][Rr]|\b[Aa]uthorization['\"]?\s{0,3}[:=]\s{0,3}['\"]?[Bb]asic)"
    r"\s{1,3}([A-Za-z0-9._~+/=-]{16,4000})"
)
_LABEL = re.compile(
    r"(?P<word>pass(?:word|wd|phrase|wort)|pwd|kennwort|contraseña|mot de passe"
    r"|(?P<plain>api[ _-]?key|(?:client|app|shared|webhook)[ _-]?secret|secret(?:[ _-]?access)?"
    r"[ _-]?key|access[ _-]?(?:key|token)|auth[ _-]?token|refresh[ _-]?token|account[ _-]?key"
    r"|private[ _-]?key|encryption[ _-]?key|sas[ _-]?token|x-amz-signature|secret|token))"
    r"(?:[ _-]?(?:id|is))?[\"']?\s{0,3}(?P<sign>[:=])=?\s{0,3}[\"']?"
    r"(?P<value>[^\s\"'<>;,&\[\]]{4,512})",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:none|null|true|false|required|optional|changed?|reset|expired|forgot(?:ten)?|unknown"
    r"|n/a|todo|yes|hidden|[*x•.]+|\$\{.{0,80}|\{\{.{0,80}|%\(.{0,80})",
    re.IGNORECASE,
)

_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_.-])[A-Za-z0-9+/_-]{30,4096}={0,2}(?![A-Za-z0-9+/_.])")
#: The beginning of a path in a cloud account or a file system.
_PATH = re.compile(r"/[a-z]{5,}/")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_HEX = re.compile(r"[0-9a-fA-F]+")
_DIGEST_SIZES = (32, 40, 48, 56, 64, 96, 128)
_DIGEST_WORD = re.compile(
    r"(?:sha-?\d*|md5|digest|hash|checksum|commit|etag|fingerprint|uuid|guid|revision|blob"
    r"|content)[\s:=#-]{0,4}$",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9]+")
_SMALL = re.compile(r"[a-z]+")
_SHORTEST = 32
_LONG = 12
#: Of marks drawn by chance more than half differ in kind from the one before, three in ten where
#: they are capitals and figures only; of names put together of words, at most a third.
_TURNS, _TURNS_ONE_CASE = 0.4, 0.18
#: Of 32 such marks about five are figures, each beside letters; small letters come one or two at
#: a time, in words three and more.
_FIGURES, _WORD = 5, 2.6
_BITS = 3.0


def named(text: str) -> Iterator[Span]:
    """Yield where a text holds a secret that is known by its form or its label.

    Examples
    --------
    >>> text = "db password=hunter2; ok"
    >>> [text[start:end] for start, end in named(text)]
    ['hunter2']
    """
    yield from _private_keys(text)
    if any(prefix in text for prefix in _PREFIXES):
        yield from (found.span() for found in _ISSUED.finditer(text))
    if "eyJ" in text:
        yield from (found.span() for found in _JWT.finditer(text) if _is_jwt(found[0]))
    if "://" in text:
        yield from (found.span(1) for found in _LOGIN.finditer(text))
    if ":" in text or "=" in text or "earer" in text or "EARER" in text:
        yield from _labeled(text)


def tokens(text: str) -> Iterator[Span]:
    """Yield where a text holds a long token that no person typed and no list names.

    A UUID is an identifier, a digest said to be one is a digest, and a name in an address of the
    web or in a path belongs to the address; none is yielded.

    Examples
    --------
    >>> text = "use 9fK2mQ7xT4vB8nR1pL6wZ3cY5dH0jS2gA, please"
    >>> [text[start:end] for start, end in tokens(text)]
    ['9fK2mQ7xT4vB8nR1pL6wZ3cY5dH0jS2gA']
    >>> list(tokens("sha256: " + "0f" * 32))
    []
    >>> list(tokens("in /subscriptions/64e355d7-997c-491d-b0c1-8414dccfcf42"))
    []
    """
    for found in _TOKEN.finditer(text) if len(text) >= _SHORTEST else ():
        token = found[0]
        before = text[max(0, found.start() - 200) : found.start()]
        if (
            len(token) < _SHORTEST
            or _UUID.fullmatch(token)
            or _PATH.match(token)
            or not is_random(token)
            or _in_address(before)
        ):
            continue
        if len(token) in _DIGEST_SIZES and _HEX.fullmatch(token) and _DIGEST_WORD.search(before):
            continue
        yield found.span()


def is_random(token: str) -> bool:
    """Return whether a token looks drawn by chance: its marks change kind as often as such do.

    Words run on in one kind of mark, and so do codes put together of words and numbers.

    Examples
    --------
    >>> is_random("a3f9c27e51b04d86a3f9c27e51b04d86")
    True
    >>> is_random("Some-Long-Product-Name-2024-06-Blue")
    False
    """
    runs = _RUN.findall(token)
    if not any(len(run) >= _LONG for run in runs) or _entropy(token) < _BITS:
        return False
    pairs = [pair for run in runs for pair in itertools.pairwise(map(_kind, run))]
    turns = sum(left != right for left, right in pairs) / sum(map(len, runs))
    figures = sum(left != right and "0" in {left, right} for left, right in pairs)
    if token in {token.lower(), token.upper()}:
        return turns >= _TURNS_ONE_CASE and figures > 1
    small = _SMALL.findall(token)
    words = sum(map(len, small)) > _WORD * len(small)
    return turns >= _TURNS and figures > 1 and (figures >= _FIGURES or not words)


def _kind(mark: str) -> str:
    return "0" if mark.isdigit() else "A" if mark.isupper() else "a"


def _entropy(token: str) -> float:
    size = len(token)
    return -sum(n / size * math.log2(n / size) for n in Counter(token).values())


def _in_address(before: str) -> bool:
    words = before.rsplit(maxsplit=1)
    last = words[-1] if words and not before[-1:].isspace() else ""
    return "://" in last or last.startswith(("www.", "/", "./"))


def _private_keys(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" not in text:
        return
    place = 0
    while found := _BEGINS.search(text, place):
        end = _ENDS.search(text, found.end())
        place = end.end() if end else len(text)
        yield found.start(), place


def _labeled(text: str) -> Iterator[Span]:
    for found in _BEARER.finditer(text):
        if any(mark.isdigit() for mark in found[1]):
            yield found.span(1)
    for found in _LABEL.finditer(text):
        if _is_value(found):
            yield found.span("value")


def _is_jwt(token: str) -> bool:
    head = token.split(".", maxsplit=1)[0]
    try:
        held = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    return isinstance(held, dict) and bool({"alg", "typ", "enc"} & set(held))


def _is_value(found: re.Match[str]) -> bool:
    """Return whether what follows a label is a secret, and not the sentence going on."""
    value = found["value"].rstrip(".)")
    if _NOTHING.fullmatch(value):
        return False
    digits = any(mark.isdigit() for mark in value)
    letters = any(mark.isalpha() for mark in value)
    signs = any(not mark.isalnum() and mark not in "-_/.()" for mark in value)
    if found["plain"]:
        least = 8 if found["sign"] == "=" else 12
        return len(value) >= least and digits and letters
    if found["sign"] == "=":
        return True
    changes = value != value.lower() and value != value.upper() and value != value.capitalize()
    return len(value) >= 6 and (digits or signs or changes)  # noqa: PLR2004
