from uuid import uuid4

import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.domain.rules import DebateRules
from orchestrator.store.directory import Directory, NotFound, Taken
from orchestrator.store.pool import Pool
from orchestrator.store.records import Body, Contact, Organisation, Person, Source
from orchestrator.store.secrets import Vault, WrongKey, new_key
from tests.store.examples import FJORDBY, SKOGVIK

HALL = Source(
    id=uuid4(),
    organisation_id=FJORDBY,
    name="Kommunestyresalen",
    slug="salen",
    kind="srt",
    port=9710,
    passphrase=SecretStr("correct horse battery"),
    delay_ms=300,
)
CAMERA = Source(
    id=uuid4(),
    organisation_id=FJORDBY,
    name="Kamera",
    slug="kamera",
    kind="pull",
    url="rtsp://user:hemmelig@camera.example:554/live?key=hemmelig",
)


async def test_a_host_name_selects_the_organisation(directory: Directory) -> None:
    for host in ("moter.fjordby.example", "MOTER.fjordby.example:8080", "moter.fjordby.example."):
        found = await directory.organisation_by_host(host)
        assert found is not None
        assert found.id == FJORDBY
        assert found.hosts == ("moter.fjordby.example",)
    for host in ("other.example", "", "[::1]:8080", "fjordby.example"):
        assert await directory.organisation_by_host(host) is None


async def test_the_only_organisation_answers_to_every_host_name(pool: Pool) -> None:
    directory = Directory(pool, Vault(new_key()))
    assert await directory.organisation_by_host("localhost") is None
    one = Organisation(id=FJORDBY, name="Fjordby", slug="fjordby", hosts=("moter.fjordby.example",))
    await directory.put_organisation(one)
    assert await directory.organisation_by_host("localhost:8080") == one


async def test_an_organisation_is_changed_in_place(directory: Directory) -> None:
    changed = Organisation(
        id=FJORDBY,
        name="Nye Fjordby",
        slug="nye-fjordby",
        hosts=("a.example", "b.example"),
        colour="#aa0000",
        logo_url="/logo.svg",
        welcome="Velkommen",
        keep_unpublished=True,
    )
    await directory.put_organisation(changed)
    assert await directory.organisation(FJORDBY) == changed
    assert await directory.organisation_by_host("moter.fjordby.example") is None
    assert [one.name for one in await directory.organisations()] == ["Nye Fjordby", "Skogvik"]


async def test_slugs_and_hosts_of_another_organisation_are_taken(directory: Directory) -> None:
    with pytest.raises(Taken) as refusal:
        await directory.put_organisation(Organisation(id=uuid4(), name="X", slug="fjordby"))
    assert refusal.value.field == "slug"
    with pytest.raises(Taken) as refusal:
        await directory.put_organisation(
            Organisation(id=uuid4(), name="X", slug="x", hosts=("moter.fjordby.example",))
        )
    assert refusal.value.field == "hosts"


@pytest.mark.parametrize(
    ("field", "value"), [("colour", "red;}"), ("logo_url", "javascript:x"), ("slug", "Å"), ("language", "sv")]
)
def test_what_would_break_a_page_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Organisation.model_validate({"id": FJORDBY, "name": "Fjordby", "slug": "fjordby", field: value})


async def test_bodies_are_added_changed_and_removed(directory: Directory) -> None:
    council = Body(id=uuid4(), organisation_id=FJORDBY, name="Kommunestyret", slug="kommunestyret")
    await directory.put_body(council)
    rules = DebateRules(name="Store saker", speech_seconds=300)
    changed = council.model_copy(
        update={"recording_public": "on_word", "name": "Formannskapet", "rules": rules}
    )
    await directory.put_body(changed)
    assert await directory.body(FJORDBY, council.id) == changed
    assert await directory.bodies(FJORDBY) == [changed]
    await directory.delete_body(FJORDBY, council.id)
    assert await directory.bodies(FJORDBY) == []
    with pytest.raises(NotFound):
        await directory.delete_body(FJORDBY, council.id)


async def test_slugs_are_unique_within_an_organisation_only(directory: Directory) -> None:
    for organisation_id in (FJORDBY, SKOGVIK):
        await directory.put_body(
            Body(id=uuid4(), organisation_id=organisation_id, name="Rådet", slug="radet")
        )
    with pytest.raises(Taken) as refusal:
        await directory.put_body(Body(id=uuid4(), organisation_id=FJORDBY, name="Rådet", slug="radet"))
    assert refusal.value.field == "slug"


async def test_people_are_listed_in_norwegian_order(directory: Directory) -> None:
    for name in ("Åse", "aud", "Øyvind", "Zara", "Ærlend", "Berit"):
        await directory.put_person(Person(id=uuid4(), organisation_id=FJORDBY, name=name))
    people = await directory.people(FJORDBY)
    assert [person.name for person in people.values()] == ["aud", "Berit", "Zara", "Ærlend", "Øyvind", "Åse"]
    some = list(people)[:2]
    assert list(await directory.people(FJORDBY, some)) == some
    assert await directory.people(FJORDBY, []) == {}


