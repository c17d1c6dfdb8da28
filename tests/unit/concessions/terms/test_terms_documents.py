"""Terms as stored documents are the same agreement again."""

from __future__ import annotations

import json

import pytest
from terms_files import CONCESSION, DUCTS

from canopy.concessions.terms.reading import from_document, loads, to_document

BASE_MONTH = CONCESSION.replace("lag_months = 2", 'base_month = "2026-02"')


@pytest.mark.parametrize("terms", [CONCESSION, DUCTS, BASE_MONTH])
def test_a_document_reads_back_as_the_same_agreement(terms: str) -> None:
    """Through JSON text: dates, months and decimals lose nothing."""
    agreement = loads(terms)
    assert from_document(json.loads(json.dumps(to_document(agreement)))) == agreement
