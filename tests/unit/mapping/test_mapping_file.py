"""Mapping files: read, checked, written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_tables import table

from canopy.assets.mapping import Evidence, Mapping, dumps, load_mapping, loads
from canopy.assets.mapping.mapping_file import load
from canopy.assets.mapping.model import (
    FORMATS,
    ColumnRule,
    Correction,
    GeometryRule,
    KindRule,
    PairCheck,
)
from canopy.errors import BadMapping

WHOLE = """
kind = "lamppost"
owner = "Anytown Council"
licence = "OGL-UK-3.0"
ignore = ["OBJECTID"]

[columns]
street = ["Street Name", "Road"]
height_m = "Height"
material = "Mat"

[units]
height_m = "cm"

[formats]
height_m = "decimal comma"

[values.material]
Stl = "steel"

[geometry]
x = "Easting"
y = "Northing"
crs = "EPSG:27700"

[[geometry.check]]
text = "Location"

[constants]
power = "unmetered"

[[corrections]]
where = { Ref = "LC1" }
set = { Height = "800" }
reason = "measured on site"

[[corrections]]
row = 17
drop = true
reason = "demolished"
"""
GEOMETRY = '[geometry]\nx = "E"\ny = "N"\n'


def test_sections_are_joined_by_target() -> None:
    """Unit, format and words of a target end up beside its column."""
    mapping = loads(WHOLE)
    assert mapping.columns["height_m"] == ColumnRule(
        columns=("Height",), unit="cm", format="decimal comma"
    )
    assert mapping.columns["street"].columns == ("Street Name", "Road")
    assert mapping.columns["material"].values == {"Stl": "steel"}
    assert mapping.corrections[1] == Correction(row=17, drop=True, reason="demolished")


def test_owner_and_licence_are_constants_of_the_rows() -> None:
    """What is true of the file is true of its rows, unless the mapping says otherwise."""
    assert loads(WHOLE).constants == {
        "power": "unmetered", "owner": "Anytown Council", "licence": "OGL-UK-3.0",
    }  # fmt: skip
    stated = 'owner = "A"\n' + GEOMETRY + '[constants]\nowner = "B"\n'
    assert loads(stated).constants == {"owner": "B"}


def test_written_mapping_reads_back_the_same() -> None:
    """dumps and loads are inverse for a mapping that uses every section."""
    mapping = loads(WHOLE)
    assert loads(dumps(mapping)) == mapping


def test_every_line_carries_its_confidence_and_reason() -> None:
    """A proposal's evidence is written beside the line it speaks for."""
    text = dumps(
        loads(WHOLE),
        [Evidence("street", "Street Name", 0.95, "heading\n'Street'"),
         Evidence("geometry.check.1", "Location", 0.9, "0.07 m median")],
        ["Colour"],
    )  # fmt: skip
    assert 'street = ["Street Name", "Road"]  # 0.95: heading \'Street\'' in text
    assert "[[geometry.check]]\n# 0.90: 0.07 m median\n" in text
    assert '# Not recognised, so not imported: ["Colour"]' in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind = ", "not valid TOML"),
        ('kind = "lamppost"\n', r"there is no \[geometry\]"),
        ("[colums]\n" + GEOMETRY, "'colums' is no key of a mapping; did you mean 'columns'"),
        ('[geometry]\nx = "E"\n', "needs both x and y"),
        ('[geometry]\nx = "E"\ny = "N"\nwkt = "W"\n', "needs exactly one of"),
        ('[geometry]\nx = "E"\ny = "N"\nepsg = 1\n', "geometry.epsg: no such key"),
        (GEOMETRY + "[columns]\nref = 3\n", "columns.ref must be a column name"),
        (GEOMETRY + '[columns]\nref = "R"\n[units]\nreef = "m"\n', "Did you mean 'ref'"),
        (GEOMETRY + '[columns]\nref = "R"\n[units]\nref = "cubits"\n', "'cubits' is no known unit"),
        (GEOMETRY + '[columns]\nd = "D"\n[formats]\nd = "dmy"\n', "columns.d.format"),
        (GEOMETRY + "[[corrections]]\nrow = 3\ndrop = true\n", "corrections.0.reason"),
        (GEOMETRY + '[[corrections]]\nrow = 3\nreason = "why not"\n', "needs either set"),
        (GEOMETRY + '[[corrections]]\ndrop = true\nreason = "why not"\n', "needs where"),
        ("columns = 3\n" + GEOMETRY, r"\[columns\] must be a table"),
    ],
)
def test_bad_mapping_names_file_key_and_way_out(tmp_path: Path, text: str, says: str) -> None:
    """A wrong mapping file is refused with what is wrong where."""
    path = tmp_path / "anytown.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadMapping, match=says) as refused:
        load(path)
    assert "anytown.toml" in str(refused.value)


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    """No file, and a file that is no text, are said as such."""
    with pytest.raises(BadMapping, match="no mapping file"):
        load(tmp_path / "none.toml")
    (tmp_path / "sheet.toml").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(BadMapping, match="not UTF-8"):
        load(tmp_path / "sheet.toml")


def test_missing_column_is_refused_with_near_matches(tmp_path: Path) -> None:
    """A mapping for another vintage names the column and what may be meant."""
    path = tmp_path / "m.toml"
    path.write_text('kind = "lamppost"\n[columns]\nstreet = "Street Name"\n' + GEOMETRY)
    source = table({"E": ["1"], "N": ["2"], "STREET_NAME": ["x"], "Colour": ["red"]})
    with pytest.raises(BadMapping, match=r"columns.street .*'Street Name'.*'STREET_NAME'"):
        load_mapping(path, source, None)


