"""A real collector on loopback, by a clock that stands where it is set."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import secrets
import signal
import sqlite3
import struct
import subprocess
import time
import typing
import urllib.request
import uuid

TOKEN = "token-of-the-operator"
PATIENCE = 120
"""Seconds until a collector must answer, and until its store must have more of what is in its log."""


def values(product: str, number: int) -> list[bytes]:
    """The three values whose possession an installation proves: to send, to read, to forget."""
    return [hashlib.sha256(f"{what} {product} {number}".encode()).digest() for what in ("send", "read", "forget")]


def installation_id(product: str, number: int) -> str:
    parts = b"".join(hashlib.sha256(value).digest() for value in values(product, number))
    first = bytearray(hashlib.sha256(b"aboveboard installation 2\0" + product.encode() + b"\0" + parts).digest()[:16])
    first[6] = first[6] & 0x0F | 0x80
    first[8] = first[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(first)))


def proof(product: str, number: int, shown: int) -> str:
    """The value of one purpose in the clear, the others hashed."""
    of = values(product, number)
    return ".".join((value if at == shown else hashlib.sha256(value).digest()).hex() for at, value in enumerate(of))


class Collector:
    """Starts when it is entered, and ends when it is left."""

    def __init__(
        self, binary: pathlib.Path, folder: pathlib.Path, manifests: dict[tuple[str, int], str], entries: int, cluster: str | None,
    ) -> None:
        self.binary = binary
        self.folder = folder
        self.clock = folder / "clock"
        self.library = folder / "clock.so"
        source = pathlib.Path(__file__).with_name("clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, source, "-ldl"], check=True)
        self.cluster = cluster
        """The address of a server of ClickHouse, each history in a database of its own; none for SQLite."""
        self.database = f"oracle_{secrets.token_hex(8)}"
        self.data = folder / "data"
        (self.data / "manifests").mkdir(parents=True)
        for (product, revision), text in manifests.items():
            (self.data / "manifests" / f"{product}-{revision}.toml").write_text(text)
        if cluster is not None:
            # What one transaction is in a file is some twenty statements in a cluster.
            entries *= 64
        self.config = folder / "collector.toml"
        self.config.write_text(f"""listen = "127.0.0.1:0"
data = "{self.data}"
operator.token-hash = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"
proxy.trusted-hops = 1
quota.prefix-per-hour = "1GiB"
[rate]
prefix-per-second = 1000000
prefix-burst = 1000000
total-per-second = 1000000
total-burst = 1000000
[limits]
request = "{PATIENCE}s"
idle = "{PATIENCE}s"
[apply]
entries = {entries}
pace = "10ms"
""" + self.store())
        self.outages: list[tuple[int, int]] = []
        """When it did not run, as far as it knows: it notes each minute that it does, by the clock on the wall of this test."""
        self.now = 0
        """Where the clock stands."""
        self.newest_receipt: int | None = None
        """The day of the last receipt; none before the first."""
        self.process: subprocess.Popen | None = None
        self.connection: http.client.HTTPConnection | None = None

    def store(self) -> str:
        """The store in the configuration: SQLite where no server of ClickHouse is named."""
        if self.cluster is None:
            return ""
        key = self.folder / "cluster-key"
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
        return f"""[store]
