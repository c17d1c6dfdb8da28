"""Files of documents as they go into a backup, and come back from one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from canopy.concessions.register import queries
from canopy.concessions.register.records.files import FileStore
from canopy.db.backup.attached import AttachedFile
from canopy.db.engine import Database
from canopy.errors import NotFound, StorageUnavailable
from canopy.settings import Settings

_NO_LIMIT = 2**63
"""What was kept once is kept again, whatever the limit is now."""


@dataclass(slots=True)
class DocumentCopies:
    """The files of the documents on record, withdrawn ones too.

    Attributes:
        missing: what could not be read when the files were given, as sentences.
    """

    database: Database
    settings: Settings
    missing: list[str] = field(default_factory=list)

    def files(self) -> Iterator[AttachedFile]:
        """Each file once, compared with its SHA-256."""
        with self.database.reading() as session:
            listed = queries.document_files(session)
        folder = self.settings.register_documents
        if folder is None:
            if listed:
                self.missing.append(
                    f"{len(listed)} documents are on record, and CANOPY_REGISTER_DOCUMENTS names "
                    "no folder that their files are in"
                )
            return
        store = FileStore(folder, _NO_LIMIT)
        for sha256, suffix in listed:
            try:
                content = store.get(sha256)
            except (NotFound, StorageUnavailable) as error:
                self.missing.append(error.detail)
            else:
                yield AttachedFile(sha256, suffix, content)


def keep_in(settings: Settings, suffix: str, parts: Iterator[bytes]) -> None:
    """Keep a file that comes from a backup, where the settings name a folder for it."""
    if settings.register_documents is not None:
        FileStore(settings.register_documents, _NO_LIMIT).put(parts, f"restored{suffix}")