def test_alternative_names_fit_either_vintage(tmp_path: Path) -> None:
    """Of several names the first that the file has is taken."""
    path = tmp_path / "m.toml"
    path.write_text('kind = "lamppost"\n[columns]\nstreet = ["Street", "Road"]\n' + GEOMETRY)
    old = table({"E": ["1"], "N": ["2"], "Road": ["x"]})
    new = table({"E": ["1"], "N": ["2"], "Road": ["x"], "Street": ["y"]})
    chosen = [load_mapping(path, t, None).fit(t.columns, "f")["Street", "Road"] for t in (old, new)]
    assert chosen == ["Road", "Street"]


def test_kind_given_fills_and_must_not_contradict(tmp_path: Path) -> None:
    """--kind completes a mapping without a kind; a mapping for another kind is refused."""
    source = table({"E": ["1"], "N": ["2"]})
    open_kind, lamps = tmp_path / "a.toml", tmp_path / "b.toml"
    open_kind.write_text(GEOMETRY)
    lamps.write_text('kind = "lamppost"\n' + GEOMETRY)
    assert load_mapping(open_kind, source, "cctv").kind == "cctv"
    with pytest.raises(BadMapping, match="a mapping for lamppost, and --kind says cctv"):
        load_mapping(lamps, source, "cctv")


def test_the_councils_mappings_are_valid() -> None:
    """Every mapping that Canopy ships loads, and survives being written again."""
    folder = resources.files("canopy.assets.importers").joinpath("councils")
    texts = [f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".toml")]
    mappings = [loads(text) for text in texts]
    assert len(mappings) >= 3
    assert [loads(dumps(mapping)) for mapping in mappings] == mappings


NAMES = st.text(min_size=1, max_size=12).filter(
    lambda t: not any("\ud800" <= c <= "\udfff" for c in t)
)
SCALARS = st.one_of(
    NAMES, st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.dates()
)
COLUMNS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
RULES = st.builds(
    ColumnRule,
    columns=COLUMNS,
    unit=st.sampled_from([None, "m", "cm", "ft"]),
    format=st.sampled_from([None, *FORMATS]),
    values=st.dictionaries(NAMES, SCALARS, max_size=3),
)
GEOMETRIES = st.one_of(
    st.builds(
        GeometryRule, x=COLUMNS, y=COLUMNS, crs=st.none() | NAMES, same_place=st.booleans(),
        check=st.lists(st.builds(PairCheck, text=COLUMNS), max_size=2).map(tuple),
    ),
    st.builds(GeometryRule, wkt=COLUMNS, exchanged=st.booleans()),
    st.just(GeometryRule(feature=True)),
)  # fmt: skip
CORRECTIONS = st.one_of(
    st.builds(
        Correction,
        where=st.dictionaries(NAMES, SCALARS, min_size=1, max_size=2),
        set=st.dictionaries(NAMES, SCALARS, min_size=1, max_size=2),
        reason=st.text("abc\"'\\\n#", min_size=3, max_size=9),
    ),
    st.builds(Correction, row=st.integers(1, 9), drop=st.just(True), reason=st.just("gone")),
)
MAPPINGS = st.builds(
    Mapping,
    kind=st.one_of(
        st.none(), NAMES,
        st.builds(KindRule, column=COLUMNS, values=st.dictionaries(NAMES, NAMES, max_size=3),
                  otherwise=st.none() | NAMES),
    ),
    owner=st.none() | NAMES,
    licence=st.none() | NAMES,
    note=st.none() | NAMES,
    ignore=st.lists(NAMES, max_size=3).map(tuple),
    columns=st.dictionaries(NAMES, RULES, max_size=4),
    geometry=GEOMETRIES,
    constants=st.dictionaries(NAMES, SCALARS, max_size=3),
    corrections=st.lists(CORRECTIONS, max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(MAPPINGS)
def test_any_mapping_survives_being_written(mapping: Mapping) -> None:
    """Whatever names, words and numbers it holds, a mapping comes back equal from TOML."""
    assert loads(dumps(mapping)) == mapping


def test_dates_in_mappings_stay_dates() -> None:
    """A TOML date in a correction is a date, quoted text stays text."""
    mapping = loads(GEOMETRY + '[constants]\na = 2018-08-23\nb = "2018-08-23"\n')
    assert mapping.constants == {"a": date(2018, 8, 23), "b": "2018-08-23"}


def test_what_the_file_states_fills_a_silent_mapping(tmp_path: Path) -> None:
    """Licence and credit in the file hold where the mapping says nothing, and only there."""
    source = replace(table({"x": ["1"], "y": ["2"]}), licence="OGL-UK-3.0", attribution="Anytown")
    geometry = '[geometry]\nx = "x"\ny = "y"\ncrs = "EPSG:27700"\n'
    silent, telling = tmp_path / "silent.toml", tmp_path / "telling.toml"
    silent.write_text(f'kind = "cctv"\n{geometry}')
    telling.write_text(f'kind = "cctv"\nlicence = "CC0"\nattribution = "Nobody"\n{geometry}')
    assert load_mapping(silent, source, None).constants == {
        "licence": "OGL-UK-3.0", "attribution": "Anytown",
    }  # fmt: skip
    assert load_mapping(telling, source, None).constants == {
        "licence": "CC0", "attribution": "Nobody",
    }  # fmt: skip
