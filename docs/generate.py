"""Write the reference pages that are made from code.

`run.py docs` runs this before it builds the site; a test fails while a committed page
differs from what the code says now.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import annotated_types
import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from canopy.access.rules import PUBLIC
from canopy.api.register.records.schemas import schema_of
from canopy.assets import kinds
from canopy.assets.policy import SensitivityPolicy
from canopy.cli import application
from canopy.concessions.governance import checklist, segmentation
from canopy.concessions.governance.entry_documents import KINDS as ENTRY_KINDS
from canopy.concessions.governance.entry_documents import example
from canopy.concessions.terms import describing as terms_told
from canopy.concessions.valuation.comparables import COMPARABLES
from canopy.coverage.sites.technologies import TECHNOLOGIES
from canopy.coverage.sites.technology import EirpLimit, Technology
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.sources import FeatureFile
from canopy.plan.scenarios.scenario import Scenario
from canopy.plan.suitability.fact_names import FACTS, ZONE_PREFIX
from canopy.plan.suitability.rules import Factor, Rules
from canopy.plan.suitability.rules import Technology as Suited
from canopy.plan.suitability.rules_file import read_rules
from canopy.settings import Settings

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Made from the code by docs/generate.py; edit the code, not this page. -->\n"


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; a bar in a cell is escaped, a line end becomes a space."""
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines) + "\n"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# Command line


def cli_page() -> str:
    """Every command of `canopy` with its usage, arguments and options."""
    root = typer.main.get_command(application())
    sections = "\n".join(command_section(path, each) for path, each in commands("canopy", root))
    return f"{NOTE}\n# Command line\n\nThe same text is behind `--help`.\n\n{sections}"


def commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from commands(f"{path} {name}", child)


