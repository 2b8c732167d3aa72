"""Work that a cancellation must not stop half-way."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def uninterrupted[T](work: Coroutine[Any, Any, T]) -> T:
    """Do all of this work, also when the caller is cancelled meanwhile.

    The caller's cancellation follows when the work is done. A library that is waited
    for directly may take it for that of a task of its own, and so swallow it.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        if not task.cancelled():
            # Looked at, else asyncio logs it as forgotten.
            task.exception()
        raise
    return task.result()
