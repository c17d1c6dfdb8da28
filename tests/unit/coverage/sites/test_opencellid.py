"""Existing cells from OpenCelliD: rows, sites, assumptions and what is said of both."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.sites.opencellid import SiteRules, read_opencellid
from canopy.coverage.sites.operators import uk_operators
from canopy.errors import BadSource, Refused

HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
)

# Camden Town Hall and a place 0.001 degrees east of it.
LON, LAT = -0.1265, 51.5291


def row(
    radio: str = "LTE",
    net: object = 10,
    cell: object = 256,
    lon: object = LON,
    lat: object = LAT,
    *,
    area: int = 7,
    mcc: object = 234,
    samples: object = 1,
    updated: int = 1_700_000_000,
    range_m: object = 1000,
) -> str:
    return f"{radio},{mcc},{net},{area},{cell},-1,{lon},{lat},{range_m},{samples},1,1,{updated},0"


def file(folder: Path, *rows: str, name: str = "cells.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((*rows, "")), encoding="utf-8")
    return path


def test_file_with_and_without_its_header_gives_the_same(tmp_path: Path) -> None:
    """The heading is recognised and not taken for a cell."""
    bare = read_opencellid(file(tmp_path, row()))
    headed = read_opencellid(file(tmp_path, HEADER, row(), name="headed.csv"))
    assert (headed.sites, headed.report.rows) == (bare.sites, 1)


def test_gzip_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    """The file is known by its first bytes."""
    plain = file(tmp_path, HEADER, row())
    packed = tmp_path / "cells.download"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_opencellid(packed).sites == read_opencellid(plain).sites


def test_truncated_gzip_is_no_short_list(tmp_path: Path) -> None:
    """Half a download is refused, not read as half the cells."""
    whole = gzip.compress("\n".join(row(cell=256 * n) for n in range(1, 2000)).encode())
    packed = tmp_path / "cells.csv.gz"
    packed.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadSource, match="damaged gzip"):
        read_opencellid(packed)


def test_sectors_of_one_enodeb_are_one_site(tmp_path: Path) -> None:
    """An LTE cell identity is an eNodeB times 256 and a cell: 5 * 256 + 1 and + 2 are one site."""
    read = read_opencellid(
        file(tmp_path, row(cell=1281), row(cell=1282), row(cell=1536), row(cell=1281, net=15))
    )
    assert [site.site_id for site in read.sites] == [
        "opencellid-234-10-lte-5",
        "opencellid-234-10-lte-6",
        "opencellid-234-15-lte-5",
    ]


def test_gnb_of_twenty_four_bits_is_the_site_of_a_5g_cell(tmp_path: Path) -> None:
    """36 - 24 = 12 bits tell cells apart: 3 * 4096 and 3 * 4096 + 4095 are of gNB 3."""
    path = file(tmp_path, row("NR", cell=12288), row("NR", cell=16383), row("NR", cell=16384))
    read = read_opencellid(path, radios=("NR",))
    assert [site.site_id[-4:] for site in read.sites] == ["nr-3", "nr-4"]


def test_longer_gnb_identity_can_be_chosen(tmp_path: Path) -> None:
    """With 32 bits only 4 are left for cells, so 12288 and 16383 are different sites."""
    path = file(tmp_path, row("NR", cell=12288), row("NR", cell=16383))
    read = read_opencellid(path, radios=("NR",), rules=SiteRules(gnb_bits=32))
    assert len(read.sites) == 2


def test_2g_sectors_share_a_site_by_number_and_nearness(tmp_path: Path) -> None:
    """Cells 1001 and 1002 at one place are a site; 1003, 0.1° (11 km) north, is another."""
    path = file(
        tmp_path,
        row("GSM", cell=1001),
        row("GSM", cell=1002, lon=LON + 0.001),
        row("GSM", cell=1003, lat=LAT + 0.1),
        row("GSM", cell=1011),
    )
    read = read_opencellid(path, radios=("GSM",))
    assert [site.site_id for site in read.sites] == [
        "opencellid-234-10-gsm-7-100",
        "opencellid-234-10-gsm-7-100-2",
        "opencellid-234-10-gsm-7-101",
    ]


def test_3g_sectors_are_told_apart_by_controller(tmp_path: Path) -> None:
    """Cell 1001 of RNC 2 and cell 1002 of RNC 3 do not share a site."""
    path = file(tmp_path, row("UMTS", cell=2 * 65536 + 1001), row("UMTS", cell=3 * 65536 + 1002))
    assert len(read_opencellid(path, radios=("UMTS",)).sites) == 2


def test_site_lies_where_most_samples_were_taken(tmp_path: Path) -> None:
    """3 samples at 0 and 1 at 0.004° east: a quarter of 0.004°, 0.001° east of the first."""
    merged = read_opencellid(
        file(tmp_path, row(cell=257, samples=3), row(cell=258, lon=LON + 0.004, samples=1))
    ).sites[0]
    there = read_opencellid(file(tmp_path, row(lon=LON + 0.001))).sites[0]
    assert (merged.easting_m, merged.northing_m) == pytest.approx(
        (there.easting_m, there.northing_m), abs=0.05
    )


def test_spread_of_the_cells_is_the_sites_uncertainty(tmp_path: Path) -> None:
    """Two cells of equal weight 0.004° apart: half of 0.004 * 69.35 km = 138.7 m.

    One degree of longitude at 51.53° N: 111.32 km * cos 51.53° = 69.25 km on the sphere, 69.4
    on the ellipsoid.
    """
    site = read_opencellid(file(tmp_path, row(cell=257), row(cell=258, lon=LON + 0.004))).sites[0]
    assert site.position_uncertainty_m == pytest.approx(138.8, abs=0.5)


def test_lone_cell_is_as_uncertain_as_its_range(tmp_path: Path) -> None:
    """One estimate has no spread of its own, so the file's range stands for it."""
    site = read_opencellid(file(tmp_path, row(range_m=1234))).sites[0]
    assert site.position_uncertainty_m == 1234


