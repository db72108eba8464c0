"""What an event costs a program in Python: the client, a bare write to a pipe, a process, and Segment's SDK.

python3 bench.py AGENT [ROUNDS], with PYTHONPATH naming the package `aboveboard`, its types of the vectors, and Segment's SDK.
"""

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import segment.analytics

import telemetry_gen

AGENT = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
EVENTS = 100
MANIFEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/vectors/telemetry.toml")

SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def main() -> None:
    home = tempfile.TemporaryDirectory()
    os.environ.update(
        HOME=home.name, VECTORS_TELEMETRY_ENDPOINT="http://127.0.0.1:9", VECTORS_TELEMETRY_ALLOW_PRIVATE="true"
    )
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    segment.analytics.write_key = "key"
    segment.analytics.host = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    segment.analytics.max_queue_size = 10 * EVENTS * ROUNDS
    telemetry = telemetry_gen.Telemetry(MANIFEST, agent=AGENT, version="2.1.0")
    fields = {"ok": True, "provider": "podman", "took": 1520}
    line = json.dumps({"event": "start-finished", "fields": fields}).encode() + b"\n"
    took = datetime.timedelta(milliseconds=1520)

    def record() -> None:
        telemetry.record(telemetry_gen.StartFinished(ok=True, provider="podman", took=took))

    ways = {
        "a bare write to a pipe": lambda: os.write(reader.stdin.fileno(), line),
        "client, undecided": record,
        "client, recorded": record,
        "Segment, sent": lambda: segment.analytics.track("a", "start-finished", fields),
    }
    print("| way | µs a call | µs of CPU an event, in all |\n|---|---|---|")
    for name, call in ways.items():
        if name == "client, recorded":
            subprocess.run([AGENT, "--manifest", MANIFEST, "on"], check=True, stderr=subprocess.DEVNULL)
            time.sleep(2.5)  # the relay looks at the answer again after two seconds
            record()
        times = []
        before = time.process_time()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(EVENTS):
                call()
            times.append((time.perf_counter() - began) / EVENTS * 1e6)
            time.sleep(0.01)
        if name.startswith("Segment"):
            segment.analytics.flush()
        cpu = (time.process_time() - before) / EVENTS / ROUNDS * 1e6
        print(f"| {name} | {statistics.median(times):.1f} | {cpu:.1f} |")
    starts = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(["/bin/true"])
        starts.append((time.perf_counter() - began) * 1e6)
    print(f"| `/bin/true`, awaited | {statistics.median(starts):.0f} | |")
    telemetry.close()
    reader.kill()
    server.kill()


main()