def command_section(path: str, command: Any) -> str:
    """Heading, usage, help text and the table of parameters of one command."""
    context = command.context_class(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc((command.help or "").partition("\f")[0]).replace("\b\n", "")
    records = [parameter.get_help_record(context) for parameter in command.params]
    shown = [
        (f"`{name.replace('|', '/')}`", told)  # a bar would end the cell
        for name, told in filter(None, records)
        if "--help" not in name
    ]
    parts = [f"## {path}\n", f"```text\n{usage}\n```\n", f"{text}\n"]
    if shown:
        parts.append(table(("argument or option", "meaning"), shown))
    return "\n".join(parts)


# Settings


def settings_page() -> str:
    """Every setting with its environment variable, default, range and meaning."""
    rows = (
        (f"`CANOPY_{name.upper()}`", f"`{name}`", default_of(name, field), limits_of(field),
         field.description or "")
        for name, field in Settings.model_fields.items()
    )  # fmt: skip
    return f"{NOTE}\n# Settings\n\n{told_by(inspect.getmodule(Settings))}\n\n" + table(
        ("environment", "in the file", "default", "range", "meaning"), rows
    )


def told_by(thing: object) -> str:
    """A docstring as Markdown."""
    return (inspect.getdoc(thing) or "").replace("``", "`")


def default_of(name: str, field: FieldInfo) -> str:
    if name == "db_url":
        return "`var/canopy.gpkg` under the working directory"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == "":
        return "none"
    return "secret" if isinstance(value, SecretStr) else f"`{value}`"


def limits_of(field: FieldInfo) -> str:
    """The range or the allowed values, as the type and its constraints state them."""
    words = {
        annotated_types.Ge: "≥ {0.ge}",
        annotated_types.Gt: "> {0.gt}",
        annotated_types.Le: "≤ {0.le}",
        annotated_types.Lt: "< {0.lt}",
        annotated_types.MaxLen: "≤ {0.max_length} characters",
    }
    limits = [words[type(each)].format(each) for each in field.metadata if type(each) in words]
    allowed = [
        f"`{each}`" for each in getattr(field.annotation, "__args__", ()) if isinstance(each, str)
    ]
    return ", ".join([*limits, *allowed])


# Kinds


def kinds_page() -> str:
    """Every kind of asset with its geometry and attributes, and the common columns."""
    return "\n".join(
        [
            f"{NOTE}\n# Kinds and attributes\n",
            "What every asset can have, then what each kind adds. A value that is not known is"
            " absent: never zero, never a default. `level` is the lowest role that may see it"
            " (see [Who sees what](../explanation/sensitivity.md)). `recognised headings` are"
            " words by which the importer knows the column in a council's file.\n",
            "## Common columns\n",
            fields_table(kinds.COMMON_FIELDS.values()),
            "## Attributes of every kind\n",
            fields_table(shared_attributes().values()),
            *(kind_section(spec) for spec in kinds.KINDS.values()),
        ]
    )


def shared_attributes() -> dict[str, kinds.AttributeField]:
    """The attributes that every kind has, and describes alike."""
    first, *others = (kinds.attribute_fields(kind) for kind in kinds.KINDS)
    return {
        name: field
        for name, field in first.items()
        if all(other.get(name) == field for other in others)
    }


def kind_section(spec: kinds.KindSpec) -> str:
    shared = shared_attributes()
    fields = [
        field for name, field in kinds.attribute_fields(spec.kind).items() if name not in shared
    ]
    facts = [f"`{spec.kind.value}`", ", ".join(sorted(spec.geometry)), height_of(spec)]
    return "\n".join(
        [
            f"## {spec.label}\n",
            " · ".join(facts) + "\n",
            " ".join(filter(None, [spec.description, publicly_seen(spec)])) + "\n",
            fields_table(fields) if fields else "No attributes of its own.\n",
        ]
    )


def height_of(spec: kinds.KindSpec) -> str:
    low, high = spec.height_m_range
    return f"`height_m` {low:g} to {high:g}"


def publicly_seen(spec: kinds.KindSpec) -> str:
    """What the public sees of the position, where that is not all."""
    policy = SensitivityPolicy()
    if not policy.sees_kind(spec.kind, PUBLIC):
        return "The public does not see this kind."
    cell_m = policy.generalisation_m(spec.kind, PUBLIC)
    return f"The public sees its position to {cell_m:g} m." if cell_m else ""


def fields_table(fields: Iterable[kinds.AttributeField]) -> str:
    rows = (
        (f"`{each.name}`", each.unit or "", values_of(each), str(each.level), each.description,
         ", ".join(each.headings))
        for each in fields
    )  # fmt: skip
    headings = ("name", "unit", "values", "level", "meaning", "recognised headings")
    return table(headings, rows)


def values_of(field: kinds.AttributeField) -> str:
    if field.allowed:
        return ", ".join(f"`{value}`" for value in field.allowed)
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return field.type
    if high is None:
        return f"≥ {low:.10g}"
    return f"≤ {high:.10g}" if low is None else f"{low:.10g} to {high:.10g}"


# Radio technologies


def technologies_page() -> str:
    """What a coverage run takes for each radio technology, and how well that is founded."""
    headings = (
        "id", "band [MHz]", "carrier [MHz]", "level", "threshold [dBm]", "macro EIRP [dBm], height "
        "[m], reach [km]", "small cell, likewise", "noise figure [dB]", "throughput", "EIRP limit",
    )  # fmt: skip
    sections = "\n".join(technology_section(each) for each in TECHNOLOGIES.values())
    return "\n".join(
        [
            f"{NOTE}\n# Radio technologies\n",
            "What a run takes where a site states nothing. The level is of one part of the carrier"
            " where two numbers follow it: RSRP is the carrier's power less 10 log10 of the parts."
            " Throughput is a share of Shannon's bound, from the least SINR, up to a cap. Under"
            " each technology stands where its values come from: *published* was read in its"
            " source, *derived* follows from one, *recalled* was not read again, *assumption* is"
            " ours. Check a recalled value before a decision rests on it.\n",
            table(headings, map(technology_row, TECHNOLOGIES.values())),
            sections,
        ]
    )


def technology_row(each: Technology) -> tuple[str, ...]:
    sizes = [
        f"{size.eirp_dbm:.1f}, {size.antenna_height_m:g}, {size.reach_m / 1000:g}"
        for size in (each.macro, each.small_cell)
    ]
    parts = f", 1 of {each.reference_carriers:g}" if each.reference_carriers > 1 else ""
    return (
        f"`{each.technology_id}`",
        f"{each.band_mhz[0]:g} to {each.band_mhz[1]:g}",
        f"{each.frequency_mhz:g}, {each.bandwidth_mhz:g} wide",
        each.reported + parts,
        f"{each.threshold_dbm:g}",
        *sizes,
        f"{each.noise_figure_db:g}",
        f"{each.shannon_share:g}, {each.least_sinr_db:g} dB, {each.most_bps_per_hz:g} bit/s/Hz",
        "; ".join(map(limit_text, each.limits)) or "none known",
    )


def limit_text(limit: EirpLimit) -> str:
    per = "" if limit.per_mhz is None else f" in {limit.per_mhz:g} MHz"
    return f"{limit.eirp_dbm:.1f} dBm{per}"


def technology_section(each: Technology) -> str:
    rows = ((f"`{note.about}`", note.standing, note.text) for note in each.notes)
    return f"## {each.name}\n\n" + table(("value", "standing", "source"), rows)


# Coverage runs


def run_page() -> str:
    """Every field of a coverage run and of its parts, as a TOML file or a request has them."""
    parts = "\n".join(record_section(path, kind) for path, kind in records("", RunRequest))
    return "\n".join(
        [
            f"{NOTE}\n# Fields of a coverage run\n",
            "A file for [`canopy coverage run --run`](cli.md) is TOML with these fields, and the"
            " body of [`POST /coverage/runs`](http.md#coverage-runs) is JSON with them. Names of"
            " files are relative to the file, or to the service's folder of inputs. A field"
            " without a default is needed. [Coverage and not-spots](../how-to/coverage.md) tells"
            " what to do with them.\n",
            parts,
        ]
    )


def records(path: str, kind: type) -> Iterator[tuple[str, type]]:
    """A dataclass and those within it, each by where it stands; one that recurs, once."""
    yield path, kind
    for name, hint in get_type_hints(kind).items():
        for inner in (hint, *get_args(hint)):
            if is_dataclass(inner) and isinstance(inner, type):
                below = f"{path}.{name}" if path else name
                if inner is not FeatureFile or path == "surface":
                    yield from records(below, inner)


def record_section(path: str, kind: type, whole: str = "The run") -> str:
    title = whole if not path else f"`[{path}]`"
    if kind is FeatureFile:
        title = "A file of features"
    first, _, told = (inspect.getdoc(kind) or "").partition("Attributes:")
    meanings = terms_told.attributes_told(told)
    rows = [
        (f"`{each.name}`", type_word(get_type_hints(kind)[each.name]), default_word(each),
         plain(meanings[each.name]))
        for each in fields(kind)
    ]  # fmt: skip
    text = plain(" ".join(first.split()))
    return f"## {title}\n\n{text}\n\n" + table(("field", "type", "default", "meaning"), rows)


def plain(text: str) -> str:
    """Without the package's own long names, which mean nothing to a reader of the page."""
    return re.sub(r"`canopy\.[a-z_0-9.]*\.([A-Za-z_0-9]+)`", r"`\1`", text)


def type_word(hint: Any) -> str:
    """What is written for a value of a type."""
    words = {str: "text", float: "number", int: "whole number", bool: "true or false", Path: "file"}
    inside = [each for each in get_args(hint) if each is not NoneType and each is not Ellipsis]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{each}`" for each in inside)
    if get_origin(hint) is Mapping:
        return f"table of {type_word(inside[-1])}s by {type_word(inside[0])}"
    if get_origin(hint) is tuple and len(inside) == 2:
        return " and ".join(map(type_word, inside))
    if get_origin(hint) is tuple:
        return f"list of {type_word(inside[0])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "kind" if hint is kinds.Kind else ", ".join(f"`{each.value}`" for each in hint)
    if hint is UUID:
        return "identity"
    if inside:
        return type_word(inside[0])
    return words.get(hint) or ("file of features" if hint is FeatureFile else "table")


def default_word(each: Field[Any]) -> str:
    if each.default is MISSING:
        return "" if each.default_factory is MISSING else "empty table"
    if each.default is None or each.default == ():
        return "none"
    if isinstance(each.default, tuple):
        return ", ".join(f"`{value}`" for value in each.default)
    return f"`{str(each.default).lower() if isinstance(each.default, bool) else each.default}`"


# Rules of suitability


def rules_page() -> str:
    """Every field of a rule file, every fact, and the rules that are shipped."""
    shipped = read_rules(None).rules
    return "\n".join(
        [
            f"{NOTE}\n# Rules of suitability\n",
            "A file for [`canopy plan suitability --rules`](cli.md) is TOML with these fields;"
            " `canopy plan rules` writes the one that is shipped, and `--schema` its JSON Schema. A"
            " field without a default is needed. [Score assets for a"
            " technology](../how-to/suitability.md) tells what to do with them.\n",
            *(record_section(path, kind, "The file") for path, kind in records("", Rules)),
            "## Facts\n",
            "What a rule may look at. What is found out in a survey fills the fields named last;"
            f" `{ZONE_PREFIX}NAME` is whether an asset stands in that zone of the rules.\n",
            table(
                ("fact", "unit or words", "what it is", "fields"),
                (
                    (f"`{each.name}`", each.unit or ", ".join(f"`{word}`" for word in each.words),
                     each.text, ", ".join(f"`{name}`" for name in each.fields))
                    for each in FACTS.values()
                ),
            ),
            "## Rules that are shipped\n",
            "*published* was read in its source, *derived* follows from one, *recalled* was not"
            " read again, *assumption* is ours. Check what is not published before a decision"
            " rests on it.\n",
            *(shipped_section(name, each) for name, each in shipped.technologies.items()),
        ]
    )  # fmt: skip


def scenario_page() -> str:
    """Every field of a scenario and of its parts."""
    return "\n".join(
        [
            f"{NOTE}\n# Fields of a scenario\n",
            "A file for [`canopy plan scenario put`](cli.md) is TOML with these fields. A field"
            " without a default is needed. [Compare scenarios](../how-to/scenarios.md) tells what"
            " to do with them.\n",
            *(record_section(path, kind, "The file") for path, kind in records("", Scenario)),
        ]
    )


def shipped_section(name: str, each: Suited) -> str:
    rows = (
        (f"`{rule.name}`", f"{rule.weight:g}" if isinstance(rule, Factor) else "constraint",
         f"`{rule.fact}`", rule.text, rule.source, rule.standing)
        for rule in each.rules
    )  # fmt: skip
    kinds_told = ", ".join(f"`{kind}`" for kind in each.kinds)
    return f"### {each.label}\n\n`{name}`, for {kinds_told}; reach {each.reach_m:g} m.\n\n" + table(
        ("rule", "weight", "fact", "asked", "source", "standing"), rows
    )


# Terms of agreements


def terms_page() -> str:
    """Every field of a file of terms, by the record that it belongs to."""
    told = terms_told.records()
    return "\n".join(
        [
            f"{NOTE}\n# Terms of an agreement\n",
            "A file of terms is TOML with these fields, and `terms` of a request over HTTP is JSON"
            " with them; [Agreements and what they are worth](../how-to/concessions.md) shows a"
            " whole one. A field without a default is needed, and one that is not here is refused."
            " A list of tables is written with `[[...]]`. A name is 1 to 64 of `a-z`, `0-9` and"
            " `-`, by which one part names another. Numbers are read as exact decimals. GBP stands"
            " for the agreement's currency. The same texts are in the JSON Schema (`canopy"
            " concession schema`, `GET /concessions/schema`). Rules between fields are told"
            " by name when a file breaks them.\n",
            *(terms_section(each) for each in told),
        ]
    )


