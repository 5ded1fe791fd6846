"""Of recordings that were deleted the media leaves the disk, and what was said the database."""

import asyncio
import logging
from typing import Final

from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.transcripts import Transcripts
from orchestrator.store.views import Views
from orchestrator.streaming.storage import LocalStorage

log = logging.getLogger(__name__)

SWEEP_EVERY: Final = 15.0
"""Seconds between looks. Again and again: who had not read of it yet may have written some of it anew."""


class OldRecordings:
    """Deletes what the log says is deleted, on this machine; what the log does not name stays."""

    def __init__(self, views: Views, storage: LocalStorage, transcripts: Transcripts) -> None:
        self._views, self._storage, self._transcripts = views, storage, transcripts

    async def sweep(self) -> int:
        """How many broadcasts there was something to delete of."""
        await self._transcripts.delete_with_recordings()
        gone = await self._views.deleted_broadcasts()
        return await asyncio.to_thread(lambda: sum(map(self._storage.delete, gone)))

    async def run(self) -> None:
        """Delete what is to go, for ever."""
        while True:
            try:
                if deleted := await self.sweep():
                    log.info("%d recordings were old and are deleted", deleted)
            except UNAVAILABLE as error:
                log.warning("old recordings wait for the database: %s", type(error).__name__)
            except OSError as error:
                log.warning("an old recording cannot be deleted yet: %s", error)
            await asyncio.sleep(SWEEP_EVERY)
