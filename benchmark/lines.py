"""Requests that come as lines of JSON, for the benchmark's own programs."""

import asyncio
from collections.abc import Awaitable, Callable
import json
import sys
from typing import Any

type Handler = Callable[[dict[str, Any]], Awaitable[Any]]


async def serve(handler: Handler) -> None:
    """Answer each line on standard input by one on standard output, until its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        answer = await handler(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
