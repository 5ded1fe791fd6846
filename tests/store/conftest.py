import pytest

from orchestrator.store.directory import Directory
from orchestrator.store.pool import Pool
from orchestrator.store.records import Organisation
from orchestrator.store.secrets import Vault, new_key
from tests.store.examples import FJORDBY, SKOGVIK


@pytest.fixture
async def directory(pool: Pool) -> Directory:
    """A directory with two municipalities."""
    directory = Directory(pool, Vault(new_key()))
    await directory.put_organisation(
        Organisation(id=FJORDBY, name="Fjordby", slug="fjordby", hosts=("moter.fjordby.example",))
    )
    await directory.put_organisation(Organisation(id=SKOGVIK, name="Skogvik", slug="skogvik", language="nn"))
    return directory
