"""Microsoft Graph through Microsoft's SDK, for one municipality's account.

Imported in a thread and only where Teams is used (see teams.py): the SDK is large and slow to load. Nothing
is asked twice here; whoever asked decides when to ask again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import httpx
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.authentication.anonymous_authentication_provider import (
    AnonymousAuthenticationProvider,
)
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import RetryHandlerOption
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.event import Event
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.online_meeting import OnlineMeeting
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory
from msgraph_core.middleware import AsyncGraphTransport

from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.teams_account import TeamsAccount
from orchestrator.rooms.teams_trouble import trouble_of

HOST = "graph.microsoft.com"
BASE_URL = f"https://{HOST}/v1.0"
"""Without a slash at the end, which the SDK's own has and every path would double."""

for _name in ("httpx", "azure"):
    # They log whole addresses, and those of join links are in them.
    logging.getLogger(_name).setLevel(logging.WARNING)


def warm_up() -> None:
    """Load what the first answer would load, which takes seconds and would stop the event loop."""
    node = JsonParseNodeFactory().get_root_parse_node("application/json", b'{"subject": ""}')
    for kind in (OnlineMeeting, Event):
        node.get_object_value(kind)


def preferring(*preferences: str) -> HeadersCollection:
    """Headers that ask for these; always also for enum members newer than this version of Graph."""
    headers = HeadersCollection()
    headers.add("Prefer", ", ".join(("include-unknown-enum-members", *preferences)))
    return headers


class Connection:
    """Graph, on behalf of one account's application."""

    def __init__(self, account: TeamsAccount, patience_s: float) -> None:
        self.account = account
        # Whoever asked decides when to ask again: the SDK would do so by itself, also a POST.
        never = RetryHandlerOption(max_retries=0, should_retry=False)
        self._http: httpx.AsyncClient = GraphClientFactory.create_with_default_middleware(
            options={never.get_key(): never}
        )
        self._patience_s = patience_s
        self._credential: ClientSecretCredential | None = None
        self._adapter = GraphRequestAdapter(self._authentication(), self._http)
        self._adapter.base_url = account.base_url or BASE_URL
        self.graph = GraphServiceClient(request_adapter=self._adapter)

    @property
    def organizer(self) -> UserItemRequestBuilder:
        """What belongs to the user in whose name meetings are held."""
        return self.graph.users.by_user_id(self.account.organizer)

    def _authentication(self) -> AuthenticationProvider:
        if self.account.base_url:
            return AnonymousAuthenticationProvider()
        self._credential = ClientSecretCredential(
            self.account.tenant_id, self.account.client_id, self.account.secret
        )
        # The SDK's own provider would show the token to any host.
        return AzureIdentityAuthenticationProvider(
            self._credential, scopes=[f"https://{HOST}/.default"], allowed_hosts=[HOST]
        )

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Turn whatever goes wrong in the block into RoomTrouble, also that no answer comes in time."""
        try:
            async with asyncio.timeout(self._patience_s):
                yield
        except (TimeoutError, httpx.HTTPError) as problem:
            raise RoomTrouble("unavailable", type(problem).__name__) from problem
        except ClientAuthenticationError as problem:
            raise RoomTrouble("refused", "the application's credentials", lasting=True) from problem
        except AzureError as problem:
            raise RoomTrouble("unavailable", type(problem).__name__) from problem
        except APIError as problem:
            raise _trouble_of(problem) from problem
        except RoomTrouble:
            raise
        except Exception as problem:  # the SDK raises bare ones at an answer that is not Graph's own
            raise RoomTrouble("unavailable", type(problem).__name__) from problem

    @asynccontextmanager
    async def streaming(self, info: RequestInformation) -> AsyncIterator[httpx.Response]:
        """The answer to `info`, whose content has not been read yet. Its pieces have to come in time each."""
        info.path_parameters["baseurl"] = self._adapter.base_url  # the SDK forgets it here
        async with self.asking():
            request = await self._adapter.convert_to_native_async(info)
            answer = await self._http.send(request, stream=True)
        try:
            if answer.is_error:
                raise _refusal(answer.status_code, await answer.aread(), answer.headers)
            yield answer
        except httpx.HTTPError as problem:
            raise RoomTrouble("unavailable", type(problem).__name__) from problem
        finally:
            await answer.aclose()

    async def aclose(self) -> None:
        """Close also the connections themselves: the SDK wraps what holds them, and hands no closing on."""
        if self._credential:
            await self._credential.close()
        await self._http.aclose()
        for wrapper in (self._http._transport, *self._http._mounts.values()):  # noqa: SLF001 - as the SDK does
            if wrapper is not None:
                await cast("AsyncGraphTransport", wrapper).transport.aclose()


def _refusal(status: int, body: bytes, headers: Mapping[str, str]) -> RoomTrouble:
    """Of an answer that the SDK has not read."""
    try:
        error = json.loads(body)["error"]
        inner = (error.get("innerError") or {}).get("code")
        return trouble_of(
            status, code=error.get("code"), inner=inner, message=error.get("message"), headers=headers
        )
    except (ValueError, KeyError, TypeError, AttributeError):  # a gateway's page
        return trouble_of(status, headers=headers)


def _trouble_of(problem: APIError) -> RoomTrouble:
    status, headers = problem.response_status_code or 0, problem.response_headers
    error = problem.error if isinstance(problem, ODataError) else None
    if error is None:
        return trouble_of(status, headers=headers)
    # Graph's own documentation also writes innererror, which the SDK does not know.
    inner = (error.inner_error or error).additional_data
    code = (inner if error.inner_error else inner.get("innererror") or {}).get("code")
    return trouble_of(status, code=error.code, inner=code, message=error.message, headers=headers)
