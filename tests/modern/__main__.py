"""ClickHouse of today behind HTTP, by its package for Python: as much of the protocol as a collector speaks.

    python3 tests/modern HOST:PORT FOLDER PACKAGES

FOLDER is an empty directory for its data, PACKAGES where `chdb-core` is installed. Everything runs in this process, one
statement after the other. Statuses are 200 and 500 alone: which one of the others an error has is not the engine's to say.
"""

from __future__ import annotations

import http.server
import os
import pathlib
import socketserver
import sys
import threading
import typing
import urllib.parse

OF_THE_PROTOCOL = {"query", "database", "wait_end_of_query"}
"""Parameters that are no settings of the engine. An answer is always sent when its end is known."""

DEFAULT_DATABASE = "default"


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Engine:
    """ClickHouse, with the settings of one statement at a time."""

    def __init__(self, folder: pathlib.Path, session: typing.Any) -> None:
        self.session = session
        self.rows = folder / "rows"
        self.settings: dict[str, str] = {}
        self.turn = threading.Lock()

    def run(self, parameters: dict[str, str], body: bytes) -> bytes:
        """What it answers to a request; an error is raised."""
        with self.turn:
            self.set({name: value for name, value in parameters.items() if name not in OF_THE_PROTOCOL})
            self.session.query(f"USE `{parameters.get('database', DEFAULT_DATABASE)}`")
            statement = parameters.get("query")
            if statement is None:
                return self.answer(body.decode())
            return self.insert(statement, body) if body else self.answer(statement)

    def answer(self, statement: str) -> bytes:
        return bytes(self.session.query(statement, "TabSeparated").bytes())

    def insert(self, statement: str, rows: bytes) -> bytes:
        """A statement that ends with the format of the rows behind it."""
        target, word, row_format = statement.rpartition(" FORMAT ")
        if not word:
            raise ValueError("Code: 62. DB::Exception: rows without a format")
        self.rows.write_bytes(rows)
        return self.answer(f"{target} FROM INFILE {quoted(str(self.rows))} FORMAT {row_format}")

    def set(self, settings: dict[str, str]) -> None:
        """What is not stated is as the engine has it by itself, whatever the statement before said."""
        for name in [name for name in self.settings if name not in settings]:
            self.session.query(f"SET {name} = DEFAULT")
            del self.settings[name]
        for name, value in settings.items():
            if self.settings.get(name) != value:
                self.session.query(f"SET {name} = {quoted(value)}")
                self.settings[name] = value


class Handler(http.server.BaseHTTPRequestHandler):
    """One request a connection."""

    server: Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length)
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        status = "200 OK"
        try:
            answer = self.server.engine.run(parameters, body)
        except Exception as error:  # The engine's errors have no type of their own that every version has.
            status = "500 Internal Server Error"
            answer = str(error).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
        # In one piece: the end of an answer that comes in two would wait until the first is acknowledged.
        self.wfile.write(head.encode() + answer)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine) -> None:
        super().__init__(address, Handler)
        self.engine = engine


def main() -> None:
    address, folder, packages = sys.argv[1:]
    host, _, port = address.rpartition(":")
    root = pathlib.Path(folder).resolve()
    work = root / "work"
    work.mkdir()
    # The engine takes a `config.xml` of the working directory for its own.
    os.chdir(work)
    sys.path.insert(0, packages)
    from chdb import session

    with Server((host, int(port)), Engine(root, session.Session(str(root / "data")))) as server:
        print("ready", flush=True)
        server.serve_forever()


main()