async def test_how_to_reach_a_person_is_kept_apart(directory: Directory) -> None:
    person = Person(
        id=uuid4(), organisation_id=FJORDBY, name="Kari", group_name="Bygdelista", group_short="BL"
    )
    contact = Contact(email="kari@fjordby.example", phone="+47 00 00 00 00")
    await directory.put_person(person, contact)
    await directory.put_person(person.model_copy(update={"title": "ordfører"}))
    assert await directory.contact(FJORDBY, person.id) == contact
    found = await directory.person(FJORDBY, person.id)
    assert found is not None
    assert found.title == "ordfører"
    assert "kari@" not in found.model_dump_json() + repr(contact)


async def test_an_erased_person_is_gone(directory: Directory) -> None:
    person = Person(id=uuid4(), organisation_id=FJORDBY, name="Kari")
    await directory.put_person(person)
    await directory.delete_person(FJORDBY, person.id)
    assert await directory.person(FJORDBY, person.id) is None
    assert await directory.contact(FJORDBY, person.id) is None


async def test_a_source_keeps_its_secrets(directory: Directory, pool: Pool) -> None:
    for source in (HALL, CAMERA):
        await directory.put_source(source)
        assert await directory.source(FJORDBY, source.id) == source
    assert await directory.sources(FJORDBY) == [CAMERA, HALL]
    assert await directory.sources(SKOGVIK) == []
    assert await directory.all_sources() == [CAMERA, HALL]
    stored = str(await pool.fetch("select source::text from source"))
    for text in (stored, repr(HALL), HALL.model_dump_json(), repr(CAMERA), CAMERA.model_dump_json()):
        assert "horse" not in text
        assert "hemmelig" not in text
    assert CAMERA.shown_url == "rtsp://camera.example:554/live"


async def test_the_database_alone_does_not_give_a_passphrase_away(directory: Directory, pool: Pool) -> None:
    await directory.put_source(HALL)
    with pytest.raises(WrongKey):
        await Directory(pool, Vault(new_key())).source(FJORDBY, HALL.id)


async def test_two_sources_cannot_have_one_port(directory: Directory) -> None:
    await directory.put_source(HALL)
    with pytest.raises(Taken) as refusal:
        await directory.put_source(
            HALL.model_copy(update={"id": uuid4(), "organisation_id": SKOGVIK, "slug": "annen"})
        )
    assert refusal.value.field == "port"


@pytest.mark.parametrize("missing", [{"port": None}, {"passphrase": None}, {"passphrase": "short"}])
def test_a_source_that_is_sent_to_needs_port_and_passphrase(missing: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate(HALL.model_dump() | missing)


async def test_another_organisations_things_do_not_exist(directory: Directory) -> None:
    body = Body(id=uuid4(), organisation_id=FJORDBY, name="Rådet", slug="radet")
    person = Person(id=uuid4(), organisation_id=FJORDBY, name="Kari")
    await directory.put_body(body)
    await directory.put_person(person, Contact(email="kari@fjordby.example"))
    await directory.put_source(HALL)

    assert await directory.body(SKOGVIK, body.id) is None
    assert await directory.bodies(SKOGVIK) == []
    assert await directory.person(SKOGVIK, person.id) is None
    assert await directory.people(SKOGVIK, [person.id]) == {}
    assert await directory.contact(SKOGVIK, person.id) is None
    assert await directory.source(SKOGVIK, HALL.id) is None
    theirs = {"organisation_id": SKOGVIK, "name": "Theirs"}
    for change in (
        directory.put_body(body.model_copy(update=theirs)),
        directory.put_person(person.model_copy(update=theirs)),
        directory.put_source(HALL.model_copy(update=theirs)),
        directory.delete_body(SKOGVIK, body.id),
        directory.delete_person(SKOGVIK, person.id),
        directory.delete_source(SKOGVIK, HALL.id),
    ):
        with pytest.raises(NotFound):
            await change
    assert await directory.body(FJORDBY, body.id) == body
    assert await directory.person(FJORDBY, person.id) == person
    assert await directory.source(FJORDBY, HALL.id) == HALL


def test_a_vault_with_a_new_key_still_opens_what_the_old_one_closed() -> None:
    old, new = new_key(), new_key()
    closed = Vault(old).encrypt("æøå")
    assert "æ" not in closed
    assert Vault(new, old).decrypt(closed) == "æøå"
    assert Vault(new).decrypt(Vault(new, old).encrypt("x")) == "x"
    with pytest.raises(WrongKey):
        Vault(new).decrypt(closed)
