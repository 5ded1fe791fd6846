"""Staff's running protocol: absence, seats, impartiality and the agenda, and what of it is not public."""

from dataclasses import replace

from orchestrator.web.pages.protocol import Line, protocol_lines
from tests.domain.hall import SECRETARY, Hall, member, named, opened, planned
from tests.domain.test_impartiality import HERE, behind_doors, debating, decides, raises
from tests.web.pages import council

NAMES = council.NAMES | {named("sp1"): "Eva Lund"}


def lines(hall: Hall) -> dict[str, Line]:
    scene = replace(council.scene(hall), names=NAMES)
    return {line.text: line for line in protocol_lines(scene, "nb")}


def seats(hall: Hall, **fields: object) -> None:
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), **fields)


def test_absence_that_was_reported_stands_in_it() -> None:
    hall = planned()
    hall.says("report_absence", member("per"), person_id=named("per"))
    line = lines(hall)["Per Haug (SP) meldte forfall"]
    assert (line.at, line.private) == (hall.now, False)


def test_leave_granted_is_public_and_leave_refused_is_not() -> None:
    hall = opened()
    for name, item, answer in (("per", None, "grant_leave"), ("ola", named("two"), "refuse_leave")):
        hall.says("ask_leave", member(name), person_id=named(name), item_id=item)
        hall.says(answer, person_id=named(name))
    shown = lines(hall)
    assert not shown["Permisjon innvilget: Per Haug (SP)"].private
    assert shown["Permisjon avslått: Ola Vik (AP) (Sak 47/26)"].private


def test_a_substitute_takes_the_seat_between_items_and_leaves_it_when_the_member_comes() -> None:
    hall = debating(*(name for name in HERE if name != "kari"))
    hall.says("record_decision", item_id=named("two"), text="Planen vedtas.")
    hall.says("close_item", item_id=named("two"))
    seats(hall)
    seated = hall.now
    hall.says("record_arrival", person_id=named("kari"))
    shown = lines(hall)
    assert shown["Eva Lund (SP) tok sete for Kari Nordli (SP)"].at == seated
    assert shown["Eva Lund (SP) forlot setet for Kari Nordli (SP)"].at == hall.now


def test_a_substitute_who_is_only_called_has_taken_no_seat() -> None:
    hall = debating(*(name for name in HERE if name != "kari"))
    seats(hall)
    assert not [text for text in lines(hall) if "tok sete" in text]


def test_impartiality_is_private_until_it_has_been_decided_in_open_meeting() -> None:
    hall = debating()
    raises(hall, "kari")
    hall.says("explain_impartiality", member("kari"), question_id=named("q-kari"))
    raised = "Habilitet reist i Sak 47/26: Kari Nordli (SP)"
    explained = "Kari Nordli (SP) redegjorde for sin habilitet i Sak 47/26"
    assert [lines(hall)[text].private for text in (raised, explained)] == [True, True]
    decides(hall, "kari", tallies=[{"group": "AP", "in_favour": 4, "against": 1}])
    seats(hall, item_id=named("two"))
    decided = (
        "Habilitet i Sak 47/26: Kari Nordli (SP) – Inhabil, "
        "forvaltningsloven § 6 første ledd bokstav a (for 4, mot 1)"
    )
    seat = "Eva Lund (SP) tok sete for Kari Nordli (SP) (Sak 47/26)"
    shown = lines(hall)
    assert [shown[text].private for text in (raised, explained, decided, seat)] == [False] * 4


def test_what_was_decided_of_it_behind_closed_doors_is_private() -> None:
    hall = debating()
    behind_doors(hall)
    raises(hall, "kari")
    decides(hall, "kari")
    seats(hall, item_id=named("two"))
    hall.says("open_doors", closing_id=named("c"))
    about = [line for text, line in lines(hall).items() if "abilitet" in text or "tok sete" in text]
    assert [line.private for line in about] == [True] * 3


def test_the_agenda_approved_stands_with_its_vote() -> None:
    hall = opened()
    hall.says("approve_agenda", unanimous=True)
    assert lines(hall)["Innkalling og saksliste godkjent (enstemmig)"].at == hall.now


def test_what_was_taken_off_the_agenda_stands_with_its_reason() -> None:
    hall = opened()
    hall.says("postpone_item", item_id=named("two"), tallies=[{"group": "SP", "in_favour": 3, "against": 2}])
    postponed = hall.now
    hall.says("add_item", SECRETARY, item_id=named("late"), title="Ny sak", case_number="49/26")
    hall.says("object_to_item", item_id=named("late"), person_id=named("anne"))
    shown = lines(hall)
    assert shown["Sak 47/26: Utsatt (for 3, mot 2)"].at == postponed
    fell = "Sak 49/26: Ikke behandlet: innsigelse mot at saken ikke var på innkallingen"
    assert shown[fell].at == hall.now


def test_what_is_exempt_is_taken_off_in_private() -> None:
    hall = opened()
    hall.says("postpone_item", item_id=named("secret"), unanimous=True)
    assert lines(hall)["Sak 48/26: Utsatt (enstemmig)"].private


def test_who_took_over_the_chair_stands_with_when_and_in_private_behind_closed_doors() -> None:
    hall = debating()
    hall.says("hand_over_chair", person_id=named("per"))
    taken = hall.now
    behind_doors(hall)
    hall.says("hand_over_chair", person_id=named("ola"))
    shown = lines(hall)
    told = [(text, line.at, line.private) for text, line in shown.items() if "møteledelsen" in text]
    assert told == [
        ("Ola Vik overtok møteledelsen", hall.now, True),
        ("Per Haug overtok møteledelsen", taken, False),
    ]


def test_the_order_changed_stands_with_its_vote() -> None:
    hall = opened()
    tallies = [{"group": "SP", "in_favour": 3, "against": 2}]
    hall.says("reorder_agenda", item_id=named("two"), before_id=named("one"), tallies=tallies)
    assert lines(hall)["Sakslisten endret (for 3, mot 2)"].at == hall.now


def test_each_step_of_drawing_the_line_stands_with_its_time() -> None:
    hall = debating()
    moments = []
    for command in ("propose_closing_list", "call_last", "close_list"):
        hall.says(command, item_id=named("two"))
        moments.append(hall.now)
    words = ("Strek ble foreslått", "Siste frist for å tegne seg ble satt", "Strek ble satt")
    assert [lines(hall)[text].at for text in words] == moments
