"""Where a camera's address comes from, and what is said when there is none."""

import asyncio

import pytest

from custom_components.mesh_call.media.rtsp import address
from custom_components.mesh_call.media.rtsp.address import resolve_address
from custom_components.mesh_call.media.source import SourceError, SourceProblem


async def test_an_address_is_asked_for_and_taken_apart() -> None:
    async def provider() -> str:
        return "rtsp://camera/stream"

    assert (await resolve_address(provider)).host == "camera"


async def test_what_whoever_knows_says_is_passed_on() -> None:
    async def provider() -> str:
        raise SourceError(SourceProblem.NO_MEDIA, "the camera has no stream address")

    with pytest.raises(SourceError) as caught:
        await resolve_address(provider)
    assert caught.value.problem is SourceProblem.NO_MEDIA
    assert caught.value.detail == "the camera has no stream address"


@pytest.mark.parametrize("answer", [None, "", "http://camera/", ValueError("secret")])
async def test_all_else_is_a_camera_that_can_not_be_reached(
    answer: str | Exception | None,
) -> None:
    async def provider() -> str | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(SourceError) as caught:
        await resolve_address(provider)
    assert caught.value.problem is SourceProblem.CANNOT_CONNECT
    assert "secret" not in str(caught.value)


async def test_who_never_answers_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(address, "ADDRESS_TIMEOUT", 0.01)

    async def provider() -> str:
        return await asyncio.Future()

    with pytest.raises(SourceError) as caught:
        await resolve_address(provider)
    assert caught.value.problem is SourceProblem.CANNOT_CONNECT
