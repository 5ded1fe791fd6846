"""An ingest that runs for the length of a test, on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr

from orchestrator.clock import WallClock
from orchestrator.streaming.ingest import Ingest
from orchestrator.streaming.source import PullLimits, SourceConfig
from tests.streaming.collector import Collector
from tests.streaming.encoder import PASSPHRASE, free_port


class Receiving:
    """The ingest, what came of it, and where to send."""

    def __init__(self, ingest: Ingest, sink: Collector, port: int, private_dir: Path) -> None:
        self.ingest, self.sink, self.port, self.private_dir = ingest, sink, port, private_dir

    @property
    def warnings(self) -> dict[str, dict[str, float | str]]:
        """What IT is warned of now."""
        return {warning.code: warning.values for warning in self.ingest.status.warnings}

    def pid(self, stage: str) -> int:
        """The running `receiver`, `packager` or `preview`."""
        return int((self.private_dir / f"{stage}.pid").read_text().split()[0])

    def seconds(self) -> float:
        """Of media that came."""
        return sum(captured.fragment.duration for captured in self.sink.taken)


@asynccontextmanager
async def receiving(
    tmp_path: Path,
    *,
    port: int | None = None,
    url: str | None = None,
    delay_ms: int = 0,
    limits: PullLimits | None = None,
) -> AsyncIterator[Receiving]:
    """Run one; an SRT listener unless `url` says what to pull."""
    port, sink = port or free_port(), Collector()
    config = SourceConfig(
        id=uuid4(),
        name="Kommunestyresalen",
        kind="pull" if url else "srt",
        port=None if url else port,
        passphrase=None if url else SecretStr(PASSPHRASE),
        url=SecretStr(url) if url else None,
        delay_ms=delay_ms,
    )
    ingest = Ingest(
        config,
        sink,
        clock=WallClock(),
        private_dir=tmp_path / "private",
        limits=limits or PullLimits(),
        bind="127.0.0.1",
    )
    running = asyncio.create_task(ingest.run())
    try:
        yield Receiving(ingest, sink, port, tmp_path / "private")
        if running.done():
            running.result()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
