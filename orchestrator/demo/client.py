"""The public API as the demo's chair, secretary and members use it."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import aiohttp

Json = dict[str, Any]

ANYBODYS = frozenset({"floor_requested", "request_withdrawn"})
"""What participants cause: the script goes on, and gives them the floor in their turn."""


class SteppedAside(Exception):
    """Somebody runs the meeting by hand; the script leaves it to them."""


class RefusedByApi(Exception):
    """The service refused a command; ``rule`` says which rule of the meeting, if it was one."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.rule = problem.get("rule")


class Api:
    """One organisation's API, with a token."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base = f"{base_url}/api/v1"
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def get(self, path: str, **query: str | int) -> Any:
        """The JSON at ``path``."""
        async with self._http.get(f"{self._base}{path}", params=query) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Post JSON once: the key makes a repeat after a lost answer harmless. Raises ``RefusedByApi``."""
        headers = {"Idempotency-Key": str(uuid4())}
        for attempt in range(5):
            try:
                async with self._http.post(f"{self._base}{path}", json=body, headers=headers) as answer:
                    data: Json = await answer.json(content_type=None)
                    if answer.status < 300:
                        return data
                    if answer.status != 503:
                        raise RefusedByApi(answer.status, data)
            except aiohttp.ClientConnectionError:
                if attempt == 4:
                    raise
            await asyncio.sleep(0.5 * 2**attempt)
        raise RefusedByApi(503, {"detail": "the service is not ready"})


class Council:
    """One session as the script leads it, until somebody else does."""

    def __init__(self, api: Api, session_id: UUID) -> None:
        self._api = api
        self._path = f"/sessions/{session_id}"
        self._seen = 0

    async def state(self) -> Json:
        """The session's state now."""
        state: Json = await self._api.get(self._path)
        return state

    async def says(self, type_: str, **fields: Any) -> None:
        """Send a command unless somebody else has taken over (``SteppedAside``)."""
        await self._look()
        try:
            done = await self._api.post(f"{self._path}/commands", {"type": type_, **fields})
        except RefusedByApi:
            await self._look()  # somebody was quicker: then it is theirs to lead
            raise
        if done["events"] and done["events"][0]["event_id"] == self._seen + 1:
            self._seen = done["events"][-1]["event_id"]

    async def start_here(self) -> None:
        """What has happened so far is nobody's taking over."""
        self._seen = (await self.state())["version"]

    async def _look(self) -> None:
        page = await self._api.get(f"{self._path}/events", after=self._seen)
        for event in page["events"]:
            if event["type"] not in ANYBODYS:
                raise SteppedAside
            self._seen = event["event_id"]
