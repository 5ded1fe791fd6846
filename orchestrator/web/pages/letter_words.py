"""What those who lead, present and help are told of moved sessions, in their municipality's language."""

from datetime import datetime

from orchestrator.move_letters import Change, Letter
from orchestrator.web.dates import clock, day, local
from orchestrator.web.i18n import translations


def letter_words(letter: Letter) -> tuple[str, str]:
    """The subject and the text."""
    language = letter.organisation.language
    t = translations(language)
    if len(letter.changes) > 1:
        what = t.gettext("endringer i «%(title)s»") % {"title": letter.meeting.title}
    else:
        (one,) = letter.changes
        words = t.gettext("«%(title)s» er avlyst") if one.cancelled else t.gettext("ny tid for «%(title)s»")
        what = words % {"title": one.session.title}
    told = [letter.meeting.title, "", *(_line(one, language) for one in letter.changes), ""]
    if letter.link:
        told += [t.gettext("Programmet: %(link)s") % {"link": letter.link}, ""]
    told.append(t.gettext("Du får denne e-posten fordi du leder, innleder eller hjelper til."))
    return f"{letter.organisation.name}: {what}", "\n".join(told) + "\n"


def _line(one: Change, language: str) -> str:
    t, session = translations(language), one.session
    said = {"title": session.title, "before": _span(one.starts_at, one.ends_at, language)}
    if one.cancelled:
        line = t.gettext("«%(title)s», %(before)s, er avlyst.") % said
    else:
        assert session.starts_at
        assert session.ends_at
        said["now"] = _span(session.starts_at, session.ends_at, language)
        line = t.gettext("«%(title)s» er flyttet til %(now)s. Før: %(before)s.") % said
    return f"- {line} {one.note}".rstrip()


def _span(start: datetime, end: datetime, language: str) -> str:
    until = clock(end) if local(start).date() == local(end).date() else f"{day(end, language)} {clock(end)}"
    return f"{day(start, language)} {clock(start)}–{until}"
