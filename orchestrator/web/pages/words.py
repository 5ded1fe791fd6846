"""The domain's names in the words of a council: why a command was refused, what things are called."""

from collections.abc import Mapping
from typing import Final

from orchestrator.domain.items import Item
from orchestrator.domain.publicity import PublicItem
from orchestrator.domain.votes import VoteResult
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.doors import Gettext

REFUSALS: Final[Mapping[str, str]] = {
    "agenda_approved": N_("Sakslisten er godkjent. Bare flertallet kan endre den."),
    "already_explained": N_("Medlemmet har allerede redegjort for seg, og gjør det bare én gang."),
    "already_opened": N_("Møtet er allerede åpnet."),
    "remote_excluded": N_("Noen deltar hjemmefra. En sak som skal lukkes, kan ikke behandles i fjernmøte."),
    "remote_not_alone": N_("Alle som deltar hjemmefra, må først bekrefte at de er alene."),
    "not_remote": N_("Bare den som deltar hjemmefra, bekrefter dette."),
    "room_exists": N_("Rommet er planlagt allerede, og ikke slik."),
    "unknown_room": N_("Rommet finnes ikke i dette møtet."),
    "provider_stays": N_("Et rom kan ikke flyttes til et annet produkt. Planlegg et nytt rom."),
    "room_in_use": N_("Rommet er i bruk av en sesjon som ikke er ferdig. Flytt den til et annet rom først."),
    "session_begun": N_("Sesjonen har begynt: bare slutten kan flyttes."),
    "already_paused": N_("Klokka er allerede stoppet."),
    "already_planned": N_("Dette er allerede planlagt med annet innhold."),
    "already_questioned": N_("Habiliteten er allerede reist for dette medlemmet i saken."),
    "already_waiting": N_("Står allerede på talerlisten med dette."),
    "blank_only_in_elections": N_("Blanke stemmer telles bare ved valg og ansettelser (kommuneloven § 8-1)."),
    "cannot_interrupt": N_("Bare til dagsorden, saksopplysning og replikk slippes til midt i et innlegg."),
    "casting_vote_missing": N_("Stemmetallene er like. Oppgi hva møtelederens dobbeltstemme ble gitt for."),
    "category_required": N_("Si hva det gjelder: velg en av gruppene for «til dagsorden»."),
    "chat_behind_doors": N_("Dørene er lukket. Chatten er bare for dem som er i salen."),
    "chat_closed": N_("Chatten er stengt."),
    "chat_floor_only": N_(
        "Her kan du bare be om ordet. Skriv «innlegg», «replikk», «til dagsorden», «saksopplysning» eller "
        "«stryk meg»."
    ),
    "closing_exists": N_("Forslaget om lukking er allerede ført med annet innhold."),
    "closing_not_voted": N_("Voteringen over lukking må føres før dørene lukkes."),
    "closing_under_way": N_("Det er allerede foreslått å lukke møtet. Avgjør det først."),
    "closing_voted": N_("Debatten om lukking er over; voteringen er ført."),
    "decision_missing": N_("Vedtaket må føres før saken avsluttes."),
    "disqualified": N_("Er inhabil eller fritatt i denne saken."),
    "doors_closed": N_("Dørene er lukket. Åpne dem først."),
    "exchange_over": N_("Replikkordskiftet er over: debatten har gått videre."),
    "group_time_used": N_("Gruppen har brukt taletiden sin i denne saken."),
    "impartiality_undecided": N_("Habiliteten i saken må avgjøres først."),
    "in_break": N_("Møtet har pause. Fortsett møtet først."),
    "is_a_rehearsal": N_("Dette er en generalprøve. Det er møtet selv som kan øves på."),
    "item_closed": N_("Saken er avsluttet."),
    "item_exists": N_("Saken finnes allerede med annet innhold."),
    "item_in_closing": N_("Saken er med i et forslag om lukking og kan ikke fjernes."),
    "item_needs_closed_doors": N_("Saken er unntatt offentlighet. Lukk dørene før den tas opp."),
    "item_not_opened": N_("Saken er ikke tatt opp ennå."),
    "item_treated": N_("Saken er tatt opp og kan verken flyttes eller fjernes."),
    "kind_not_allowed": N_("Dette kan det ikke bes om i denne saken."),
    "item_was_listed": N_("Saken sto i innkallingen med papirer. Det kan ikke gjøres innsigelse mot den."),
    "line_exists": N_("Linjen er allerede skrevet av en annen. Skriv den på nytt."),
    "list_closed": N_("Strek er satt: det tegnes ikke flere på talerlisten."),
    "meeting_cancelled": N_("Møtet er avlyst."),
    "meeting_begun": N_("Møtet er åpnet eller holdt og kan ikke avlyses."),
    "meeting_internal": N_("Møtet er internt og kan ikke sendes offentlig."),
    "meeting_not_published": N_("Møtet er et utkast. Kunngjør det før det åpnes."),
    "more_votes_than_present": N_("Det er ført flere stemmer enn det er stemmeberettigede til stede."),
    "move_across_items": N_("De to står på talerlisten i hver sin sak."),
    "nothing_to_rehearse": N_("Møtet har ingen sesjoner å øve på den dagen."),
    "rehearsal_source_taken": N_(
        "Et offentlig møte bruker den samme kilden da. Velg et annet tidspunkt: det som filmes under en "
        "generalprøve, sendes aldri."
    ),
    "never_in_elections": N_("Ingen er inhabil ved valg (kommuneloven § 11-10)."),
    "no_casting_vote": N_(
        "Dobbeltstemme brukes bare når stemmetallene er like, og aldri ved valg (kommuneloven § 11-9)."
    ),
    "no_group_time": N_("Gruppene har ingen felles taletid i denne saken."),
    "no_item_open": N_("Ingen sak er tatt opp."),
    "no_overrun": N_("Gruppen har ikke brukt mer enn taletiden sin."),
    "no_rejoinder": N_("Reglementet gir ikke svarreplikk."),
    "no_reply_to_this": N_("Det gis bare replikk til innlegg."),
    "no_leave_asked": N_("Ingen har bedt om denne permisjonen."),
    "no_right_to_propose": N_("Har ikke forslagsrett i dette organet."),
    "no_right_to_speak": N_("Har ikke talerett i dette organet."),
    "not_a_member": N_("Er ikke med i dette møtet."),
    "not_a_reply": N_("Bare en replikk svarer på et innlegg."),
    "not_a_substitute": N_("Er ikke vara i dette møtet."),
    "not_adjourned": N_("Møtet er ikke hevet."),
    "recording_deleted": N_("Opptaket er slettet, så møtet kan ikke gjenåpnes."),
    "recording_not_public": N_("Opptaket er ikke offentlig."),
    "not_carried": N_("Det er ikke flertall for dette. Ingenting er endret."),
    "not_next_substitute": N_("Vara kalles inn i rekkefølgen på gruppens liste. En annen står foran."),
    "not_paused": N_("Klokka går allerede."),
    "not_planned": N_("Møtet er ikke planlagt, eller det er avlyst."),
    "not_present": N_("Er ikke registrert til stede."),
    "not_quorate": N_("For få har stemt: minst halvparten av medlemmene må stemme (kommuneloven § 11-9)."),
    "not_seated": N_("Er vara og har ikke tatt sete."),
    "not_the_latest": N_("Noe nytt har skjedd siden. Se hva som nå kan angres."),
    "not_your_role": N_("Din rolle kan ikke gjøre dette."),
    "not_yourself": N_("Du kan bare gjøre dette for deg selv."),
    "nothing_to_correct": N_("Det finnes ikke noe tidspunkt å rette her."),
    "nothing_to_rejoin": N_("Det er ingen replikk å svare på."),
    "nothing_to_undo": N_("Det er ikke noe å angre."),
    "present_already": N_("Er registrert til stede. Be om permisjon i stedet."),
    "proposal_exists": N_("Forslaget er allerede ført med en annen tekst."),
    "proposal_voted_on": N_("Forslaget er votert over og kan ikke trekkes."),
    "proposals_closed": N_("Strek er satt: det fremmes ikke flere forslag."),
    "rejoinder_begun": N_("Svarreplikken er begynt; det gis ikke flere replikker."),
    "rejoinder_of_another": N_("Svarreplikken er for den som holdt innlegget."),
    "question_exists": N_("Dette er allerede ført med annet innhold."),
    "questions_need_no_listing": N_("Spørsmål trenger ikke stå i innkallingen."),
    "release_instead": N_("Saken er unntatt offentlighet. Bruk «Frigi» for å gjøre den offentlig."),
    "replies_full": N_("Det er ikke flere replikker igjen til dette innlegget."),
    "reply_across_items": N_("Replikken hører til en annen sak."),
    "reply_to_nothing": N_("Ingen har et innlegg å svare på."),
    "reply_to_oneself": N_("Ingen får replikk til sitt eget innlegg."),
    "reply_to_reply": N_("Det gis ikke replikk til en replikk."),
    "reply_too_late": N_("Innlegget er over; replikk måtte tegnes mens det ble holdt."),
    "request_exists": N_("Dette er allerede ført på talerlisten."),
    "restricted_item_open": N_(
        "En sak unntatt offentlighet er oppe. Avslutt eller forlat den før dørene åpnes."
    ),
    "resume_at_not_ahead": N_("Klokkeslettet må ligge foran oss, innen ett døgn."),
    "safe_place": N_("De øverste på listen har sikker plass og kan ikke forbigås."),
    "seat_not_vacant": N_("Plassen er ikke ledig: medlemmet er til stede."),
    "seat_taken": N_("En annen vara er allerede kalt inn for dette medlemmet."),
    "session_ended": N_("Møtet er hevet."),
    "session_not_open": N_("Møtet er ikke åpent."),
    "somebody_speaks": N_("Noen har ordet. Vent til ingen taler."),
    "state_moved": N_(
        "Noen kom deg i forkjøpet: listen har endret seg. Ingenting er gjort. Se etter, og prøv igjen."
    ),
    "still_running": N_("Den pågår ennå. Avslutt først, og rett så sluttiden."),
    "substitute_seated": N_("Vara har tatt sete eller er kalt inn."),
    "time_behind_doors": N_("Det som ikke var for publikum, kan ikke flyttes ut av den tiden."),
    "time_is_out": N_("Tiden for denne saken er brukt opp."),
    "time_out_of_range": N_("Tidspunktet må ligge innenfor møtet så langt, og slutten etter begynnelsen."),
    "unknown_category": N_("En slik gruppe for «til dagsorden» har ikke reglementet."),
    "unknown_group": N_("Ingen slik gruppe i dette møtet."),
    "unknown_item": N_("Saken finnes ikke i dette møtet."),
    "unknown_proposal": N_("Forslaget finnes ikke i denne saken, eller det er trukket."),
    "unknown_question": N_("Spørsmålet om habilitet finnes ikke; det kan være trukket."),
    "unknown_request": N_("Står ikke på talerlisten."),
    "unknown_speech": N_("Innlegget finnes ikke."),
    "unknown_vote": N_("Voteringen finnes ikke i denne saken."),
    "vote_cancelled": N_("Voteringen er avbrutt."),
    "vote_exists": N_("Voteringen er allerede holdt."),
    "vote_must_be_open": N_("Voteringen over lukking skal være åpen. Åpne dørene først."),
    "vote_recorded": N_("Resultatet er allerede ført."),
    "vote_running": N_("En votering pågår. Før resultatet, eller avbryt voteringen, først."),
}
"""For every rule by which the domain refuses: what the person who pressed the button needs to know."""

