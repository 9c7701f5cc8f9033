"""The pages agree with the code and with each other: generated parts, links, rules, tests and commands they name."""

import importlib.util
import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from worker.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
CODE = ["remindersync", "tasks", "worker", "web", "orgsim", "tests"]
RULE = re.compile(r"\b(?:MAP|FIRST|SUBJ|SYNC|MERGE|ONCE|DIAG|FACE|SAFE)-\d+\b")


def generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name_of(page):
    return str(page.relative_to(ROOT))


def text_of(page):
    return page.read_text(encoding="utf-8")


def prose_of(page):
    """Return a page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def anchors(page):
    """Return the anchors of a page's headings, as they are made from their words."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sources():
    return {path: text_of(path) for folder in CODE for path in (ROOT / folder).rglob("*.py")}


def commands():
    """Return every command line of ours that a page shows, with the page."""
    for page in PAGES:
        blocks = re.findall(r"^```\w*\n(.*?)^```$", text_of(page), flags=re.DOTALL | re.MULTILINE)
        for line in "".join(blocks).splitlines():
            if line.startswith("remindersync "):
                yield name_of(page), line.split("#")[0].strip()


@pytest.mark.parametrize("page", list(generator().pages()), ids=lambda page: page[0].name)
def test_what_comes_out_of_the_code_is_up_to_date(page):
    path, wanted = page
    assert text_of(path) == wanted, "run: python docs/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_line_of_prose_is_too_long_to_read_in_a_diff(page):
    assert [line for line in text_of(page).splitlines() if len(line) > 120 and not line.startswith("| ")] == []


def test_every_rule_that_is_cited_is_defined():
    defined = set(re.findall(r"^- \*\*(\w+-\d+)", text_of(DOCS / "sync-rules.md"), flags=re.MULTILINE))
    cited = {rule for text in sources().values() for rule in RULE.findall(text)}
    cited |= {rule for page in PAGES for rule in RULE.findall(text_of(page))}
    assert cited <= defined


def test_every_test_a_page_names_exists():
    written = {name for path, text in sources().items() for name in re.findall(r"\bdef (test_\w+)", text)}
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", text_of(page))}
    assert named
    assert named <= written


def test_every_file_a_page_names_exists():
    named = {name for page in PAGES for name in re.findall(r"`((?:[a-z_]+/)+[\w.]*)`", prose_of(page))}
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "remindersync" / name).exists()}
    assert missing == set()


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_every_command_a_page_shows_is_one(page, line):
    """Parse it as the command line would, with nothing done."""
    words = shlex.split(line)[1:]
    command, context = cli, click.Context(cli, info_name="remindersync")
    while isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0))
        context = click.Context(command, context, command.name)
    command.make_parser(context).parse_args(list(words))
    assert not {word for word in words if word.startswith("--")} - {
        option for each in command.params for option in each.opts
    }


def test_the_map_names_every_file_of_the_engine():
    page = text_of(DOCS / "architecture.md")
    files = {path.name for path in (ROOT / "remindersync").glob("*.py")} - {"__init__.py"}
    folders = {path.parent.name for path in (ROOT / "remindersync").glob("*/__init__.py")}
    assert {name for name in files if f"`{name}`" not in page} == set()
    assert {name for name in folders if f"`remindersync/{name}/`" not in page} == set()