def test_cells_at_one_point_are_not_believed_exact(tmp_path: Path) -> None:
    """Equal estimates come from equal streets; 50 m is the least uncertainty."""
    site = read_opencellid(file(tmp_path, row(cell=257), row(cell=258))).sites[0]
    assert site.position_uncertainty_m == 50


def test_every_site_is_estimated_and_names_what_is_assumed(tmp_path: Path) -> None:
    """No map can take an OpenCelliD site for a surveyed one."""
    site = read_opencellid(file(tmp_path, row())).sites[0]
    told = {"technology", "eirp_dbm", "antenna_height_m", "frequency_mhz", "pattern"}
    assert (site.estimated, site.source, told <= set(site.assumed)) == (True, "opencellid", True)


def test_position_is_on_the_national_grid(tmp_path: Path) -> None:
    """51.5291 N 0.1265 W lies in TQ 30 82; longitude 2 W is easting 400 km by definition."""
    site = read_opencellid(file(tmp_path, row())).sites[0]
    assert (int(site.easting_m // 1000), int(site.northing_m // 1000)) == (530, 182)


def test_band_of_an_operator_can_be_told(tmp_path: Path) -> None:
    """The file has no band, so who knows better says so."""
    rules = SiteRules(by_operator={("o2", "LTE"): "lte-800"})
    read = read_opencellid(file(tmp_path, row(), row(net=30)), rules=rules)
    assert [site.technology for site in read.sites] == ["lte-800", "lte-1800"]


def test_unknown_network_keeps_its_code(tmp_path: Path) -> None:
    """A network code that no operator is known for is neither lost nor guessed."""
    read = read_opencellid(file(tmp_path, row(net=99), row(net=10)))
    assert (read.sites[0].operator, read.report.unknown_networks) == ("234-99", {"234-99": 1})


@pytest.mark.parametrize(
    ("net", "apart", "merged"),
    [
        (10, "o2", "o2"),
        (15, "vodafone", "vodafonethree"),
        (20, "three", "vodafonethree"),
        (30, "ee", "ee"),
        (33, "ee", "ee"),
    ],
)
def test_merged_operators_are_one_when_asked_for(net: int, apart: str, merged: str) -> None:
    """Vodafone and Three count apart unless the merger is chosen."""
    assert (uk_operators()[234, net], uk_operators(merged=True)[234, net]) == (apart, merged)


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (row("5G"), "radio"),
        (row(mcc="two"), "mcc"),
        (row(net=-1), "net"),
        (row(cell=1 << 28), "cell"),
        (row(cell=0), "cell"),
        (row(cell="1e5"), "cell"),
        (row(lon="nan"), "lon"),
        (row(lon=181), "lon"),
        (row(lat="inf"), "lat"),
        (row(lon=0, lat=0), "lon"),
        (row(samples=-3), "samples"),
        (row(range_m="far"), "range"),
        (row() + ",1", "row"),
        ("LTE,234", "row"),
    ],
)
def test_bad_row_is_reported_with_its_line_and_column(
    tmp_path: Path, bad: str, column: str
) -> None:
    """A row that cannot be used is told, and the others are read."""
    read = read_opencellid(file(tmp_path, row(), bad))
    told = [(issue.row, issue.column) for issue in read.report.first]
    assert (len(read.sites), told, dict(read.report.rejected)) == (1, [(2, column)], {column: 1})