def terms_section(each: terms_told.RecordTold) -> str:
    """A record's fields. Those of all charges are told once, under Charge and Recurring."""
    base = next((kind for kind in each.record.__mro__[1:] if is_dataclass(kind)), None)
    inherited = {field.name for field in fields(base)} if base else set()
    text = each.about
    if base is not None:
        text += f" It also has the fields of [{base.__name__}](#{base.__name__.lower()})."
    rows = (
        (f"`{told.name}`", told.type, told.unit, told.range,
         "" if told.default is None else f"`{told.default}`".replace("`nothing`", "nothing"),
         told.meaning)
        for told in each.fields if told.name not in inherited
    )  # fmt: skip
    return f"## {each.name}\n\n{text}\n\n" + table(
        ("field", "type", "unit", "range", "default", "meaning"), rows
    )


# Entries of the register

ENTRIES_SAID = """\
What is noted of an agreement as it is managed: in a TOML file with [`canopy register
note`](cli.md#canopy-register-note), over HTTP as the member `entry` of `POST
/register/agreements/{ref}/entries`, and in part in forms of [the page of an
agreement](../how-to/agreements-in-the-browser.md). `kind` says which of the kinds below it is. A
field without a default is needed, and one that is not here is refused by name. Days are written as
2026-04-01, from 1800 to 2400, and money is in whole pence. Events, routes to market and
modifications have commands and requests of their own, told at the end.

`canopy register example KIND` prints the example of a kind as a file to start from; `canopy
register schema KIND` and `GET /register/schemas/{kind}` give its JSON Schema. An entry is never
edited: [how to correct or withdraw one](../how-to/register.md#note-what-happens-as-it-is-managed).
"""
NOTED = """```console
$ canopy register example {kind} > {kind}.toml
$ canopy register note CON-A {kind}.toml
```
"""
RECORDED = {
    "event": (
        "Something that happened under an agreement: a letter, an inspection, a call. Events stand"
        " in its timeline. A meeting with notes and actions is an entry of kind `meeting`.",
        "POST /register/agreements/{ref}/events",
        """$ canopy register event CON-A inspection "Three cabinets were open" --on 2026-06-01
""",
        {"kind": "inspection", "note": "Three cabinets were open", "on": "2026-06-01"},
    ),
    "route": (
        "How an agreement came to market: the ways considered, the one chosen, and why. The last"
        " one on record holds; the notices it needs and the tests of changes follow from it.",
        "POST /register/agreements/{ref}/route",
        """$ canopy register route CON-A --option concession --option "open model" \\
    --chosen concession --reason "It has obligations, so procurement law applies" --inside-law \\
    --procured 2025-03-01 --subject concession --initial 6000000
$ canopy register notices CON-A --on 2025-03-01
""",
        {
            "options": ["concession", "open model"], "chosen": "concession",
            "reason": "It has obligations, so procurement law applies", "is_inside_law": True,
            "procured_on": "2025-03-01", "subject": "concession", "initial_pence": 600_000_000,
        },
    ),
    "modification": (
        "A change of a contract after it was made, tested by [the rules of its"
        " regime](../how-to/register.md#changes-without-buying-anew). It needs a route to market.",
        "POST /register/agreements/{ref}/modifications",
        """$ canopy register modify CON-A --on 2026-06-01 --ground minor --value 70000 \\
    --note "More columns"
$ canopy register changes CON-A
""",
        {
            "on": "2026-06-01", "ground": "minor", "value_pence": 7_000_000, "note": "More columns",
        },
    ),
}  # fmt: skip


