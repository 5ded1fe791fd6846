"""The demo's script leads the meeting only for as long as nobody else does."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from orchestrator.demo.client import Council, Json, RefusedByApi, SteppedAside


class FakeApi:
    """A session's log, into which somebody else may get a word while a command is on its way."""

    def __init__(self, *meanwhile: str) -> None:
        self.log: list[Json] = []
        self.meanwhile = list(meanwhile)

    def happens(self, type_: str) -> Json:
        event = {"event_id": len(self.log) + 1, "type": type_}
        self.log.append(event)
        return event

    async def get(self, path: str, **query: Any) -> Any:
        if path.endswith("/events"):
            return {"events": self.log[query["after"] :]}
        return {"version": len(self.log)}

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        for type_ in self.meanwhile:
            self.happens(type_)
        if self.meanwhile:
            raise RefusedByApi(409, {"rule": "state_moved"})
        return {"events": [self.happens(f"did {body['type']}")]}


async def leading(api: FakeApi) -> Council:
    council = Council(api, UUID(int=1))  # type: ignore[arg-type]
    await council.start_here()
    return council


async def test_it_goes_on_after_what_it_did_itself_and_what_participants_ask() -> None:
    api = FakeApi()
    council = await leading(api)
    await council.says("open_session")
    api.happens("floor_requested")
    await council.says("call_roll")
    assert [event["type"] for event in api.log] == ["did open_session", "floor_requested", "did call_roll"]


async def test_it_steps_aside_for_somebody_who_leads_by_hand() -> None:
    api = FakeApi()
    council = await leading(api)
    api.happens("item_opened")
    with pytest.raises(SteppedAside):
        await council.says("open_item")


async def test_it_steps_aside_for_somebody_who_was_a_moment_quicker() -> None:
    with pytest.raises(SteppedAside):
        await (await leading(FakeApi("speech_started"))).says("call_next_speaker")


async def test_a_refusal_that_nobody_caused_is_told() -> None:
    with pytest.raises(RefusedByApi):
        await (await leading(FakeApi("request_withdrawn"))).says("call_next_speaker")