def test_cell_outside_the_crs_is_reported(tmp_path: Path) -> None:
    """A cell in the Atlantic has no place on the National Grid, and is not put somewhere."""
    read = read_opencellid(file(tmp_path, row(), row(cell=512, lon=-30)))
    assert (len(read.sites), dict(read.report.rejected)) == (1, {"outside the CRS": 1})


def test_report_accounts_for_every_row(tmp_path: Path) -> None:
    """Used, repeated, not asked for and rejected rows add up to the file's."""
    path = file(
        tmp_path, row(), row(), row("GSM"), row(mcc=208), row(lon=5), row(lon="x"), row(cell=300)
    )
    report = read_opencellid(path, bounds_lonlat=(-1, 51, 1, 52)).report
    parts = (report.cells, report.repeated, report.not_asked, sum(report.rejected.values()))
    assert (parts, report.rows) == ((2, 1, 3, 1), 7)


def test_repeated_cell_is_the_one_updated_last(tmp_path: Path) -> None:
    """Of two rows of one cell the newer counts, in whatever order they stand."""
    new, old = row(lon=-0.2, updated=2), row(lon=-0.1, updated=1)
    first = read_opencellid(file(tmp_path, new, old)).sites[0]
    last = read_opencellid(file(tmp_path, old, new, name="turned.csv")).sites[0]
    assert first.easting_m == last.easting_m < 530_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no rows"),
        (HEADER + "\n", "none of its 0 rows"),
        ("name,x,y\na,1,2\n", "line 1: neither a cell nor a heading with radio, mcc"),
        ("LTE,234,10\nLTE,234,10\n", "none of its 2 rows can be read, the first: 3 values"),
        ("x" * 5000, "line 1 is longer than 2,000"),
        ("\x00\x01\x02", "line 1: neither"),
    ],
)
def test_file_that_is_none_is_refused_and_not_empty(tmp_path: Path, text: str, reason: str) -> None:
    """No unreadable file looks like a place without cells."""
    path = tmp_path / "cells.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSource, match=reason):
        read_opencellid(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(BadSource, match=r"nowhere\.csv cannot be read"):
        read_opencellid(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("bits", [21, 33])
def test_impossible_gnb_length_is_refused(bits: int) -> None:
    """TS 38.300: 22 to 32 bits."""
    with pytest.raises(Refused, match="22 to 32"):
        SiteRules(gnb_bits=bits)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever follows a good row, the good row is read and nothing else is raised."""
    path = tmp_path_factory.mktemp("any") / "cells.csv"
    path.write_bytes((row() + "\n" + text).encode("utf-8", "surrogatepass"))
    assert len(read_opencellid(path).sites) >= 1


@pytest.mark.real_data
def test_camden_has_2820_lte_sites_of_four_operators(real_data: Path) -> None:
    """As counted in the file by operator and eNodeB, apart from this reader."""
    read = read_opencellid(real_data / "data" / "radio" / "opencellid_camden_area.csv")
    counts = Counter(site.operator for site in read.sites)
    assert counts == {"o2": 1244, "ee": 630, "vodafone": 567, "three": 379}


@pytest.mark.real_data
def test_every_real_row_is_accounted_for(real_data: Path) -> None:
    """9,749 rows: 7,898 of LTE, the rest of 2G, 3G and 5G, and none rejected."""
    report = read_opencellid(real_data / "data" / "radio" / "opencellid_camden_area.csv").report
    assert (report.rows, report.cells, report.not_asked, dict(report.rejected)) == (
        9749,
        7898,
        1851,
        {},
    )
