"""What is outside a home: an XMPP server, apps on it, and the home's account there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from demo.configuration import HOME_ENTRY_ID, STATION_SUBENTRY_ID
from tests.prosody import DOMAIN, PASSWORD, Prosody, running_prosody

from .browser import running_browser, write_tone
from .homeassistant_process import HomeAssistantProcess
from .sdk_app import running_app, served_app

HOME = 101
_FLOWS = "/api/config/config_entries"


@dataclass
class Outside:
    """A server that apps and one home are logged in to."""

    server: Prosody
    home: HomeAssistantProcess
    browser: Browser
    url: str
    entry: str
    """The account's config entry."""

    def app(self, user: int, **looks: Any) -> Any:
        """Run an app as long as the context that is returned is open."""
        return running_app(self.browser, self.url, self.server, user, **looks)

    async def add_contact(self, user: int, **data: bool) -> None:
        """Make a user a contact of the home, named `User <id>`."""
        await run_flow(
            self.home,
            f"{_FLOWS}/subentries/flow",
            {"handler": [self.entry, "contact"]},
            {"name": f"User {user}", "address": str(user), **data},
        )

    async def let_ring(self, *parties: str, **options: Any) -> None:
        """Set who rings when the account is called, and other options."""
        await run_flow(
            self.home,
            f"{_FLOWS}/options/flow",
            {"handler": self.entry},
            {"ring": list(parties), **options},
        )


async def run_flow(
    home: HomeAssistantProcess, path: str, start: dict[str, Any], *steps: dict[str, Any]
) -> dict[str, Any]:
    """Fill in the forms of a flow as the frontend does; returns its result."""
    flow: dict[str, Any] = await home._post(path, start)
    for step in steps:
        assert not flow.get("errors"), flow["errors"]
        flow = await home._post(f"{path}/{flow['flow_id']}", step)
    assert flow["type"] in ("create_entry", "abort"), flow
    return flow


@asynccontextmanager
async def world_outside(
    home: HomeAssistantProcess, folder: Path, **more: str
) -> AsyncIterator[Outside]:
    """Run a server and give the home an account on it; `more` is of its server."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_prosody(folder / "prosody"))
        microphone = folder / "unused.wav"
        write_tone(microphone, 50, seconds=1)
        browser = await stack.enter_async_context(running_browser(microphone))
        url = await stack.enter_async_context(served_app())
        done = await run_flow(
            home,
            f"{_FLOWS}/flow",
            {"handler": "mesh_call"},
            {"next_step_id": "connectycube"},
            {
                "user_id": HOME,
                "app_id": 1,
                "password": PASSWORD,
                "server": {
                    "host": DOMAIN,
                    "port": server.port,
                    "tls": "starttls",
                    "ca_certificate": server.ca.certificate,
                    **more,
                },
            },
        )
        yield Outside(server, home, browser, url, done["result"]["entry_id"])


async def add_station(home: HomeAssistantProcess, name: str, **values: Any) -> None:
    """Add a station whose microphone does not hear its own speaker."""
    await run_flow(
        home,
        f"{_FLOWS}/subentries/flow",
        {"handler": [HOME_ENTRY_ID, "station"]},
        {"name": name, "duplex": "full", **values},
    )


async def let_the_bell_ring(home: HomeAssistantProcess, *parties: str) -> None:
    """Set whom the door calls when somebody presses its bell."""
    await change_the_door(home, ring=list(parties))


async def change_the_door(home: HomeAssistantProcess, **values: Any) -> None:
    """Change settings of the front door."""
    path = f"{_FLOWS}/subentries/flow"
    start = {"handler": [HOME_ENTRY_ID, "station"], "subentry_id": STATION_SUBENTRY_ID}
    form = await home._post(path, start)
    filled_in = {
        field["name"]: field["description"]["suggested_value"]
        for field in form["data_schema"]
        if "suggested_value" in field.get("description", {})
    }
    done = await home._post(f"{path}/{form['flow_id']}", {**filled_in, **values})
    assert done["reason"] == "reconfigure_successful", done
