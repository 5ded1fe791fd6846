"""What is withdrawn must also leave the caches before us: an effect that tells the CDN."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from orchestrator.effects import Reconciler
from orchestrator.settings import Settings

Tell = Callable[[str], None]
WITHIN = aiohttp.ClientTimeout(total=10)


@asynccontextmanager
async def purging(settings: Settings, on_failure: Callable[[str], None]) -> AsyncIterator[Tell]:
    """Gives what is to be told each path under /media/ that was withdrawn, from any thread."""
    if settings.purge_url is None:
        yield lambda _path: None
        return
    hook = str(settings.purge_url)
    base = str(settings.media_base_url or settings.address()).rstrip("/")
    async with aiohttp.ClientSession(timeout=WITHIN) as client:

        async def purge(path: str) -> None:
            async with client.post(hook, json={"urls": [f"{base}/media/{path}"]}) as answer:
                answer.raise_for_status()

        reconciler = Reconciler("purge", purge, on_failure=on_failure)
        loop = asyncio.get_running_loop()

        def tell(path: str) -> None:
            loop.call_soon_threadsafe(reconciler.want, path)

        try:
            yield tell
        finally:
            await reconciler.stop()
