"""What is said of a template with a mistake, word for word, and what trimming and cutting leave of a Subject."""

import pytest

from remindersync.errors import UserMistake
from remindersync.subject import Rendered, Token, parse, render

KNOWN = (
    "{{activity_type}}, {{activity_subject}}, {{sales_campaign_name}}, {{sales_campaign_day}}, "
    "{{sales_campaign_step}}, {{call_outcome}}, {{call_reason}}"
)
HOW = "write a field as two braces, its name and two braces, like {{activity_subject}}."


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Call {{name}}", f"{{{{name}}}} at character 6 is not a known field: use one of {KNOWN}."),
        ("Call {{activity", f'"{{{{activity" at character 6 is no complete field: {HOW}'),
        ("Call }} now", f'"}}}} now" at character 6 is no complete field: {HOW}'),
        ("{{" + "a" * 40, f'"{{{{{"a" * 28}" at character 1 is no complete field: {HOW}'),
    ],
)
def test_a_mistake_in_a_template_is_said_with_its_place_and_how_to_write_it(template, said):
    with pytest.raises(UserMistake) as refused:
        parse(template)
    assert str(refused.value) == said


def test_a_template_has_no_empty_pieces():
    name, kind = Token("activity_subject", is_field=True), Token("activity_type", is_field=True)
    assert parse("{{activity_subject}}").tokens == (name,)
    assert parse("{{activity_type}}{{activity_subject}} !").tokens == (kind, name, Token(" !"))
    assert parse("").tokens == ()


# Salesforce trims every sign up to the space, as Java does; Python's own trimming leaves some of them.
@pytest.mark.parametrize(
    ("template", "name", "rendered"),
    [
        ("\x01Call: {{activity_subject}}", "Ada", Rendered("Call: Ada", "Call: ", "")),
        ("{{activity_subject}} now\x01", "Ada", Rendered("Ada now", "", " now")),
        ("{{activity_subject}}\x01now", "", Rendered("now", "", "\x01now")),
        ("{{activity_subject}}\x01now", "x" * 254, Rendered("x" * 254, "", "")),
    ],
)
def test_what_salesforce_trims_stands_at_no_end(template, name, rendered):
    assert render(parse(template), name, {}) == rendered
