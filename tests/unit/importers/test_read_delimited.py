"""Delimited text: encodings, delimiters, headers, row numbers and exact values."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from source_files import bytes_file, read_one, text_file

from canopy.assets.importers.delimited import DelimitedText
from canopy.assets.importers.delimiter import Dialect
from canopy.assets.importers.encoding import text_encoding
from canopy.errors import BadSource

ROWS = "ref,street,height_m\nLC1,Café Row,5\nLC2,“Mill” Lane,6\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings_are_recognised(tmp_path: Path, encoding: str, name: str) -> None:
    """Text in each encoding gives the same rows, and the encoding is named."""
    read = read_one(text_file(tmp_path, "lamps.csv", ROWS, encoding))
    assert read.table.encoding == name
    assert read.rows() == [("LC1", "Café Row", "5"), ("LC2", "“Mill” Lane", "6")]


def test_an_encoding_can_be_given(tmp_path: Path) -> None:
    """A file in MacRoman reads rightly when the caller says so."""
    path = text_file(tmp_path, "lamps.csv", ROWS, "mac-roman")
    assert read_one(path, encoding="mac-roman").columns["street"][0] == "Café Row"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    """An encoding that does not exist is refused by name."""
    with pytest.raises(BadSource, match="'utf-9'"):
        read_one(text_file(tmp_path, "lamps.csv", ROWS), encoding="utf-9")


def test_accents_after_the_first_block_are_seen(tmp_path: Path) -> None:
    """A cp1252 letter two megabytes into an ASCII file still decides the encoding."""
    text = "ref,street\n" + "LC1,Mill Lane\n" * 150_000 + "LC2,Café Row\n"
    read = read_one(text_file(tmp_path, "lamps.csv", text, "cp1252"))
    assert read.table.encoding == "cp1252"
    assert read.columns["street"][-1] == "Café Row"


@pytest.mark.parametrize("mark", [",", ";", "|", "\t", "^", "~", "¬"])
def test_delimiters_are_recognised(tmp_path: Path, mark: str) -> None:
    """Each delimiter divides the columns, a decimal comma staying text where it can."""
    text = "ref;street;height_m\nLC1;Mill Lane;5.5\nLC2;High Road;6.5\n".replace(";", mark)
    read = read_one(text_file(tmp_path, "lamps.csv", text))
    assert read.rows() == [("LC1", "Mill Lane", "5.5"), ("LC2", "High Road", "6.5")]


def test_decimal_commas_stay_text(tmp_path: Path) -> None:
    """Semicolons win over the commas inside numbers, which stay as written."""
    read = read_one(text_file(tmp_path, "lamps.csv", "ref;h\nLC1;5,5\nLC2;6,25\n"))
    assert read.columns == {"ref": ["LC1", "LC2"], "h": ["5,5", "6,25"]}


def test_leading_zeros_stay(tmp_path: Path) -> None:
    """A UPRN in text keeps its zeros."""
    read = read_one(text_file(tmp_path, "lamps.csv", "uprn,ref\n010000480247,LC1\n"))
    assert read.columns["uprn"] == ["010000480247"]


def test_excel_separator_line_is_obeyed(tmp_path: Path) -> None:
    """Excel's first line `sep=;` sets the delimiter and is no row."""
    read = read_one(text_file(tmp_path, "lamps.csv", "sep=;\nref;h\nLC1;5,5\n"))
    assert read.rows() == [("LC1", "5,5")]
    assert read.numbers == [3]


def test_spaces_after_delimiters_do_not_break_quotes(tmp_path: Path) -> None:
    """`a, "b, c"` is two values."""
    read = read_one(
        text_file(tmp_path, "lamps.csv", 'ref, street\nLC1, "Mill, Old"\nLC2, "A, B"\n')
    )
    assert read.rows() == [("LC1", "Mill, Old"), ("LC2", "A, B")]


