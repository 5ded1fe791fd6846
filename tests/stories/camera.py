"""An encoder as they are in halls: whenever it loses the service it connects again by itself."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.streaming.encoder import Encoder, EncoderRefusedError


@dataclass
class Camera:
    """Films until the block ends. `connected`: when (`time.time()`) each connection began to send."""

    connected: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)
    encoder: Encoder | None = None

    def pull_the_cable(self) -> None:
        """Gone without a goodbye; a new connection follows."""
        if self.encoder is not None:
            self.encoder.kill()

    async def connection(self, number: int, within: float = 30.0) -> float:
        """When connection ``number`` (the first is 1) began; waits for it."""
        async with asyncio.timeout(within):
            while len(self.connected) < number:
                await asyncio.sleep(0.05)
        return self.connected[number - 1]


@asynccontextmanager
async def filming(make: Callable[[], Encoder]) -> AsyncIterator[Camera]:
    """Film for as long as the block lasts; ``make`` gives the encoder for each connection."""
    camera = Camera()
    with contextlib.suppress(PermissionError):  # real ones have a machine of their own
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    task = asyncio.create_task(_film(camera, make))
    try:
        await camera.connection(1)
        yield camera
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        os.setpriority(os.PRIO_PROCESS, 0, 0)


async def _film(camera: Camera, make: Callable[[], Encoder]) -> None:
    while True:
        with contextlib.suppress(EncoderRefusedError):
            async with make() as camera.encoder:
                camera.connected.append(time.time())
                await camera.encoder.gone()
                camera.lost.append(time.time())
        await asyncio.sleep(0.2)
