"""Ramps of coverage: every value has its colour, and colours can be told apart."""

from __future__ import annotations

import itertools
import json
from importlib.resources import files

import numpy as np
import pytest
from test_symbology import DEFICIENCIES, contrast, difference, linear, oklab

from canopy.render.coverage import ramp, ramp_names

LEAST_DIFFERENCE = 0.06
"""As for the kinds of assets: three times what is just noticeable, in Oklab."""

STEPPED = [name for name in ramp_names() if ramp(name).mode == "steps"]
CLASSED = [name for name in ramp_names() if ramp(name).mode == "classes"]


def test_every_layer_of_a_run_has_a_ramp() -> None:
    """And so have the views made from them."""
    assert set(ramp_names()) == set(
        """rsrp_dbm sinr_db margin_db probability throughput_mbps server second_server
        operators_above servers_above flag operator_rsrp_dbm operator_probability
        spot service handover difference_db""".split()
    )


@pytest.mark.parametrize("name", ramp_names())
def test_file_is_complete(name: str) -> None:
    """A ramp is named as its file, and its steps rise."""
    text = files("canopy.render").joinpath("symbology", "coverage", f"{name}.json").read_text()
    found = ramp(name)
    at = [step.at for step in found.steps if step.at is not None]
    assert (json.loads(text)["version"], found.name) == (1, name)
    assert at == sorted(set(at))
    assert found.palette[0].tolist() == [0, 0, 0, 0]
    assert all(entry.label for entry in found.steps)


def test_levels_get_the_colour_of_their_step() -> None:
    """A step holds from its lowest value on; nothing is drawn for none and unknown."""
    levels = np.array([-np.inf, np.nan, -200.0, -115.0, -105.01, -105.0, -40.0])
    colours = ramp("rsrp_dbm").with_opacity(1.0).rgba(levels)
    assert ["#" + bytes(colour[:3]).hex() if colour[3] else None for colour in colours] == [
        None, None, "#eeebb9", "#accf9f", "#accf9f", "#6baf97", "#2c3c60",
    ]  # fmt: skip


def test_no_second_server_is_the_best_margin() -> None:
    """+inf is the top step."""
    best = ramp("margin_db")
    assert best.indices(np.array([np.inf]))[0] == best.indices(np.array([50.0]))[0]


@pytest.mark.parametrize(("name", "unknown"), [("operators_above", 255), ("servers_above", 65_535)])
def test_unknown_counts_are_not_drawn_as_none(name: str, unknown: int) -> None:
    """Zero has a colour and not known has none."""
    counts = np.array([0, unknown], dtype=np.uint16)
    assert (ramp(name).rgba(counts)[:, 3] > 0).tolist() == [True, False]


def test_servers_take_the_colours_in_turn() -> None:
    """Index 0 and 8 share one of eight; -1 is none and -2 not known."""
    found = ramp("server").indices(np.array([0, 8, 1, -1, -2], np.int32))
    assert found.tolist() == [3, 3, 4, 2, 1]


def test_not_known_is_seen_among_not_spots() -> None:
    """The third state has a colour of its own."""
    assert ramp("spot").rgba(np.array([0, 1], np.uint8))[0, 3] > 0


def test_value_of_no_class_is_not_drawn() -> None:
    """A code that the layer does not have takes no other's colour."""
    assert ramp("spot").rgba(np.array([9], np.uint8))[0, 3] == 0


def test_slider_hides_what_is_below() -> None:
    """From the threshold on, a level is drawn as before."""
    values = np.array([-105.1, -105.0])
    shown = ramp("rsrp_dbm").shown_above(-105.0).rgba(values)
    assert shown[0].tolist() == [0, 0, 0, 0]
    assert shown[1].tolist() == ramp("rsrp_dbm").rgba(values)[1].tolist()


def test_any_shape_keeps_its_shape() -> None:
    """Also beyond what is coloured at once."""
    values = np.full((1100, 1000), -90.0, np.float32)
    values[-1, -1] = np.nan
    found = ramp("rsrp_dbm").indices(values)
    assert found.shape == values.shape
    assert (found[0, 0], found[-1, -1]) == (6, 1)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("name", STEPPED)
def test_neighbouring_steps_are_told_apart(name: str, deficiency: str) -> None:
    """By everyone."""
    colours = [step.colour or "" for step in ramp(name).steps]
    gaps = [difference(a, b, deficiency) for a, b in itertools.pairwise(colours)]
    assert min(gaps) >= LEAST_DIFFERENCE


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("name", CLASSED)
def test_classes_are_told_apart(name: str, deficiency: str) -> None:
    """Every one from every other, "not known" too."""
    found = ramp(name)
    colours = [e.colour for e in (*found.steps, found.unknown, found.none) if e.colour]
    gaps = [difference(a, b, deficiency) for i, a in enumerate(colours) for b in colours[:i]]
    assert min(gaps) >= LEAST_DIFFERENCE


@pytest.mark.parametrize("name", ["rsrp_dbm", "sinr_db", "margin_db", "throughput_mbps"])
def test_more_is_darker(name: str) -> None:
    """So the order is seen in greyscale too."""
    lightness = [float(oklab(linear(step.colour or ""))[0]) for step in ramp(name).steps]
    assert lightness == sorted(lightness, reverse=True)


def test_total_not_spots_stand_out() -> None:
    """With 3:1 against white (WCAG 2.2, 1.4.11)."""
    assert contrast(ramp("spot").steps[0].colour or "", "#ffffff") >= 3


def test_layer_without_a_ramp_is_named() -> None:
    """The message says which there are."""
    with pytest.raises(KeyError, match="rsrp_dbm"):
        ramp("rsrq")
