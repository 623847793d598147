"""A running server whose output is read all the while."""

from __future__ import annotations

import threading

import httpx
import psutil

from tests.conftest import RunningApp

ASKED = "Who runs school support services?"


class Server(RunningApp):
    """Starts `python app.py`; what it prints never fills a pipe that nobody reads."""

    def __enter__(self) -> str:
        address = super().__enter__()
        self._lines: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(timeout=10)
            if self.process.stdout:
                self.process.stdout.close()
            self.output = b"".join(self._lines).decode(errors="replace")

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def address(self) -> str:
        """The same, for a client."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def so_far(self) -> list[str]:
        """The lines that it printed until now."""
        return b"".join(self._lines).decode(errors="replace").splitlines()

    @property
    def memory(self) -> int:
        """The bytes that it has in memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def cpu_seconds(self) -> float:
        """The seconds for which it had a core until now."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    @property
    def connections(self) -> int:
        """How many connections visitors have to it."""
        open_now = psutil.Process(self.process.pid).net_connections("tcp")
        return sum(c.laddr.port == self._port and c.status == "ESTABLISHED" for c in open_now)

    def _read(self) -> None:
        if self.process.stdout:
            self._lines.extend(self.process.stdout)


def answers(address: str) -> bool:
    """Tell whether a normal question gets its normal answer."""
    reply = httpx.post(f"{address}/api/ask", json={"question": ASKED}, timeout=60)
    return reply.status_code == 200 and reply.json()["status"] == "answered"
