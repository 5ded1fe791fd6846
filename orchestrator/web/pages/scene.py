"""What a live page is made from, and how it becomes HTML: whole, and in fragments as things happen.

    PAGE = LivePage("chair/page.html", {"floor": "chair/floor.html", …}, chair_context)
    html = render_page(look, PAGE, scene, "nb", site=site, path=…, live_url=…, action_url=…)
    parts = render_fragments(look, PAGE, scene, "nb", site=site, path=…, action_url=…)   # {element id: html}

A fragment holds nothing personal: one rendering serves everyone who has the page open in that language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.rooms import Product, Room
from orchestrator.domain.state import SessionState
from orchestrator.store.due import Mark
from orchestrator.store.impartiality import SteppedDown
from orchestrator.store.rooms import RoomStanding
from orchestrator.web.look import Look, Site
from orchestrator.web.pages.fields import as_command


@dataclass(frozen=True)
class RoomShown:
    """The digital room of a session: how it stands, and whether it is known to be closed as its doors are.

    ``standing`` is None before anything has been done about it. ``closable``: the product in which a room for
    the members alone can be made here, if there is one. ``waiting``: how many are known to be in its lobby.
    """

    room: Room
    standing: RoomStanding | None
    locked: bool
    closable: Product | None = None
    waiting: int = 0


@dataclass(frozen=True)
class Scene:
    """A session as its staff may see it: what the stream says, and the names that it does not hold.

    ``stepped_down``: in the matters of its items, in other sessions; for those who lead, and oneself.
    ``remind``: what IT has decided of reminding its participants, if anything.
    """

    session: SessionState
    meeting: MeetingState
    names: Mapping[UUID, str]
    now: datetime
    body: str = ""
    stepped_down: tuple[SteppedDown, ...] = ()
    room: RoomShown | None = None
    remind: Mark | None = None

    def name(self, person_id: UUID | None) -> str:
        """The person's name; a dash for somebody whose name has been erased."""
        return self.names.get(person_id, "–") if person_id else ""

    def group(self, person_id: UUID) -> str:
        """The person's group in this session, or nothing."""
        member = self.session.members.get(person_id)
        return (member.group or "") if member else ""

    def signed(self, person_id: UUID | None) -> str:
        """The person as "Kari Nordli (SP)"."""
        if person_id is None:
            return ""
        group = self.group(person_id)
        return f"{self.name(person_id)} ({group})" if group else self.name(person_id)


Context = Callable[[Scene, str], Mapping[str, Any]]


@dataclass(frozen=True)
class LivePage:
    """A page that follows a session: its template, and which templates replace which elements.

    ``reminded``: its fragments tell who stepped down before; see ``Scene.stepped_down``.
    """

    template: str
    fragments: Mapping[str, str]
    context: Context
    reminded: bool = False


def render_page(
    look: Look, page: LivePage, scene: Scene, language: str, *, site: Site, **context: Any
) -> str:
    """The whole page. ``context``: path, live_url, action_url, refused (words or ""), what is personal."""
    return look.render(page.template, language, site=site, **{**shown(page, scene, language), **context})


def render_fragments(
    look: Look, page: LivePage, scene: Scene, language: str, *, site: Site, **context: Any
) -> dict[str, str]:
    """The page's replaceable parts by element id, each exactly as the whole page would hold it."""
    given = {**shown(page, scene, language), **context, "site": site}
    return {name: look.render(template, language, **given) for name, template in page.fragments.items()}


def shown(page: LivePage, scene: Scene, language: str) -> dict[str, Any]:
    """What the page's templates are given of the scene; the frame's own needs come besides."""
    context = page.context(scene, language)
    return {**context, "scene": scene, "now": scene.now, "as_command": as_command, "chat": None}
