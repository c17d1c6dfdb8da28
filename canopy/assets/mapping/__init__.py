"""From a file's own columns to the catalogue's: mappings, proposals, normalised rows."""

from canopy.assets.mapping.faults import HARMLESS_REJECTS
from canopy.assets.mapping.mapping_file import load_for as load_mapping
from canopy.assets.mapping.mapping_file import loads
from canopy.assets.mapping.mapping_text import Evidence, dumps
from canopy.assets.mapping.mapping_text import as_json as mapping_as_json
from canopy.assets.mapping.model import Mapping
from canopy.assets.mapping.normalise import NormalisedBatch, Normaliser
from canopy.assets.mapping.proposal import Proposal, propose

__all__ = [
    "HARMLESS_REJECTS",
    "Evidence",
    "Mapping",
    "NormalisedBatch",
    "Normaliser",
    "Proposal",
    "dumps",
    "load_mapping",
    "loads",
    "mapping_as_json",
    "propose",
]
