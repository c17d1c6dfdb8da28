"""A merge patch does what RFC 7396 says, and a proposal reads one so."""

from __future__ import annotations

import pytest

from canopy.assets.editing.writing.proposed import merge_patch

VECTORS = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""Target, patch, result: RFC 7396, appendix A."""


@pytest.mark.parametrize(("target", "patch", "result"), VECTORS)
def test_merge_patch_gives_the_standard_s_results(
    target: object, patch: object, result: object
) -> None:
    """Every example of the standard."""
    assert merge_patch(target, patch) == result


def test_merge_patch_leaves_what_it_was_given() -> None:
    """Neither the value nor the patch is changed."""
    target, patch = {"a": {"b": 1}}, {"a": {"b": None, "c": 2}}
    assert merge_patch(target, patch) == {"a": {"c": 2}}
    assert (target, patch) == ({"a": {"b": 1}}, {"a": {"b": None, "c": 2}})
