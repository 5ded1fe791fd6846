"""Somebody who sends commands all the time and, when no answer comes, sends the same one again."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from tests.stories.council import Council, Json, Refusal

AGAIN_AFTER = 0.1


@dataclass
class Clerk:
    """Sends one command after the other. `answers`: what was acknowledged, in order."""

    hall: Council
    answers: list[Json] = field(default_factory=list)
    sent_home: bool = False
    """Set to let it finish what it is at, and stop."""
    again: int = 0
    """How often a command was sent again because its answer was lost."""

    async def says(self, type_: str, **fields: Any) -> Json:
        """Send until it is acknowledged, always under the same Idempotency-Key."""
        key = str(uuid4())
        while True:
            try:
                async with asyncio.timeout(10):
                    answer = await self.hall.says(type_, key=key, **fields)
            except (aiohttp.ClientError, TimeoutError, Refusal) as error:
                if isinstance(error, Refusal) and error.status != 503:
                    raise
                self.again += 1
                await asyncio.sleep(AGAIN_AFTER)
            else:
                self.answers.append(answer)
                return answer

    async def leads_debate(self) -> None:
        """The people speak one after the other until sent home."""
        people, speaking = self.hall.town.people, None
        while not self.sent_home:
            for number, person in enumerate(people, 1):
                request = uuid4()
                await self.says("request_floor", request_id=request, person_id=person)
                self.hall.shows(1, number)
                await self.says("call_next_speaker", request_id=request, current_id=speaking)
                speaking = request
                await asyncio.sleep(0.1)
            await self.says("end_speech", speech_id=speaking)
            speaking = None

    async def writes_proposals(self, item_id: UUID) -> None:
        """One proposal after the other until sent home."""
        number = 0
        while not self.sent_home:
            number += 1
            await self.says("put_proposal", proposal_id=uuid4(), item_id=item_id, text=f"Forslag {number}")
            await asyncio.sleep(0.1)


@dataclass
class Reader:
    """Follows the session's events as they come, and takes up where it was whenever it is cut off."""

    hall: Council
    seen: list[Json] = field(default_factory=list)

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_AFTER)

    async def _read(self) -> None:
        hall = self.hall
        url = f"{hall.server.address}/api/v1/sessions/{hall.session_id}/stream"
        position = self.seen[-1]["position"] if self.seen else 0
        headers = {"Last-Event-ID": str(position)}
        async with hall.http.get(url, headers=headers, timeout=aiohttp.ClientTimeout(sock_read=30)) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                if line.startswith(b"data:"):
                    self.seen.append(_json(line[5:]))


def _json(data: bytes) -> Json:
    found: Json = json.loads(data)
    return found