INVALID: Final = "invalid"
UNREADABLE: Final = N_("Noe i skjemaet manglet eller var feil. Ingenting er endret.")
UNKNOWN: Final = N_("Det lot seg ikke gjøre nå. Ingenting er endret.")

SPEECH_KINDS: Final = {
    "speech": N_("Innlegg"),
    "reply": N_("Replikk"),
    "rejoinder": N_("Svarreplikk"),
    "point_of_order": N_("Til dagsorden"),
    "point_of_information": N_("Saksopplysning"),
    "explanation_of_vote": N_("Stemmeforklaring"),
    "question": N_("Spørsmål"),
    "presentation": N_("Orientering"),
}
"""Every kind of speech, on every page: within a sentence in lower case."""
ITEM_KINDS: Final = {
    "decision": N_("Sak til vedtak"),
    "report_item": N_("Referatsak"),
    "briefing_item": N_("Orientering"),
    "question": N_("Spørsmål"),
    "interpellation": N_("Interpellasjon"),
    "election": N_("Valg"),
}
ITEM_STATES: Final = {
    "planned": N_("Ikke tatt opp"),
    "open": N_("Behandles nå"),
    "paused": N_("Satt på vent"),
    "closed": N_("Avsluttet"),
}
ITEM_MARKS: Final = {
    "unlisted": N_("Ikke på innkallingen"),
    "late_papers": N_("Papirer sendt for sent"),
}
"""What lets an item be objected to (kommuneloven § 11-3), by the item's own fields."""
OUTCOMES: Final = {
    "adopted": N_("Vedtatt"),
    "rejected": N_("Falt"),
    "deferred": N_("Utsatt"),
    "referred": N_("Sendt tilbake"),
    "noted": N_("Tatt til orientering"),
    "elected": N_("Valgt"),
}
BREAK_KINDS: Final = {
    "pause": N_("Pause"),
    "group_meeting": N_("Gruppemøter"),
    "lunch": N_("Matpause"),
}


