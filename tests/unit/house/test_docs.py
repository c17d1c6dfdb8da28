"""The documentation says what the code does, and none of its links is broken."""

from __future__ import annotations

import importlib
import pkgutil
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import canopy
from canopy.assets.mapping import mapping_file
from canopy.errors import CanopyError

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PROBLEMS = (DOCS / "reference" / "problems.md").read_text(encoding="utf-8")
PAGES = sorted(DOCS.rglob("*.md"))
FRONT_PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
GENERATED = (
    "reference/cli.md",
    "reference/concession-terms.md",
    "reference/coverage-run.md",
    "reference/kinds.md",
    "reference/radio-technologies.md",
    "reference/register-entries.md",
    "reference/scenario.md",
    "reference/settings.md",
    "reference/suitability-rules.md",
)


def every_error() -> Iterator[type[CanopyError]]:
    """CanopyError and every class derived from it, wherever in the package it stands."""
    for module in pkgutil.walk_packages(canopy.__path__, "canopy."):
        if module.name != "canopy.__main__" and not module.name.startswith("canopy.migrations."):
            importlib.import_module(module.name)
    waiting = [CanopyError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith("canopy."):
            yield error


def test_every_problem_kind_has_a_section_with_its_status() -> None:
    """Each error's `type` URL leads to a section of the problems page that gives its status."""
    told = dict(re.findall(r"^## (\S+)\n\n\*\*(\d{3})\.\*\*", PROBLEMS, flags=re.MULTILINE))
    assert told == {error.kind: str(error.status) for error in every_error()}


def test_problem_sections_are_in_alphabetical_order() -> None:
    """A reader finds a kind without searching."""
    sections = re.findall(r"^## (\S+)", PROBLEMS, flags=re.MULTILINE)
    assert sections == sorted(sections)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_page_is_current(name: str) -> None:
    """A page made from code is what the code says now; `python3 run.py docs` rewrites it."""
    pages = runpy.run_path(str(DOCS / "generate.py"))["PAGES"]
    assert (DOCS / name).read_text(encoding="utf-8") == pages[name]()


def test_all_generated_pages_are_checked() -> None:
    """No page made from code escapes the check above."""
    assert set(GENERATED) == set(runpy.run_path(str(DOCS / "generate.py"))["PAGES"])


def test_every_page_is_in_the_navigation() -> None:
    """A page that is written can be found, and a page that is listed exists."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r"([\w/.-]+\.md)$", config.partition("\nnav:")[2], flags=re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


@pytest.mark.parametrize("page", [*FRONT_PAGES, *PAGES], ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    """Relative links and pictures point to files of this checkout."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    assert [each for each in targets if not (page.parent / each).exists()] == []


def test_mapping_in_the_guide_is_a_mapping() -> None:
    """The mapping file that the how-to shows can be loaded as it stands."""
    guide = (DOCS / "how-to" / "import-and-correct.md").read_text(encoding="utf-8")
    (text,) = re.findall(r'```toml title="lighting.toml"\n(.*?)```', guide, flags=re.DOTALL)
    assert mapping_file.loads(text).columns["height_m"].unit == "cm"


def test_changelog_has_the_version_that_is_built_or_says_unreleased() -> None:
    """A release cannot go out without its changes written down."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] in ("Unreleased", project["version"])


def test_every_fault_names_tests_that_are_there() -> None:
    """The page of faults promises nothing that no test of that name shows."""
    page = (DOCS / "explanation" / "faults.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    tests = [each.read_text(encoding="utf-8") for each in (ROOT / "tests").rglob("test_*.py")]
    assert len(named) > 15
    assert named - set(re.findall(r"^def (test_\w+)", "\n".join(tests), re.MULTILINE)) == set()
