"""Three languages: bokmål in the source, nynorsk and English in catalogues.

In templates: `{{ _("Talere") }}`, `{{ _("Neste: %(name)s", name=person) }}`, `{% trans %}…{% endtrans %}`,
`{{ ngettext("%(num)s dokument", "%(num)s dokumenter", n) }}`, `{{ pgettext("votering", "For") }}`.
In Python: `t = translations(language); t.gettext("…")`; `N_("…")` marks what is translated later.

After adding strings, `python -m orchestrator.web.i18n update` merges them into `locale/{nn,en}/messages.po`
(nothing already translated is lost, nothing is guessed); `check` names every string that still lacks a
translation. Catalogues are read as they are: there is nothing to compile.
"""

import gettext
import io
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import Translations

LANGUAGES: Final = ("nb", "nn", "en")
"""The languages of the pages, the source's own first."""
SOURCE_LANGUAGE: Final = "nb"
NAMES: Final = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
COOKIE: Final = "language"

PACKAGE = Path(__file__).parent
LOCALE_DIR = PACKAGE / "locale"

_TERRITORIES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
_ALIASES = {"nb": "nb", "nn": "nn"}


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Mark a string for translation without translating it here."""
    return message


@cache
def babel_locale(language: str) -> Locale:
    """The locale for dates and numbers. English is British: its readers here put the day before the month."""
    return Locale.parse(_TERRITORIES[language])


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language. Bokmål needs none: a message is its own translation."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def choose_language(
    query: str | None, cookie: str | None, accept_language: str | None, default: str = SOURCE_LANGUAGE
) -> str:
    """The reader's language: the address's, the one chosen before, the browser's Norwegian, the default.

    A Norwegian municipality speaks Norwegian until a reader chooses English: many browsers are in English.
    """
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return str(wish)
    for wish in _by_preference(accept_language or ""):
        if language := _ALIASES.get(wish.partition("-")[0].lower()):
            return language
    return default if default in LANGUAGES else SOURCE_LANGUAGE


def _by_preference(accept_language: str) -> list[str]:
    ranges = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", quality)
        rank = float(weight[1]) if weight else 1.0
        if rank > 0:
            ranges.append((-rank, position, tag.strip()))
    return [tag for _, _, tag in sorted(ranges)]


ROLES: Final[Mapping[str, str]] = {
    "chair": N_("Møteleder"),
    "deputy": N_("Nestleder"),
    "secretary": N_("Møtesekretær"),
    "participant": N_("Deltaker"),
    "observer": N_("Tilhører"),
    "it_support": N_("IT-støtte"),
    "administrator": N_("Administrator"),
    "display": N_("Skjerm og navneskilt"),
}


def role_label(role: str, language: str, own: Mapping[str, str] | None = None) -> str:
    """What a role is called here: the organisation's own word («Tjïelten åejvie / ordfører») first."""
    return (own or {}).get(role) or translations(language).gettext(ROLES[role])


# Keeping the catalogues


_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def extract(package: Path = PACKAGE) -> Catalog:
    """Every string marked for translation in the package's Python files and templates."""
    found = Catalog(charset="utf-8", fuzzy=False)
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
    keywords = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
    for _, _, message, comments, context in extract_from_dir(package, methods, options, keywords, ("i18n:",)):
        found.add(message, auto_comments=comments, context=context)
    return found


def update(locale_dir: Path = LOCALE_DIR) -> None:
    """Bring nn and en up to the source. A string that left the source is kept at the end of the file."""
    found = extract()
    for language in LANGUAGES[1:]:
        path = _path(language, locale_dir)
        catalogue = _catalogue(language, locale_dir)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        _write(catalogue, path)


def missing(locale_dir: Path = LOCALE_DIR) -> list[str]:
    """What a catalogue lacks, one line each: "nn: Talere"."""
    found = extract()
    return [
        f"{language}: {message.id if isinstance(message.id, str) else message.id[0]}"
        for language in LANGUAGES[1:]
        for catalogue in (_catalogue(language, locale_dir),)
        for message in found
        if message.id and not _is_translated(catalogue, message.id, message.context)
    ]


def _is_translated(
    catalogue: Catalog, message_id: str | tuple[str, ...] | list[str], context: str | None
) -> bool:
    message = catalogue.get(message_id, context)
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)


def _write(catalogue: Catalog, path: Path) -> None:
    """Sorted, on whole lines, without dates and line numbers: a change shows only what was changed."""
    messages = io.BytesIO()
    write_po(messages, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_HEADER.format(language=catalogue.locale).encode() + messages.getvalue())


def _path(language: str, locale_dir: Path = LOCALE_DIR) -> Path:
    return locale_dir / language / "messages.po"


def _catalogue(language: str, locale_dir: Path = LOCALE_DIR) -> Catalog:
    path = _path(language, locale_dir)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def main(arguments: list[str]) -> int:
    """`update` merges new strings, `check` lists untranslated ones (and fails when there are any)."""
    if arguments not in (["update"], ["check"]):
        sys.stderr.write("usage: python -m orchestrator.web.i18n update|check\n")
        return 2
    if arguments == ["update"]:
        update()
    lacking = missing()
    sys.stdout.writelines(f"{line}\n" for line in lacking)
    return 1 if lacking and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