def refusal(rule: str, language: str) -> str:
    """Why a command was refused, as a sentence; a rule nobody has words for still gets an honest one."""
    if rule == INVALID:
        return translations(language).gettext(UNREADABLE)
    return translations(language).gettext(REFUSALS.get(rule, UNKNOWN))


def case_label(item: Item, language: str) -> str:
    """The item's number as "Sak 47/21"; nothing for an item without one."""
    return (
        translations(language).gettext("Sak %(number)s") % {"number": item.case_number}
        if item.case_number
        else ""
    )


def item_marks(item: Item, language: str) -> list[str]:
    """What stands beside an item that the notice did not announce as it should; mostly nothing."""
    t = translations(language)
    return [t.gettext(words) for mark, words in ITEM_MARKS.items() if getattr(item, mark)]


def item_name(item: Item, language: str) -> str:
    """What staff call an item in a sentence: its number when it has one, else its title in quotes."""
    return case_label(item, language) or f"«{item.title}»"


def vote_words(result: VoteResult, _: Gettext) -> str:
    """How it was voted, within brackets: "enstemmig", or "for 23, mot 20"."""
    if result.unanimous:
        return _("enstemmig")
    words = _("for %(for)s, mot %(against)s") % {"for": result.in_favour, "against": result.against}
    return f"{words}, {_('møtelederens dobbeltstemme')}" if result.casting_vote else words


def dropped_words(item: Item | PublicItem, _: Gettext) -> str:
    """Why the meeting did not treat the item; nothing of one that it has not taken off the agenda."""
    if item.dropped is None:
        return ""
    if item.dropped == "postponed":
        return _("Utsatt")
    if item.unlisted:
        return _("Ikke behandlet: innsigelse mot at saken ikke var på innkallingen")
    return _("Ikke behandlet: innsigelse mot at saksdokumentene kom for sent")
