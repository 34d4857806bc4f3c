"""`workshop ...` out of a process that has imported everything already: a fork takes milliseconds.

What a command does is the same as after `python -m workshop`, and its streams, environment, folder
and exit code are its own; only the second or two of importing torch is saved, a few hundred times.
Elsewhere than on Linux, and with WORKSHOP_COLD=1, tests start Python each time.

The process reads requests from its standard input, one JSON object a line, and answers each with
two lines: the process id of the command, and its exit code.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

IS_POSSIBLE = sys.platform == "linux" and not os.environ.get("WORKSHOP_COLD")
IMPORTED = (
    "matplotlib.figure", "optuna", "pygame", "safetensors.torch", "torch.utils.tensorboard",
    "agents.dqn", "agents.ppo", "agents.q_learning", "arena.tournament",
    "workshop.compare", "workshop.evaluate", "workshop.play", "workshop.plot", "workshop.seeds",
    "workshop.tournament", "workshop.train", "workshop.tune", "workshop.watch",
)  # fmt: skip


class Warm:
    """The process, and how to ask it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYGAME_HIDE_SUPPORT_PROMPT": "1"},  # the answers are alone there
        )

    def run(
        self, arguments: list[str], folder: Path, env: dict[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command.

        Raises:
            subprocess.TimeoutExpired: it took longer; it is killed.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            streams = [f"/proc/{os.getpid()}/fd/{stream.fileno()}" for stream in (out, err)]
            self._send({"arguments": arguments, "folder": str(folder), "env": env,
                        "streams": streams})  # fmt: skip
            process = self._receive(60)
            assert process is not None
            code = self._receive(timeout)
            if code is None:
                os.kill(process, signal.SIGKILL)
                self._receive(60)
                raise subprocess.TimeoutExpired(arguments, timeout)
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(stream.read().decode("utf-8"))
        return subprocess.CompletedProcess(arguments, code, *texts)

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def _receive(self, seconds: float) -> int | None:
        """The next number; None if there is none in time."""
        stream = self._process.stdout
        assert stream is not None
        if not select.select([stream], [], [], seconds)[0]:
            return None
        return int(stream.readline())


def serve() -> list[str]:
    """Answers requests; returns only in a fork, with what it is to run."""
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        process = os.fork()
        if not process:
            become(request)
            return request["arguments"]
        sys.stdout.buffer.write(b"%d\n" % process)
        sys.stdout.buffer.flush()
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        sys.stdout.buffer.write(b"%d\n" % code)
        sys.stdout.buffer.flush()
    sys.exit()


def become(request: dict[str, Any]) -> None:
    """Turns a fork into the process of a command."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    for number, path in enumerate((os.devnull, *request["streams"])):
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0)
    sys.argv = ["workshop", *request["arguments"]]


if __name__ == "__main__":
    from importlib import import_module

    for name in IMPORTED:
        import_module(name)
    arguments = serve()
    sys.modules["__main__"].__dict__.pop("__file__")  # processes of its own do not run this again
    sys.exit(import_module("workshop.__main__").main(arguments))
