"""Texts are compared in normal form and cut between graphemes; Unicode's own rules, as `regex` has them, are the judge."""

import sys
from unicodedata import category, normalize

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from remindersync.text import cut, flatten, invert, normal, same, utf16_length

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
GERMANY, SCOTLAND = "🇩🇪", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
# Signs for which the tables are exactly Unicode's.
PIECES = ["a", " ", "\n", "\r\n", "\r", "é", "e\u0301", "\u0323", "ß", "中", "한", "\u1112\u1161\u11ab", "क्षि", "నమస్తే"]
PIECES += [
    "\u1112\u1112\u1161",
    "\u1112한",
    "😀",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "👍🏽",
    FAMILY,
    GERMANY,
    SCOTLAND,
    "🇫",
    "กำ",
    "\u0600",
    "\u200b",
    "\x00",
]

anything = st.text(st.characters(exclude_categories=["Cn", "Cs"]), max_size=40)
usual = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def graphemes(text):
    return regex.findall(r"\X", text)


def longest(text, limit):
    """Add up whole graphemes for as long as they fit."""
    kept = ""
    for grapheme in graphemes(text):
        if utf16_length(kept + grapheme) > limit:
            break
        kept += grapheme
    return kept


# ── Normal form ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [None, "", " ", "\r\n\t", "\u00a0\u3000", "\x00\x1f"])
def test_nothing_and_outer_white_space_alone_are_the_same_empty_value(text):
    assert normal(text) is None
    assert same(text, None)


@pytest.mark.parametrize("other", ["a\r\nb", "a\rb", "  a\nb\n", "\ta\nb\u00a0"])
def test_line_ends_and_outer_white_space_make_no_difference(other):
    assert same("a\nb", other)


def test_composed_and_decomposed_letters_are_the_same():
    assert normal("Cafe\u0301") == "Café"
    assert same("Cafe\u0301", "Café")


@pytest.mark.parametrize("other", ["A", "a b", "a\n\nb", "b"])
def test_inner_white_space_and_case_do_make_a_difference(other):
    assert not same("a\nb", other)


@given(anything)
def test_normal_form_is_reached_at_once(text):
    form = normal(text)
    assert normal(form) == form
    assert same(form, text)


@given(anything, st.sampled_from([" ", "\n", "\t ", "\r\n"]))
def test_what_salesforce_strips_or_respells_is_no_difference(text, blank):
    assert same(blank + text + blank, text)
    assert same(text.replace("\r", "").replace("\n", "\r\n"), text.replace("\r", ""))
    assert same(normalize("NFD", text), text)


# ── One line ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line_break", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_line_break_becomes_one_space(line_break):
    assert flatten(f"a{line_break}b") == "a b"
    assert flatten(f"a{line_break}{line_break}b") == "a  b"


@given(anything)
def test_a_flat_text_is_one_line_and_keeps_its_words(text):
    assert len(flatten(text).splitlines()) <= 1
    assert flatten(text).split() == text.split()


@given(anything)
def test_flattening_normal_text_moves_no_character(text):
    form = normal(text) or ""
    assert len(flatten(form)) == len(form)


# ── Cutting ─────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text())
def test_length_counts_utf16_units(text):
    assert utf16_length(text) == len(text) + sum(sign > "\uffff" for sign in text)


def test_a_lone_surrogate_is_one_unit_and_does_no_harm():
    assert utf16_length("a\ud83d") == 2
    assert cut("a\ud83db", 2) == "a\ud83d"


def test_a_text_that_fits_is_left_alone():
    assert cut("a" * 255, 255) == "a" * 255
    assert cut("😀" * 127, 255) == "😀" * 127


@pytest.mark.parametrize(
    "grapheme", ["😀", FAMILY, GERMANY, SCOTLAND, "👍🏽", "❤\ufe0f", "e\u0301", "1\ufe0f\u20e3", "क्षि", "\r\n"]
)
def test_a_grapheme_across_the_border_of_255_goes_as_a_whole(grapheme):
    for inside in range(utf16_length(grapheme)):
        start = "x" * (255 - inside)
        assert cut(start + grapheme + "y", 255) == start
    assert cut("x" * (255 - utf16_length(grapheme)) + grapheme + "y", 255).endswith(grapheme)


def test_flags_are_cut_in_pairs_counted_from_the_first():
    assert cut(GERMANY * 3, 11) == GERMANY * 2
    assert cut("x" + GERMANY * 3, 8) == "x" + GERMANY
    assert cut("🇫" * 3, 5) == "🇫🇫"


def test_a_grapheme_longer_than_the_limit_is_split_between_code_points():
    assert cut("e" + "\u0301" * 300, 255) == "e" + "\u0301" * 254
    assert cut(FAMILY, 4) == "👩\u200d"
    assert cut("😀", 1) == ""
    assert cut("abc", 0) == ""


@given(usual, st.integers(0, 60))
@example("\u0600a", 1)
@example("한\u11ab", 1)
@example("a\u0301\u200b\u0301", 3)
def test_the_longest_beginning_of_whole_graphemes_is_kept(text, limit):
    assert cut(text, limit) == (longest(text, limit) or cut_between_code_points(text, limit))


def cut_between_code_points(text, limit):
    return max((text[:end] for end in range(len(text) + 1) if utf16_length(text[:end]) <= limit), key=len)


