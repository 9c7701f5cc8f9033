"""Text as both sides keep it: compared in normal form, cut to fit, and taken apart around a name."""

import re
from collections.abc import Sequence
from itertools import takewhile
from unicodedata import category, combining, normalize

# What Java's trim() takes off, which Salesforce runs on, and every other white space: ignoring more than Salesforce
# strips hides no edit a person could see, ignoring less would make an echo.
BLANK = "".join(chr(code) for code in range(0x3001) if code <= ord(" ") or chr(code).isspace())
_LINE_BREAK = re.compile("\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")

# Grapheme_Cluster_Break of Unicode's UAX #29, as far as the general category does not tell it.
_JOINER = "\u200d"
_MARKS = frozenset({"Mn", "Me", "Mc"})
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_EXTENDING = frozenset(
    "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
    + "".join(map(chr, range(0x1F3FB, 0x1F400)))  # skin tones
    + "".join(map(chr, range(0xE0020, 0xE0080)))  # the letters of a flag
)
_PREPENDED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U0001193f\U00011941\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46"
)
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_VIRAMA = 9  # the canonical combining class of the signs that bind two consonants
_HANGUL_FIRST = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_HANGUL_REST = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb]")


def normal(text: str | None) -> str | None:
    """Return the form in which values are compared (MAP-4): None for empty, LF, stripped, NFC."""
    return None if text is None else _unified(text).strip(BLANK) or None


def _unified(text: str) -> str:
    return normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def same(one: str | None, other: str | None) -> bool:
    """Whether two texts are equal in normal form."""
    return normal(one) == normal(other)


def flatten(text: str) -> str:
    """Return `text` on one line: each line break, of any kind, becomes one space."""
    return _LINE_BREAK.sub(" ", text)


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 units, which is what Salesforce's limits are taken to count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Return the longest beginning of at most `limit` UTF-16 units that splits no grapheme.

    A single grapheme longer than the limit is split between two code points rather than dropped. Where this
    module's tables are coarser than Unicode's they join more: the result may be a sign shorter, never a broken one.
    """
    if utf16_length(text) <= limit:
        return text
    end = _end(text, limit)
    whole = end
    while whole and _joined(text, whole):
        whole -= 1
    return text[: whole or end]


def _end(text: str, limit: int) -> int:
    """Return how many code points of a text that is too long fit `limit` units."""
    low, high = limit // 2, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if utf16_length(text[:middle]) <= limit else (low, middle - 1)
    return low


def _joined(text: str, place: int) -> bool:
    """Whether the signs before and after `place` belong to one grapheme."""
    left, right = text[place - 1], text[place]
    if left + right == "\r\n":
        return True
    if _control(left) or _control(right):
        return False
    if _extending(right) or left == _JOINER or left in _PREPENDED:
        return True
    return _hangul(left, right) or _flag(text, place) or _conjunct(text, place)


def _control(sign: str) -> bool:
    return category(sign) in _CONTROLS and sign not in _EXTENDING and sign not in _PREPENDED


def _extending(sign: str) -> bool:
    return category(sign) in _MARKS or sign in _EXTENDING


def _hangul(left: str, right: str) -> bool:
    if _HANGUL_REST.match(right):
        return _HANGUL.match(left) is not None
    return _HANGUL_FIRST.match(left) is not None and _HANGUL.match(right) is not None


def _flag(text: str, place: int) -> bool:
    """Whether `place` lies within a flag: two regional indicators are one sign, counted from where they begin."""
    if text[place] not in _FLAG_LETTERS:
        return False
    return sum(1 for _ in takewhile(_FLAG_LETTERS.__contains__, reversed(text[:place]))) % 2 == 1


def _conjunct(text: str, place: int) -> bool:
    """Whether a virama binds the letter at `place` to the one before, as in Devanagari."""
    if category(text[place]) != "Lo":
        return False
    return any(combining(sign) == _VIRAMA for sign in takewhile(_extending, reversed(text[:place])))


def invert(subject: str | None, candidates: Sequence[tuple[str, str]]) -> tuple[str | None, str, str]:
    """Return the name within a Subject and the texts before and after it (SUBJ-4).

    The first of the `candidates` (before, after) that fits decides; where none does, the whole Subject is the name.
    The name is in normal form, None where it or the Subject is empty.
    """
    whole = normal(subject)
    if whole is None:
        return None, "", ""
    for before, after in candidates:
        name = _between(whole, _unified(before), _unified(after))
        if name is not None:
            return normal(name), before, after
    return whole, "", ""


def _between(text: str, before: str, after: str) -> str | None:
    rest = _without(text, before)
    # What ends a text begins it when both are read backwards.
    rest = None if rest is None else _without(rest[::-1], after[::-1])
    return None if rest is None else rest[::-1]


def _without(text: str, before: str) -> str | None:
    """Return what follows `before` in `text`, None if it does not begin with it.

    White space at the seam may be wider or narrower than it was. After punctuation it may be missing; after a
    word it may not, or a "Call " would be eaten out of "Callback".
    """
    core = before.strip(BLANK)
    if not text.startswith(core):
        return None
    rest = text[len(core) :]
    spaced = before.rstrip(BLANK) != before
    glued = bool(rest) and rest[0] not in BLANK
    return None if spaced and glued and core[-1:].isalnum() else rest
