"""A real home, a real door and a real browser for all tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, BrowserContext
import pytest

from .browser import running_browser, write_tone
from .homeassistant_process import HomeAssistantProcess, running_home

MICROPHONE_FREQUENCY = 1000.0
DOOR_FREQUENCY = 440.0