@given(anything, st.integers(0, 60))
def test_no_text_is_cut_within_a_grapheme(text, limit):
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert utf16_length(kept) <= limit
    assert kept == "".join(graphemes(text)[: len(graphemes(kept))]) or kept == cut_between_code_points(text, limit)


def test_every_sign_that_unicode_joins_to_a_letter_stays_with_it():
    signs = (chr(code) for code in range(sys.maxunicode + 1) if category(chr(code)) not in {"Cn", "Cs", "Co"})
    pairs = (pair for sign in signs for pair in ("a" + sign, sign + "a") if regex.fullmatch(r"\X", pair))
    torn = [ascii(pair) for pair in pairs if cut("\n" + pair, utf16_length(pair)) != "\n"]
    assert torn == []


# ── Around a name ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_candidate_that_fits_gives_the_name_and_the_texts_around_it():
    candidates = [("Call: ", ""), ("Email: ", " (Acme)"), ("", "")]
    assert invert("Email: Ada (Acme)", candidates) == ("Ada", "Email: ", " (Acme)")
    assert invert("Call: Ada (Acme)", candidates) == ("Ada (Acme)", "Call: ", "")
    assert invert("Ring Ada", candidates) == ("Ring Ada", "", "")


def test_where_nothing_fits_the_whole_subject_is_the_name():
    assert invert(" Ring Ada ", [("Email: ", "")]) == ("Ring Ada", "", "")
    assert invert("Ring Ada", []) == ("Ring Ada", "", "")


@pytest.mark.parametrize("subject", [None, "", " \n"])
def test_an_empty_subject_has_no_name_whatever_was_around_it(subject):
    assert invert(subject, [("Email: ", "")]) == (None, "", "")


@pytest.mark.parametrize("subject", ["Email: - Acme", "Email:  - Acme", "Email:- Acme"])
def test_a_subject_of_which_only_the_surroundings_are_left_has_an_empty_name(subject):
    assert invert(subject, [("Email: ", " - Acme")]) == (None, "Email: ", " - Acme")


def test_before_and_after_may_not_overlap():
    assert invert("ab", [("ab", "b")]) == ("ab", "", "")
    assert invert("abb", [("ab", "b")]) == (None, "ab", "b")


@pytest.mark.parametrize("subject", ["Email: Ada", "Email:Ada", "Email:   Ada", "Email:\u00a0Ada ", "Email:\nAda"])
def test_white_space_after_punctuation_may_change(subject):
    assert invert(subject, [("Email: ", "")])[0] == "Ada"


def test_a_word_is_not_eaten_out_of_a_longer_one():
    assert invert("Callback Ada", [("Call ", "")]) == ("Callback Ada", "", "")
    assert invert("Call-back Ada", [("Call ", "")]) == ("Call-back Ada", "", "")
    assert invert("Meet MyAcme", [("", " Acme")]) == ("Meet MyAcme", "", "")
    assert invert("CallAcme", [("Call ", " Acme")]) == ("CallAcme", "", "")
    assert invert("Call  Ada  Acme", [("Call ", " Acme")])[0] == "Ada"


def test_what_stood_against_the_name_without_white_space_fits_without():
    assert invert("Callback", [("Call", "")])[0] == "back"
    assert invert("Ada's turn", [("", "'s turn")])[0] == "Ada"


def test_composed_and_decomposed_surroundings_fit_alike():
    assert invert("Cafe\u0301: Ada, se\u0301nior", [("Café: ", ", sénior")])[0] == "Ada"
    assert invert("Café: Ada", [("Cafe\u0301: ", "")])[0] == "Ada"


@given(anything, anything, anything)
def test_a_name_between_punctuation_is_found_exactly(before, name, after):
    before, after = f"{before}: ", f" ({after})"
    assert invert(before + name + after, [(before, after)]) == (normal(name), before, after)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ab\u11a8", "ab"),
        ("a\u1100b", "a\u1100"),
        ("a\u1161\u1100", "a\u1161"),
        ("a\u1100\u1161", "a"),
        ("a\u1100\u1100", "a"),
        ("a\u1100\uac00", "a"),
        ("a\uac00\u11a8", "a"),
        ("a\uac00\uac00", "a\uac00"),
    ],
)
def test_the_parts_of_a_korean_syllable_stay_together_and_no_others(text, kept):
    assert cut(text, 2) == kept


def test_every_length_keeps_as_much_as_fits():
    text = "a\U00010400b\U00010400\U00010400cd\U00010400\U00010400\U00010400efgh\U00010400i"
    for limit in range(1, utf16_length(text) + 2):
        fitting = [text[:end] for end in range(len(text) + 1) if utf16_length(text[:end]) <= limit]
        assert cut(text, limit) == fitting[-1]


def test_what_salesforce_strips_counts_as_white_space_beside_the_name():
    assert invert("Call Ada", [("Call\x01", "")])[0] == "Ada"
    assert invert("Callback", [("Call\x01", "")]) == ("Callback", "", "")


def test_only_the_sign_next_to_the_name_decides_whether_a_word_goes_on():
    assert invert("Re: Callback Ada", [("Re: Call ", "")]) == ("Re: Callback Ada", "", "")
    assert invert("Step-10 Ada", [("Step-1 ", "")]) == ("Step-10 Ada", "", "")
