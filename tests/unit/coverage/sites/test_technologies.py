"""Radio technologies: ids, reported levels, limits and where values come from."""

from __future__ import annotations

import math

import pytest

from canopy.coverage.sites.technologies import TECHNOLOGIES, technology
from canopy.errors import Refused


def test_unknown_technology_is_refused_with_the_ids_there_are() -> None:
    """Who mistypes an id is told every id."""
    with pytest.raises(Refused) as refusal:
        technology("lte-9999")
    assert [each for each in TECHNOLOGIES if each not in refusal.value.detail] == []


def test_technologies_are_found_by_their_own_id() -> None:
    """The key of each record is its id."""
    assert {key: each.technology_id for key, each in TECHNOLOGIES.items()} == {
        key: key for key in TECHNOLOGIES
    }


# Resource blocks times 12: TS 36.101 Table 5.6-1 (20 MHz: 100), TS 38.101-1 Table 5.3.2-1
# (10 MHz at 15 kHz: 52; 100 MHz at 30 kHz: 273) and 38.101-2 (100 MHz at 120 kHz: 66).
@pytest.mark.parametrize(
    ("technology_id", "parts"),
    [
        ("lte-1800", 1200),
        ("lte-800", 600),
        ("nr-700", 624),
        ("nr-3500", 3276),
        ("nr-26000", 792),
        ("gsm-900", 1),
        ("wifi-5000", 1),
        ("lorawan-868", 1),
    ],
)
def test_reported_level_counts_one_of_the_carriers_parts(technology_id: str, parts: int) -> None:
    """RSRP counts one resource element; 2G, Wi-Fi and LoRaWAN report the whole carrier."""
    assert technology(technology_id).reference_carriers == parts


def test_reference_level_of_forty_dbm_in_ten_megahertz() -> None:
    """40 dBm over 600 resource elements is 40 - 27.78 = 12.22 dBm each."""
    assert technology("lte-800").reference_eirp_dbm(40.0) == pytest.approx(12.22, abs=0.005)


def test_reference_level_follows_the_sites_own_bandwidth() -> None:
    """5 MHz of LTE has 300 resource elements: 40 - 24.77 = 15.23 dBm."""
    assert technology("lte-800").reference_eirp_dbm(40.0, 5.0) == pytest.approx(15.23, abs=0.005)


def test_bandwidth_that_is_not_defined_is_refused() -> None:
    """LTE has no 7 MHz carrier, so no level is made up for one."""
    with pytest.raises(Refused, match=r"no carrier of 7 MHz; it has 1\.4, 3, 5, 10, 15, 20 MHz"):
        technology("lte-800").reference_carriers_at(7.0)


def test_licence_limit_grows_with_the_carrier() -> None:
    """64 dBm in each 5 MHz is 67.01 dBm in 10 MHz (10 log10 2 = 3.01)."""
    assert technology("lte-800").eirp_limit_dbm(10.0) == pytest.approx(67.01, abs=0.005)


def test_licence_limit_does_not_shrink_below_its_own_bandwidth() -> None:
    """A carrier narrower than 5 MHz may still have the whole 64 dBm."""
    assert technology("lte-800").eirp_limit_dbm(1.4) == 64.0


def test_lorawan_limits_are_effective_radiated_power_of_a_dipole() -> None:
    """25 mW and 500 mW ERP are 13.98 and 26.99 dBm over a dipole, 2.15 dB more over isotropic."""
    limits = [limit.eirp_dbm for limit in technology("lorawan-868").limits]
    assert limits == pytest.approx([16.13, 29.14], abs=0.005)


def test_mmwave_has_no_limit_made_up_for_it() -> None:
    """What is not known is None, not a number."""
    assert technology("nr-26000").eirp_limit_dbm(100.0) is None


@pytest.mark.parametrize("each", TECHNOLOGIES.values(), ids=list(TECHNOLOGIES))
def test_defaults_lie_in_their_own_band_and_limit(each) -> None:  # type: ignore[no-untyped-def]
    """A default carrier fits its band and a default site keeps to the licence."""
    low, high = each.band_mhz
    most = each.eirp_limit_dbm(each.bandwidth_mhz) or math.inf
    assert (low <= each.frequency_mhz <= high, each.macro.eirp_dbm <= most) == (True, True)


@pytest.mark.parametrize("each", TECHNOLOGIES.values(), ids=list(TECHNOLOGIES))
def test_every_technology_tells_where_its_values_come_from(each) -> None:  # type: ignore[no-untyped-def]
    """Threshold, noise figure, throughput, carriers, limit, heights and reach have a note."""
    told = {note.about for note in each.notes}
    needed = {
        "threshold_dbm", "noise_figure_db", "throughput", "reference_carriers", "EIRP limit",
        "antenna_height_m", "reach_m", "receiver_height_m", "band_mhz",
    }  # fmt: skip
    assert needed - told == set()


def test_lte_throughput_reaches_its_cap_at_twenty_two_decibels() -> None:
    """TR 36.942, Annex A: 0.6 log2(1 + 10^2.2) = 0.6 * 7.318 = 4.39, the cap of 4.4 bit/s/Hz."""
    lte = technology("lte-1800")
    assert lte.shannon_share * math.log2(1 + 10**2.2) == pytest.approx(
        lte.most_bps_per_hz, abs=0.02
    )