def test_row_numbers_are_lines_where_rows_start(tmp_path: Path) -> None:
    """A quoted value over three lines moves the following rows' numbers on."""
    text = 'Report\n\nref,note\nLC1,"one\ntwo\r\nthree"\nLC2,x\n\nLC3,y\n'
    read = read_one(bytes_file(tmp_path, "lamps.csv", text.encode()))
    assert read.numbers == [4, 7, 9]
    assert read.columns["note"] == ["one\ntwo\r\nthree", "x", "y"]


def test_old_macintosh_line_ends_are_read(tmp_path: Path) -> None:
    """Lines that end with a carriage return alone are lines."""
    read = read_one(bytes_file(tmp_path, "lamps.csv", b"ref,h\rLC1,5\rLC2,6\r"))
    assert read.rows() == [("LC1", "5"), ("LC2", "6")]
    assert read.numbers == [2, 3]


def test_last_line_without_a_break_is_kept_when_whole(tmp_path: Path) -> None:
    """A last row with all its values counts, line break or not."""
    read = read_one(text_file(tmp_path, "lamps.csv", "ref,h\nLC1,5\nLC2,6"))
    assert read.columns["ref"] == ["LC1", "LC2"]
    assert read.rejects == []


def test_reading_goes_on_after_an_unclosed_quote(tmp_path: Path) -> None:
    """Only the line with the open quote is lost; the rows after it are read."""
    text = 'ref,street,h\nLC1,A,1\nLC2,"B,2\nLC3,C,3\nLC4,"D, E",4\nLC5,F,5\n'
    read = read_one(text_file(tmp_path, "lamps.csv", text))
    assert [(issue.row, issue.code) for issue in read.rejects] == [(3, "unclosed-quote")]
    assert read.columns["ref"] == ["LC1", "LC3", "LC4", "LC5"]
    assert read.numbers == [2, 4, 5, 6]


def test_swallowed_rows_are_read_again(tmp_path: Path) -> None:
    """A quote closed by chance three rows on does not hide the rows between."""
    text = 'ref,street,h,w\nLC1,"A,1,1\nLC2,B,2,2\nLC3,C,3,3\nLC4,D",4,4\nLC5,E,5,5\n'
    read = read_one(text_file(tmp_path, "lamps.csv", text))
    assert read.columns["ref"] == ["LC2", "LC3", "LC4", "LC5"]
    assert [(issue.row, issue.code) for issue in read.rejects] == [(2, "unclosed-quote")]


def test_stray_quotes_are_read_as_they_stand(tmp_path: Path) -> None:
    """`"Mill "Old" Lane"` keeps its row, with a warning that names the line."""
    text = 'ref,street,h\nLC1,"Mill "Old" Lane",5\nLC2,B,2\n'
    read = read_one(text_file(tmp_path, "lamps.csv", text))
    assert read.rows() == [("LC1", 'Mill Old" Lane"', "5"), ("LC2", "B", "2")]
    assert [(issue.row, issue.code) for issue in read.warnings] == [(2, "stray-quote")]


def test_batches_hold_ten_thousand_rows(tmp_path: Path) -> None:
    """A long file comes in batches of one size, in order, and again from the first row."""
    path = text_file(tmp_path, "n.csv", "n,m\n" + "".join(f"{i},x\n" for i in range(25_500)))
    first = read_one(path)
    sizes = [len(batch) for batch in first.table.batches()]
    assert sizes == [10_000, 10_000, 5_500]
    assert first.columns["n"] == [str(i) for i in range(25_500)]
    assert first.numbers == list(range(2, 25_502))


def test_faults_far_down_keep_their_line(tmp_path: Path) -> None:
    """A row that is too long in the third block is named by its line."""
    lines = ["n,m\n"] + [f"{i},x\n" for i in range(2_500)]
    lines[2_300] = "a,b,c\n"
    read = read_one(text_file(tmp_path, "n.csv", "".join(lines)))
    assert [issue.row for issue in read.rejects] == [2_301]
    assert len(read.numbers) == 2_499


def test_a_stated_header_row_is_used(tmp_path: Path) -> None:
    """The caller may name the header's line, or say that there is none."""
    path = text_file(tmp_path, "n.csv", "1,2\n3,4\n5,6\n")
    assert read_one(path, header_row=2).columns == {"3": ["5"], "4": ["6"]}
    assert read_one(path, header_row=0).columns["column_1"] == ["1", "3", "5"]


