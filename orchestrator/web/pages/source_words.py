"""How a source is doing, in words that say what to do about it."""

from collections.abc import Mapping
from typing import Final

from orchestrator.streaming.status import SourceStatus, SourceWarning
from orchestrator.web.i18n import N_, translations

MINUS: Final = "\N{MINUS SIGN}"

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": (N_("Venter på koderen"), "neutral"),
    "receiving": (N_("Mottar"), "success"),
    "lost": (N_("Mistet kontakten"), "danger"),
    "failed": (N_("Virker ikke"), "danger"),
    "unknown": (N_("Kjøres ikke her"), "neutral"),
}
"""Each state in words, and the colour that repeats it."""

REASONS: Final[Mapping[str, str]] = {
    "ffmpeg_missing": N_("ffmpeg finnes ikke på maskinen. Installer ffmpeg, og start tjenesten på nytt."),
    "port_in_use": N_("Porten er opptatt av et annet program. Gi kilden en annen port."),
    "url_refused": N_("Adressen er ikke tillatt. Private nett må være ført opp i innstillingene."),
    "not_understood": N_("Det som kommer, er verken bilde eller lyd som kan leses. Send MPEG-TS over SRT."),
    "no_picture": N_("Det kommer lyd, men ikke bilde. Slå på bildet i koderen."),
    "unreachable": N_("Adressen svarer ikke. Sjekk at kilden er på, og at nettet når den."),
    "disk": N_("Disken er full eller kan ikke skrives til. Frigjør plass."),
    "internal": N_("Noe gikk galt hos oss. Det prøves igjen av seg selv; se loggen."),
}

WARNINGS: Final[Mapping[str, str]] = {
    "keyframes_far_apart": N_("Nøkkelbilder hvert %(seconds)s. s: sett 2 s i OBS (Keyframe Interval)."),
    "no_sound": N_("Ingen lyd i signalet. Sjekk at et lydspor er valgt i koderen."),
    "sound_stopped": N_("Lyden er borte. Sjekk mikser og kabel."),
    "sound_too_low": N_("Lyden er svak (%(dbfs)s dBFS). Skru opp til den ligger rundt \N{MINUS SIGN}20."),
    "picture_converted": N_("Bildet er %(codec)s og kodes om. Velg H.264 i koderen for å spare maskinen."),
    "sound_converted": N_("Lyden er %(codec)s og kodes om. Velg AAC i koderen."),
    "packager_restarted": N_("Mottaket er startet på nytt %(times)s ganger. Sjekk nettet til koderen."),
    "machine_too_slow": N_("Maskinen rekker ikke å kode om. Velg H.264 i koderen, eller lavere oppløsning."),
    "wrong_passphrase": N_(
        "Feil passord %(times)s ganger de siste ti minuttene. Skriv passordet på nytt i koderen."
    ),
    "not_understood": N_("Noen har sendt noe som ikke er bilde eller lyd, %(times)s ganger."),
    "time_stood_still": N_("Klokka i signalet har stått stille %(times)s ganger. Start koderen på nytt."),
    "disk_full": N_("Disken er nesten full: sendingen tas ikke lenger vare på. Frigjør plass nå."),
    "log_unreachable": N_("Databasen svarer ikke. Bildet holdes tilbake, og publikum ser plakaten."),
    "clock_behind": N_("Maskinens klokke går feil. Sjekk at den stilles over nettet (NTP)."),
    "media_lost": N_("Disken har hengt, og noe av sendingen er tapt."),
}
"""By the codes of streaming.status.SourceWarning and of streaming.desk.DeskStatus."""


def warning_words(warning: SourceWarning, language: str) -> str:
    """What is wrong and what to do."""
    return _words(WARNINGS, warning.code, warning.values, language)


def desk_words(code: str, language: str) -> str:
    """What is wrong with what becomes of the media."""
    return _words(WARNINGS, code, {}, language)


def reason_words(status: SourceStatus, language: str) -> str:
    """Why a source cannot work, or nothing."""
    return _words(REASONS, status.reason, {}, language) if status.reason else ""


def _words(table: Mapping[str, str], code: str, values: Mapping[str, float | str], language: str) -> str:
    shown = {name: _number(value) for name, value in values.items()}
    t = translations(language)
    try:
        return t.gettext(table[code]) % shown
    except KeyError:
        return t.gettext("Ukjent varsel: %(code)s") % {"code": code}


def _number(value: float | str) -> str:
    return str(value) if isinstance(value, str) else f"{value:.0f}".replace("-", MINUS)