def entries_page() -> str:
    """Every kind of entry and record with its fields, and an example that the register takes."""
    return "\n".join(
        [
            f"{NOTE}\n# Entries of the register\n",
            ENTRIES_SAID,
            *(entry_section(kind) for kind in ENTRY_KINDS),
            *(recorded_section(kind, *told) for kind, told in RECORDED.items()),
            benchmarks_section(),
        ]
    )


def entry_section(kind: str) -> str:
    schema = schema_of(kind)
    more = {"segmentation": segmentation_told, "checklist": checklist_told}.get(kind, str)
    return "\n".join(
        [
            f"## {kind}\n\n{schema['description']}\n",
            schema_table(schema),
            *(part_section(name, part) for name, part in schema.get("$defs", {}).items()),
            more(),
            f"```toml\n{example(kind)}```\n",
            NOTED.format(kind=kind),
        ]
    )


def part_section(name: str, schema: dict[str, Any]) -> str:
    return f"### {name}\n\n{schema['description']}\n\n{schema_table(schema)}"


def recorded_section(kind: str, said: str, request: str, command: str, body: Any) -> str:
    sent = json.dumps(body, indent=2, ensure_ascii=False)
    return (
        f"## {kind}\n\n{said}\n\n`{request}`, with these members:\n\n"
        f"{schema_table(schema_of(kind))}\n```json\n{sent}\n```\n\n"
        f"The same as a command, with money in pounds:\n\n```console\n{command}```\n"
    )


