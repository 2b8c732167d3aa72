"""The field of a form by which parties are chosen that ring."""

from collections.abc import Mapping

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..const import ALL_SCREENS, CONF_RING


def ring_selector(names: Mapping[str, str]) -> SelectSelector:
    """Return a selector of parties, given by their names by id, and of all screens."""
    by_name = sorted(names.items(), key=lambda party: party[1].casefold())
    everybody = SelectOptionDict(value=ALL_SCREENS, label=ALL_SCREENS)
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                everybody,
                *(SelectOptionDict(value=id_, label=name) for id_, name in by_name),
            ],
            multiple=True,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=CONF_RING,
        )
    )