@pytest.mark.parametrize(
    "header",
    ["ward,2018,2019,2020", "ward,all,0,1", "lat,lon,name,x", "Ref.,Height (m),UPRN,1st"],
)
def test_headers_with_numbers_in_them_are_headers(tmp_path: Path, header: str) -> None:
    """Years, ages and units in column names do not make a header data."""
    read = read_one(text_file(tmp_path, "n.csv", header + "\nA1,5,6,7\nA2,6,7,8\n"))
    assert read.table.columns == tuple(header.split(","))


def test_nameless_columns_are_numbered_and_empty_ones_dropped(tmp_path: Path) -> None:
    """An index column without a name is `column_1`; trailing commas are no column."""
    read = read_one(text_file(tmp_path, "n.csv", ",ref,h,,\n0,LC1,5,,\n1,LC2,6,,\n"))
    assert read.columns == {"column_1": ["0", "1"], "ref": ["LC1", "LC2"], "h": ["5", "6"]}


def test_row_count_is_estimated_from_lines(tmp_path: Path) -> None:
    """The count for a progress bar is at hand before reading, and marked as an estimate."""
    table = read_one(text_file(tmp_path, "n.csv", "n,m\n" + "1,x\n" * 500)).table
    assert (table.row_count, table.row_count_exact) == (500, False)


CELLS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd"), max_size=12
)
PLAIN_CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd")
    | st.sampled_from("\n\r\t"),
    max_size=12,
)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=40)
PLAIN_TABLES = st.lists(st.tuples(PLAIN_CELLS, PLAIN_CELLS, PLAIN_CELLS), min_size=1, max_size=40)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=TABLES, mark=st.sampled_from([",", ";", "\t", "|", "^", ":", " "]), crlf=st.booleans())
def test_any_text_survives_quoting(
    tmp_path: Path, rows: list[tuple[str, str, str]], mark: str, crlf: bool
) -> None:
    """Whatever the csv module writes comes back exactly, with any delimiter."""
    stream = io.StringIO(newline="")
    # csv leaves a lone carriage return unquoted where it does not end lines itself.
    quoting = csv.QUOTE_MINIMAL if crlf else csv.QUOTE_ALL
    end = "\r\n" if crlf else "\n"
    csv.writer(stream, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    path = bytes_file(tmp_path, "any.csv", stream.getvalue().encode())
    text = DelimitedText(path, text_encoding(path, "utf-8"), Dialect(mark), width=3)
    assert [tuple(row) for block in text.blocks() for row in block.rows] == rows


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=PLAIN_TABLES, mark=st.sampled_from([",", ";", "\t", "|"]))
def test_any_table_is_read_without_being_told(
    tmp_path: Path, rows: list[tuple[str, str, str]], mark: str
) -> None:
    """Fully quoted tables come back with delimiter and header found by the reader."""
    kept = [(f"A{i}", *row) for i, row in enumerate(rows)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("ref", "first", "second", "third"), *kept])
    read = read_one(bytes_file(tmp_path, "any.csv", stream.getvalue().encode()))
    repaired = {issue.row for issue in read.warnings if issue.code == "mojibake"}
    same = [i for i, number in enumerate(read.numbers) if number not in repaired]
    assert [read.rows()[i] for i in same] == [kept[i] for i in same]
    assert read.columns["ref"] == [f"A{i}" for i in range(len(kept))]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(min_size=1, max_size=400))
@example(content=b"\t\t!")
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    """No content whatever raises anything but a refusal, and no row is counted twice.

    Columns are not asked for by name: content with tabs may part the heading at them."""
    path = bytes_file(tmp_path, "any.csv", b"ref,street\n" + content)
    try:
        read = read_one(path)
    except BadSource:
        return
    assert len(set(read.numbers)) == len(read.numbers)
    assert {len(values) for values in read.columns.values()} == {len(read.numbers)}
