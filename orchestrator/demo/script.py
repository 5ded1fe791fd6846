"""A fictional council meeting, held through the API: what the chair, the secretary and the members do."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from orchestrator.demo.client import Council, Json, RefusedByApi

SPEECH = 24.0
"""Seconds a speech lasts in the demo; replies are half as long."""


class Meeting:
    """Holds one session from opening to adjourning; ``pace`` 1 is the demo's, 0 does not wait."""

    def __init__(self, council: Council, pace: float = 1.0, seed: int = 47) -> None:
        self._council = council
        self._pace = pace
        self._random = random.Random(seed)  # noqa: S311  (a play, not a secret)

    async def hold(self) -> None:
        """The whole meeting. Raises ``SteppedAside`` when somebody else takes over."""
        council = self._council
        await council.start_here()
        state = await council.state()
        members = [key for key, member in state["members"].items() if not member["list_order"]]
        await council.says("open_session")
        await self._wait(6)
        late = members[-1]
        await council.says("call_roll", present=[person for person in members if person != late])
        await self._wait(6)
        for number, item in enumerate(sorted(state["items"].values(), key=lambda item: item["position"])):
            if number == 1:
                await council.says("approve_agenda", unanimous=True)
            if number == 2:
                await council.says("record_arrival", person_id=late)
            if number == 4:
                await self._break()
            await (self._behind_doors(item) if item["restricted"] else self._treat(item))
        await self._wait(4)
        await council.says("adjourn_session")

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._pace)

    async def _treat(self, item: Json) -> None:
        council = self._council
        current = (await council.state())["current_item_id"]
        await council.says("open_item", item_id=item["item_id"], current_id=current)
        await self._wait(6)
        members = [
            key
            for key, member in (await council.state())["members"].items()
            if member["rights"]["speak"] and not member["list_order"]
        ]
        talks = item["case_number"] is not None
        speakers = self._random.sample(members, 3 if item["kind"] == "decision" else 1) if talks else []
        for person in speakers:
            await self._asks(person)
            await self._wait(1)
        await self._debate(members if len(speakers) > 1 else [])
        if item["kind"] in ("decision", "election"):
            await self._decide(item, speakers)
        elif item["kind"] == "report_item":
            await council.says(
                "record_decision", item_id=item["item_id"], outcome="noted", text="Saken tas til orientering."
            )
        await council.says("close_item", item_id=item["item_id"])
        await self._wait(3)

    async def _asks(self, person: str, **about: Any) -> None:
        try:
            await self._council.says("request_floor", request_id=str(uuid4()), person_id=person, **about)
        except RefusedByApi as no:
            if no.status != 409:
                raise

    async def _debate(self, repliers: list[str]) -> None:
        """Give everyone on the list the floor, those who ask from their own pages too."""
        council, replied = self._council, False
        while True:
            state = await council.state()
            waiting = [
                key
                for key in state["waiting"]
                if state["requests"][key]["item_id"] == state["current_item_id"]
            ]
            current = state["current_speech_id"]
            if not waiting:
                break
            await council.says("call_next_speaker", request_id=waiting[0], current_id=current)
            request = state["requests"][waiting[0]]
            if request["kind"] == "speech" and repliers and not replied:
                await self._wait(SPEECH / 3)
                for person in self._random.sample(repliers, 2):
                    if person != request["person_id"]:
                        await self._asks(person, kind="reply", parent_id=waiting[0])
                replied = True
            await self._wait(SPEECH / (2 if request["kind"] == "reply" else 1))
        if current:
            await council.says("end_speech", speech_id=current)

    async def _decide(self, item: Json, speakers: list[str]) -> None:
        council = self._council
        election = item["kind"] == "election"
        proposal, vote = str(uuid4()), str(uuid4())
        text = "Gro Aasland (SL) velges." if election else "Kommunedirektørens innstilling vedtas."
        await council.says("put_proposal", proposal_id=proposal, item_id=item["item_id"], text=text)
        if len(speakers) > 1:
            await council.says(
                "put_proposal",
                proposal_id=str(uuid4()),
                item_id=item["item_id"],
                proposer_id=speakers[0],
                text="Saken utsettes til neste møte.",
            )
        await self._wait(4)
        await council.says("start_vote", vote_id=vote, item_id=item["item_id"], proposal_id=proposal)
        await self._wait(7)
        counted = {"tallies": await self._tallies()} if len(speakers) > 1 else {"unanimous": True}
        await council.says("record_vote", vote_id=vote, item_id=item["item_id"], **counted)
        outcome = "elected" if election else "adopted"
        await council.says("record_decision", item_id=item["item_id"], text=text, outcome=outcome)
        await self._wait(3)

    async def _tallies(self) -> list[Json]:
        """The smallest group but one is against."""
        groups = list((await self._groups()).items())
        against = groups[-2][0] if len(groups) > 1 else None
        return [
            {"group": group, "in_favour": 0, "against": count}
            if group == against
            else {"group": group, "in_favour": count, "against": 0}
            for group, count in groups
        ]

    async def _groups(self) -> Mapping[str, int]:
        state = await self._council.state()
        present = {
            person for person, periods in state["presence"].items() if periods and not periods[-1]["stop"]
        }
        count: dict[str, int] = {}
        for person, member in state["members"].items():
            if person in present and member["rights"]["vote"]:
                group = member["group"] or "Uavhengig"
                count[group] = count.get(group, 0) + 1
        return dict(sorted(count.items(), key=lambda pair: (-pair[1], pair[0])))

    async def _break(self) -> None:
        until = datetime.now(UTC) + timedelta(seconds=max(30 * self._pace, 5))
        await self._council.says("start_break", kind="pause", resume_at=until.isoformat())
        await self._wait(30)
        await self._council.says("end_break")
        await self._wait(4)

    async def _behind_doors(self, item: Json) -> None:
        """The whole procedure: proposed, voted on in open meeting, closed, treated, opened."""
        council, closing = self._council, str(uuid4())
        basis = {"section": "11-5", "paragraph": "2", "letter": ""}
        await council.says(
            "propose_closing", closing_id=closing, item_ids=[item["item_id"]], legal_basis=basis
        )
        await self._wait(6)
        await council.says("record_closing_vote", closing_id=closing, unanimous=True)
        await council.says("close_doors", closing_id=closing, remaining="Kommunedirektøren og møtesekretæren")
        await council.says("open_item", item_id=item["item_id"])
        members = list((await council.state())["members"])
        await self._asks(members[1])
        await self._debate([])
        await council.says("record_decision", item_id=item["item_id"], text="Avtalen godkjennes.")
        await council.says("close_item", item_id=item["item_id"])
        await council.says("open_doors", closing_id=closing)
        await self._wait(6)
