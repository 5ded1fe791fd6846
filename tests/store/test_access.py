from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.store.access import Access
from orchestrator.store.directory import Directory
from orchestrator.store.pool import Pool
from tests.store.examples import FJORDBY, SKOGVIK

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
CHAIR = frozenset({Role.CHAIR})


@pytest.fixture
def access(pool: Pool, directory: Directory) -> Access:
    return Access(pool)


async def logged_in(access: Access, **options: object) -> tuple[UUID, str, str]:
    link_id, secret = await access.create_link(FJORDBY, CHAIR, NOW, **options)  # type: ignore[arg-type]
    cookie = await access.use_link(FJORDBY, secret, NOW)
    assert cookie is not None
    return link_id, secret, cookie


async def test_a_link_leads_to_a_login_with_what_the_link_says(access: Access) -> None:
    meeting_id, person_id = uuid4(), uuid4()
    link_id, secret, cookie = await logged_in(access, meeting_id=meeting_id, person_id=person_id)
    login = await access.login_by_cookie(FJORDBY, cookie, NOW)
    assert login is not None
    assert (login.link_id, login.organisation_id, login.roles) == (link_id, FJORDBY, CHAIR)
    assert (login.meeting_id, login.person_id) == (meeting_id, person_id)
    assert cookie != secret
    assert await access.login_by_cookie(FJORDBY, secret, NOW) is None


async def test_one_link_on_two_phones_is_one_person(access: Access) -> None:
    person_id = uuid4()
    _, secret, first = await logged_in(access, person_id=person_id)
    second = await access.use_link(FJORDBY, secret, NOW)
    assert second not in {None, first}
    logins = [await access.login_by_cookie(FJORDBY, cookie or "", NOW) for cookie in (first, second)]
    assert [login and login.person_id for login in logins] == [person_id, person_id]


async def test_a_link_for_one_use_is_used_once(access: Access) -> None:
    _, secret, _ = await logged_in(access, reusable=False)
    assert await access.use_link(FJORDBY, secret, NOW) is None


async def test_a_link_ends_when_it_expires(access: Access) -> None:
    _, secret, cookie = await logged_in(access, expires_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=1)
    assert await access.use_link(FJORDBY, secret, later) is None
    assert await access.login_by_cookie(FJORDBY, cookie, later) is not None, "who came in stays in"


async def test_revoking_a_link_ends_its_logins(access: Access) -> None:
    link_id, secret, cookie = await logged_in(access)
    other_cookie = (await logged_in(access))[2]
    login = await access.login_by_cookie(FJORDBY, cookie, NOW)
    assert login is not None
    assert await access.holds(login.id, NOW)
    assert await access.revoke_link(FJORDBY, link_id, NOW)
    assert await access.login_by_cookie(FJORDBY, cookie, NOW) is None
    assert not await access.holds(login.id, NOW)
    assert await access.use_link(FJORDBY, secret, NOW) is None
    assert await access.login_by_cookie(FJORDBY, other_cookie, NOW) is not None
    assert not await access.revoke_link(FJORDBY, link_id, NOW), "it is revoked already"


async def test_changing_roles_ends_logins_and_counts_at_the_next_one(access: Access) -> None:
    link_id, secret, cookie = await logged_in(access)
    assert await access.change_roles(FJORDBY, link_id, {Role.PARTICIPANT}, NOW)
    assert await access.login_by_cookie(FJORDBY, cookie, NOW) is None
    again = await access.use_link(FJORDBY, secret, NOW)
    login = await access.login_by_cookie(FJORDBY, again or "", NOW)
    assert login is not None
    assert login.roles == {Role.PARTICIPANT}


async def test_a_login_that_is_not_used_ends(pool: Pool, access: Access) -> None:
    access = Access(pool, login_idle=timedelta(days=2))
    cookie = (await logged_in(access))[2]
    for day in (1, 2, 3):
        assert await access.login_by_cookie(FJORDBY, cookie, NOW + timedelta(days=day)) is not None
    assert await access.login_by_cookie(FJORDBY, cookie, NOW + timedelta(days=5)) is None


async def test_logging_out_ends_one_login(access: Access) -> None:
    _, secret, cookie = await logged_in(access)
    other = await access.use_link(FJORDBY, secret, NOW)
    await access.log_out(cookie, NOW)
    assert await access.login_by_cookie(FJORDBY, cookie, NOW) is None
    assert await access.login_by_cookie(FJORDBY, other or "", NOW) is not None


async def test_links_are_listed_without_their_secrets(access: Access, pool: Pool) -> None:
    meeting_id = uuid4()
    link_id, secret, cookie = await logged_in(access, meeting_id=meeting_id, label="Kari")
    await logged_in(access)
    links = await access.links(FJORDBY, meeting_id)
    assert [(link.id, link.label, link.roles, link.used_at) for link in links] == [
        (link_id, "Kari", CHAIR, NOW)
    ]
    assert len(await access.links(FJORDBY)) == 2
    stored = str(await pool.fetch("select link::text from link union all select login::text from login"))
    assert secret not in stored
    assert cookie not in stored


async def test_of_all_links_only_those_that_lead_into_a_meeting_are_read(access: Access) -> None:
    meeting_id = uuid4()
    into = [(await logged_in(access, meeting_id=meeting_id))[0], (await logged_in(access))[0]]
    await logged_in(access, meeting_id=uuid4())
    await access.revoke_link(FJORDBY, into[0], NOW)
    found = await access.links_into(FJORDBY, meeting_id)
    assert {(one.id, one.revoked_at) for one in found} == {(into[0], NOW), (into[1], None)}
    assert await access.links_into(uuid4(), meeting_id) == [], "another municipality's"


async def test_a_token_says_what_a_machine_may_do_until_it_is_revoked(access: Access) -> None:
    token_id, secret = await access.create_token(
        FJORDBY, "demo", NOW, roles={Role.CHAIR, Role.SECRETARY}, rights={"sources"}
    )
    token = await access.token_by_secret(FJORDBY, secret)
    assert token is not None
    assert (token.id, token.name) == (token_id, "demo")
    assert token.roles == {Role.CHAIR, Role.SECRETARY}
    assert token.rights == {"sources"}
    assert await access.revoke_token(FJORDBY, token_id, NOW)
    assert await access.token_by_secret(FJORDBY, secret) is None
    assert not await access.revoke_token(FJORDBY, token_id, NOW)


async def test_nothing_opens_anything_in_another_organisation(access: Access) -> None:
    link_id, secret, cookie = await logged_in(access)
    token_id, token = await access.create_token(FJORDBY, "demo", NOW)
    assert await access.use_link(SKOGVIK, secret, NOW) is None
    assert await access.login_by_cookie(SKOGVIK, cookie, NOW) is None
    assert await access.token_by_secret(SKOGVIK, token) is None
    assert await access.links(SKOGVIK) == []
    assert not await access.revoke_link(SKOGVIK, link_id, NOW)
    assert not await access.change_roles(SKOGVIK, link_id, set(), NOW)
    assert not await access.revoke_token(SKOGVIK, token_id, NOW)
    assert await access.login_by_cookie(FJORDBY, cookie, NOW) is not None
