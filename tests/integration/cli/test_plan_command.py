"""``canopy plan``, as people use it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pyogrio
import pytest
from command_outcome import Canopy
from suitable_town import fill

from canopy.db.engine import Database

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "suitability.md"


@pytest.fixture
def database(gpkg_database: Database) -> Database:
    """Storage is not what is tested here; `tests/integration/plan` has both databases."""
    return gpkg_database


@pytest.fixture
def rules(database: Database, tmp_path: Path) -> Path:
    return fill(database, tmp_path)


def test_the_best_assets_and_why(town: Canopy, rules: Path) -> None:
    """A table, what was measured, and one asset rule by rule."""
    told = town("plan", "suitability", "--rules", rules)
    assert told.code == 0, told.err
    assert "7 assets scored: 0 suitable, 5 possible" in told.out
    assert "1 ducts, 1 fibre routes" in told.out
    why = town("plan", "suitability", "--rules", rules, "--explain", "L1")
    assert "- backhaul: 25 m: 88 points of 100, adds 35.0 of 40.0." in why.out
    assert "- not_let: not known: unknown." in why.out


def test_files_of_scores(town: Canopy, rules: Path, tmp_path: Path) -> None:
    """CSV, GeoJSON and JSON of the same assets in the same order."""
    for form in ("csv", "geojson", "json"):
        told = town("plan", "suitability", "--rules", rules, "--format", form,
                    "--out", tmp_path / f"s.{form}", "--class", "possible")  # fmt: skip
        assert "Wrote 5 assets" in told.out, told.err
    with (tmp_path / "s.csv").open(newline="") as file:
        by_csv = [row["ref"] for row in csv.DictReader(file)]
    features = json.loads((tmp_path / "s.geojson").read_text())["features"]
    document = json.loads((tmp_path / "s.json").read_text())
    assert by_csv == [each["properties"]["ref"] for each in features]
    assert by_csv == [each["ref"] for each in document["assets"]]
    assert document["assets"][0]["rules"][2]["text"] == "Is high"


def test_a_survey_goes_out_and_comes_in(town: Canopy, rules: Path, tmp_path: Path) -> None:
    """Filled in, it lifts the asset; a wrong cell ends with 1 and names its row."""
    path = tmp_path / "survey.csv"
    assert "Wrote 2 assets" in town("plan", "survey", "--rules", rules, "--out", path).out
    text = path.read_text(encoding="utf-8-sig")
    heads = text.splitlines()[0].split(",")
    rows = [dict(zip(heads, each.split(","), strict=True)) for each in text.splitlines()[1:]]
    for row, height in ((rows[1], "8"), (rows[1], "eight")):
        row["height_m"] = height
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
        told = town("plan", "survey", "--take", path)
        assert told.code == (0 if height == "8" else 1), told.err
    assert "row 3" in told.out.lower()
    assert "height_m 'eight'" in told.out
    why = town("plan", "suitability", "--rules", rules, "--explain", "L4")
    assert "- height: 8 m: 60 points of 100" in why.out


def test_rules_are_written_to_be_edited_and_checked(canopy: Canopy, tmp_path: Path) -> None:
    """What is shipped is a file that can be used; a slip is named."""
    path = tmp_path / "ours.toml"
    assert canopy("plan", "rules", "--out", path).code == 0
    assert "59 rules for small_cell" in canopy("plan", "rules", "--check", path).out
    path.write_text(path.read_text().replace("snap_m", "snip_m"))
    told = canopy("plan", "rules", "--check", path)
    assert told.code == 1
    assert "network.snip_m: there is no such field" in told.err
    assert json.loads(canopy("plan", "rules", "--schema").out)["title"] == "Rules of suitability"


def test_the_guides_prospects_are_counted(town: Canopy, rules: Path, tmp_path: Path) -> None:
    """The file that the how-to shows, on this town."""
    text = GUIDE.read_text(encoding="utf-8")
    (shown,) = re.findall(r'```toml title="unlet.toml"\n(.*?)```', text, flags=re.DOTALL)
    path = tmp_path / "unlet.toml"
    path.write_text(shown)
    told = town("plan", "prospects", path, "--rules", rules)
    assert told.code == 0, told.err
    assert "4 lampposts are possible." in told.out


SCENARIO = """
name = "two"
title = "Two posts"
technology = "small_cell"
assets = { most = 2 }
[[targets]]
name = "enough"
figure = "sites"
at_least = 5
by = 2028
source = "the test"
"""


def test_the_guides_scenarios_can_be_put(canopy: Canopy, tmp_path: Path) -> None:
    """Both files that the how-to shows."""
    text = (GUIDE.parent / "scenarios.md").read_text(encoding="utf-8")
    path = tmp_path / "shown.toml"
    told = []
    for shown in re.findall(r"```toml title=.*?\n(.*?)```", text, flags=re.DOTALL):
        path.write_text(shown)
        told.append(canopy("plan", "scenario", "put", path, "--dry-run").out.split(":")[0])
    assert told == ["market-first", "people-first", "do-minimum"]


def test_scenarios_are_put_computed_and_compared(town: Canopy, rules: Path, tmp_path: Path) -> None:
    """From a file to figures beside doing the minimum."""
    path = tmp_path / "two.toml"
    path.write_text(SCENARIO)
    assert "nothing wrong" in town("plan", "scenario", "put", path, "--dry-run").out
    assert town("plan", "scenario", "put", path).out.startswith("two@1, SHA-256")
    told = town("plan", "scenario", "run", "two", "--rules", rules)
    assert "target enough: missed by 3" in told.out, told.err
    assert "first time" in told.out
    assert "Nothing has changed" in town("plan", "scenario", "run", "two", "--rules", rules).out
    assert town("plan", "scenario", "clone", "two", "copy").out == "copy@1, of two@1.\n"
    listed = town("plan", "scenario", "list").out
    assert all(each in listed for each in ("copy@1", "do-minimum@0", "two@1"))
    beside = town("plan", "scenario", "compare", "two@1", "--rules", rules, "--format", "json")
    document = json.loads(beside.out)
    assert document["scenarios"] == ["do-minimum@0", "two@1"]
    assert document["figures"][0]["values"] == [0, 2]
    assert json.loads(town("plan", "scenario", "show", "copy").out)["title"] == "Two posts"


SITED = """
name = "one"
title = "One post, the town's people in mind"
technology = "small_cell"
[assets]
most = 1
[siting]
objective = { npv = 1 }
income = { gbp_per_year = 500, source = "test" }
"""
COST = """
[technologies.small_cell.cost]
fixed_gbp = { lamppost = 1000, cctv = 0 }
duct_gbp_per_m = 10
trench_gbp_per_m = 100
source = "the test"
standing = "assumption"
"""


def test_a_choice_is_told_and_its_difference_is_mapped(
    town: Canopy, database: Database, rules: Path, tmp_path: Path
) -> None:
    """The order of choice as a table, and what changes as a page without scripts from elsewhere
    and as layers; rules that clash are named, and the command ends with 1."""
    rules.write_text(rules.read_text(encoding="utf-8") + COST, encoding="utf-8")
    path, page, layers = (tmp_path / name for name in ("one.toml", "d.html", "d.gpkg"))
    path.write_text(SITED)
    town("plan", "scenario", "put", path)
    told = town("plan", "scenario", "run", "one", "--rules", rules)
    assert "proven the best possible" in told.out, told.err
    sites = town("plan", "scenario", "run", "one", "--rules", rules, "--format", "csv").out
    assert next(csv.DictReader(sites.splitlines()))["order"] == "1"
    files = ("--map", page, "--gpkg", layers)
    assert town("plan", "scenario", "compare", "one", "--rules", rules, *files).err == ""
    shown = page.read_text(encoding="utf-8")
    assert "Only in the later: 1 site" in shown
    assert "default-src 'none'" in shown
    assert 'src="http' not in shown
    assert pyogrio.read_info(layers, layer="sites")["features"] == 1
    db = f"gpkg://{database.path}"
    both = ("--council", f"one={db}", "--council", f"two={db}", "--rules", rules)
    table = town("plan", "scenario", "together", "one", *both, "--format", "csv").out.splitlines()
    assert table[:2] == ["figure,unit,one,two,whole", "sites,sites,1,1,2"]
    assert next(row for row in table if row.startswith("siting_share")).endswith(",")
    path.write_text(SITED + "budget_gbp = 10\nrequired = ['L1']\n")
    town("plan", "scenario", "put", path)
    clash = town("plan", "scenario", "run", "one", "--rules", rules)
    assert clash.code == 1
    assert "- L1 is required" in clash.out


BENEFITS = """
prices = "2026/27"
[[line]]
name = "firms"
group = "business"
text = "Firms near a site"
measure = "sites"
effect = "productivity"
outcome = "growth"
part = {low = 1, central = 1, high = 1, source = "every site"}
gbp_per_year = {low = 100, central = 200, high = 400, source = "survey"}
attribution = {low = 0.5, central = 0.5, high = 0.5}
"""


def test_a_report_says_what_is_known_and_the_public_edition_names_no_site(
    town: Canopy, rules: Path, tmp_path: Path
) -> None:
    """Both editions have all sections; what lacks a source is on the cover."""
    scenario, benefits = tmp_path / "two.toml", tmp_path / "b.toml"
    scenario.write_text(SCENARIO)
    benefits.write_text(BENEFITS)
    town("plan", "scenario", "put", scenario)
    told = {}
    for audience in ("public", "exempt"):
        out = tmp_path / f"{audience}.html"
        done = town("plan", "report", "two", "--rules", rules, "--out", out, "--audience", audience,
                    "--benefits", benefits)  # fmt: skip
        assert f"Wrote the {audience} edition of two@1" in done.out
        told[audience] = out.read_text(encoding="utf-8")
    for shown in told.values():
        for title in ("Summary", "What the council has", "Coverage now and after", "Phases",
                      "The commercial model", "Benefits", "and limits"):  # fmt: skip
            assert title in shown
        assert "firms.attribution" in shown
        assert "There is no target for" in shown
        assert "the scenario names no coverage run" in shown
    site = "register/L1</td>"
    assert site in told["exempt"]
    assert site not in told["public"]
    assert "Schedule 12A, Part 1, paragraph 3" in told["public"]
    refused = town("plan", "report", "two", "--rules", rules, "--out", tmp_path / "two.docx")
    assert (refused.code, ".html or .pdf" in refused.err) == (1, True)