kind = "clickhouse"
shards = [["{self.cluster}"]]
database = "{self.database}"
key-file = "{key}"
"""

    def query(self, text: str) -> str:
        """What the server of the cluster answers."""
        with urllib.request.urlopen(self.cluster, text.encode(), PATIENCE) as answer:
            return answer.read().decode()

    def set_clock(self, now: int) -> None:
        """The clock stands at this moment until it is set again."""
        self.now = now
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as clock:
            clock.write(struct.pack("q", now))

    def __enter__(self) -> Collector:
        if self.cluster is not None:
            self.query(f"CREATE DATABASE {self.database}")
        self.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            error.add_note(f"the collector says: {(self.folder / 'log').read_text()[-4000:]}")
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.ended()
        if self.cluster is not None:
            self.query(f"DROP DATABASE {self.database}")

    def ended(self) -> None:
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        if self.connection is not None:
            self.connection.close()

    def start(self) -> None:
        env = {**os.environ, "HOME": str(self.folder), "LD_PRELOAD": str(self.library), "CLOCK": str(self.clock)}
        with open(self.folder / "log", "a") as log:
            command = [str(self.binary), "collect", "--config", str(self.config)]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=env, text=True)
        line = self.process.stdout.readline()
        address = line.rsplit("http://", 1)[-1].strip().rstrip("/.")
        if "http://" not in line:
            raise RuntimeError(f"the collector does not start: {line}{(self.folder / 'log').read_text()[-2000:]}")
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)

    def restart(self, now: int) -> None:
        """Ends it by SIGTERM, with all of its log in its store, and starts it again on the same data."""
        self.settle()
        self.process.send_signal(signal.SIGTERM)
        self.ended()
        self.note_outage(now)
        self.start()
        if self.cluster is not None:
            self.await_round(now // 86_400)

    def await_round(self, today: int) -> None:
        """Each start makes a round of retention; on a cluster it takes so long that the clock must not be set anew meanwhile."""
        last = self.last_day("retention-day") or self.newest_receipt
        if last is None or today - last > 7:
            # There is nothing to forget, or the clock is not believed.
            return
        end = time.monotonic() + PATIENCE
        while self.last_day("receipts-forgotten") < today:
            if time.monotonic() > end:
                raise RuntimeError("the round of retention does not end")
            time.sleep(0.05)

    def last_day(self, kind: str) -> int:
        """The last day of which entries of this kind in the journal of the cluster tell; 0 where there are none."""
        return int(self.query(f"SELECT max(reinterpretAsInt32(body)) FROM {self.database}.journal WHERE kind = '{kind}'"))

    def note_outage(self, now: int) -> None:
        """A time of five minutes or more since it last noted that it runs is an outage; known for 56 days."""
        path = self.data / "running"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        seen = [int(line[0]) for line in lines if len(line) == 1]
        if seen and now - seen[0] >= 300:
            self.outages.append((seen[0], now))
        self.outages = [outage for outage in self.outages if outage[1] >= now - 56 * 86_400]

    def ask(self, method: str, path: str, body: str | None = None, headers: dict | None = None) -> tuple[int, bytes]:
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, body, headers or {})
                response = self.connection.getresponse()
                return response.status, response.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A connection that was idle for too long is closed; nothing of a request was read then.
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def get(self, path: str) -> bytes:
        end = time.monotonic() + PATIENCE
        while True:
            status, body = self.ask("GET", path, headers={"authorization": f"Bearer {TOKEN}"})
            if status == 200:
                return body
            # On a busy machine a cluster may take longer than a collector waits for it.
            if status != 503 or time.monotonic() > end:
                raise RuntimeError(f"{path}: {status} {body[:500]!r}")

    def json(self, path: str) -> typing.Any:
        return json.loads(self.get(path))

    def post(self, number: int, body: dict, sent_at: int | None) -> tuple[int, dict]:
        """A batch of the installation with this number."""
        headers = {
            "content-type": "application/json", "aboveboard-key": "key", "aboveboard-batch": body["batch"],
            "aboveboard-proof": proof(body["product"], number, 0), "x-forwarded-for": f"10.0.{number}.1",
        }
        if sent_at is not None:
            headers["aboveboard-sent-at"] = str(sent_at)
        status, answer = self.ask("POST", "/v1/batch", json.dumps(body), headers)
        if status == 202:
            self.newest_receipt = self.now // 86_400
        return status, json.loads(answer)

    def erase(self, product: str, number: int) -> None:
        headers = {
            "content-type": "application/json", "aboveboard-installation": installation_id(product, number),
            "aboveboard-proof": proof(product, number, 2),
        }
        self.accepted("/v1/erase", {"product": product}, headers)

    def clear(self, product: str) -> None:
        headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
        self.accepted("/v1/erase", {"product": product, "synthetic": True}, headers)

    def accepted(self, path: str, body: dict, headers: dict) -> None:
        status, answer = self.ask("POST", path, json.dumps(body), headers)
        if status != 202:
            raise RuntimeError(f"{path}: {status} {answer[:500]!r}")

    def settle(self) -> None:
        """Waits until the store has all of the log, and has taken out what was erased."""
        left: int | None = None
        while True:
            lines = self.get("/metrics").decode().splitlines()
            unapplied = next(int(line.split()[1]) for line in lines if line.startswith("aboveboard_log_unapplied_bytes "))
            if unapplied == 0 and not self.is_removing():
                return
            if left is None or unapplied < left:
                left = unapplied
                end = time.monotonic() + PATIENCE
            elif time.monotonic() > end:
                raise RuntimeError("the store does not keep up with the log")
            time.sleep(0.02)

    def is_removing(self) -> bool:
        if self.cluster is not None:
            # What was erased counts in no answer of a cluster from then on, also before it is deleted.
            return False
        path = f"file:{self.data / 'store.sqlite'}?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=PATIENCE)) as store:
            return store.execute("SELECT EXISTS (SELECT 1 FROM removal)").fetchone()[0] == 1