def schema_table(schema: dict[str, Any]) -> str:
    """The properties of a JSON Schema, each with type, unit, range, default and meaning."""
    rows = []
    for name, each in schema["properties"].items():
        unit = re.search(r" \[(\w+)\]", each["description"])
        meaning = each["description"].replace(unit[0] if unit else "\0", "")
        default = "" if name in schema["required"] else f"`{json.dumps(each.get('default'))}`"
        rows.append(
            (f"`{name}`", schema_type(each), unit[1] if unit else "", ", ".join(schema_range(each)),
             default.replace("`null`", "nothing").replace("`[]`", "nothing"),
             meaning[:1].upper() + meaning[1:])
        )  # fmt: skip
    return table(("field", "type", "unit", "range", "default", "meaning"), rows)


def schema_type(each: dict[str, Any]) -> str:
    """What is written for a value of a JSON Schema."""
    words = {"integer": "whole number", "boolean": "true or false", "string": "text"}
    if "const" in each or "enum" in each:
        return ", ".join(f"`{one}`" for one in each.get("enum") or [each["const"]])
    if "anyOf" in each:
        return " or ".join(schema_type(one) for one in each["anyOf"] if one.get("type") != "null")
    if "$ref" in each:
        name = each["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if each["type"] == "array":
        return f"list of {schema_type(each['items'])}"
    if each["type"] == "object":
        inside = each.get("additionalProperties")
        return f"table of {schema_type(inside)}" if inside else "table of the words below"
    return "date" if each.get("format") == "date" else words[each["type"]]


def schema_range(each: dict[str, Any]) -> Iterator[str]:
    """Limits of a number, of a text's length, of how many are listed."""
    for one in each.get("anyOf", []):
        yield from schema_range(one)
    words = {
        "minimum": "≥ {:,}", "exclusiveMinimum": "> {:,}", "maximum": "≤ {:,}",
        "minItems": "≥ {} listed", "maxItems": "≤ {} listed", "maxProperties": "≤ {} listed",
    }  # fmt: skip
    if "maxLength" in each:
        yield f"{each.get('minLength', 0)} to {each['maxLength']:,} characters"
    yield from (text.format(each[name]) for name, text in words.items() if name in each)
    if "pattern" in each:
        yield "an address of e-mail" if "@" in each["pattern"] else f"`{each['pattern']}`"


def segmentation_told() -> str:
    """The questions with what each answer counts, and the classes."""
    rows = (
        (f"`{each.name}`", each.group, each.asks, f"{each.weight}",
         ", ".join(f"`{word}` {float(score):.2g}" for word, score in each.scores.items()))
        for each in segmentation.QUESTIONS
    )  # fmt: skip
    scheme = segmentation.Scheme()
    return (
        "Points are the weight times what the answer counts; the sum is of 100. From"
        f" {scheme.operational_from} points a contract is operational, from {scheme.major_from}"
        " major, else transactional. A statutory contract whose failure has a high impact is"
        " major; one that holds the council's data, or of a million pounds or more a year, is"
        " operational at least. The strategy prints the questions and their answers, and neither"
        f" weights nor limits: those are ours, version {scheme.version}.\n\n"
        + table(("question", "group", "asks", "weight", "answers, and what each counts"), rows)
    )


def checklist_told() -> str:
    """The items, and how far the text of each is known."""
    words = {
        "in-our-words": "told in our words",
        "wording-not-seen": "number known, wording not seen",
    }
    rows = (
        (f"{each.number}", each.about or "", each.evidence or "", words[each.standing])
        for each in checklist.ITEMS
    )
    return (
        f"The items are those of *{checklist.SOURCE}*. Nothing here is a quotation: of fifteen"
        " items the subject is told in our words, from notes on the strategy; of six the number"
        " alone is known. A council that has the strategy at hand [sets its"
        " wording](../how-to/register.md#set-the-wording-of-the-checklist).\n\n"
        + table(("item", "asks for", "what in Canopy bears on it", "standing"), rows)
    )


def benchmarks_section() -> str:
    """Nothing is entered; what published rents they stand beside."""
    rows = (
        (each.name, f"`{each.site}`", f"`{each.basis}`", f"£{each.yearly_gbp:,.2f}",
         f"{each.year}", each.source, "read" if each.seen else "cited from memory")
        for each in COMPARABLES
    )  # fmt: skip
    return (
        "## Benchmarks\n\nNothing is entered: `canopy register benchmarks` and `GET"
        " /register/benchmarks` compute them from the terms of agreements, by kind of asset, type"
        " of charge and basis of valuation. Beside them stand these published rents for one asset"
        " and year:\n\n"
        + table(("rent", "site", "basis", "a year", "of", "source", "standing"), rows)
    )


PAGES = {
    "reference/cli.md": cli_page,
    "reference/concession-terms.md": terms_page,
    "reference/coverage-run.md": run_page,
    "reference/settings.md": settings_page,
    "reference/kinds.md": kinds_page,
    "reference/radio-technologies.md": technologies_page,
    "reference/register-entries.md": entries_page,
    "reference/scenario.md": scenario_page,
    "reference/suitability-rules.md": rules_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
