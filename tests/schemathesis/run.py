"""Starts the sandbox on a free port, asks Schemathesis to break its contract, and tells what was answered.

Called by `run` beside it, within the environment that has Schemathesis.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BANNER = re.compile(r"^\s*API\s+(http://\S+)", re.MULTILINE)
START_SECONDS = 120


def start(program, folder):
    """The sandbox, with a database of its own and without a word of our environment; and its address."""
    said = pathlib.Path(folder, "said")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "TMPDIR", "LANG") if name in os.environ}
    with open(said, "w", encoding="utf-8") as output:
        words = [program, "sandbox", "--listen", "127.0.0.1:0", "--folder", str(pathlib.Path(folder, "sandbox"))]
        sandbox = subprocess.Popen(words, env=kept, stdout=output, stderr=subprocess.STDOUT)
    for _ in range(START_SECONDS * 4):
        found = BANNER.search(said.read_text(encoding="utf-8"))
        if found:
            return sandbox, found.group(1), said
        if sandbox.poll() is not None:
            break
        time.sleep(0.25)
    sandbox.kill()
    sys.exit(f"the sandbox did not start:\n{said.read_text(encoding='utf-8')}")


def table(statuses, operations):
    """How each operation was answered, and what is amiss in that."""
    amiss = []
    others = sum(sum(counted.values()) for operation, counted in statuses.items() if operation not in operations)
    total = 0
    for operation in operations:
        counted = statuses.get(operation, {})
        total += sum(counted.values())
        print(f"{operation:<72}" + "  ".join(f"{status}: {count}" for status, count in sorted(counted.items())))
        if not any(status.startswith("2") for status in counted):
            amiss.append(f"{operation} never succeeded")
        amiss += [f"{operation} answered {status}" for status in counted if status.startswith("5")]
    print(f"{len(operations)} operations, {total} requests, and {others} with methods that they do not have")
    return amiss


def operations_of(address):
    """What the document lists, but for the document itself: Schemathesis reads that before it begins."""
    with urllib.request.urlopen(f"{address}/api_docs/openapi.json", timeout=30) as answer:
        paths = json.load(answer)["paths"]
    listed = [f"{method.upper()} {path}" for path, item in paths.items() for method in item]
    return [operation for operation in listed if not operation.endswith("/api_docs/openapi.json")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--examples", type=int, default=1000, help="cases of each operation, of each phase that makes them")
    parser.add_argument("--reports", default="target/schemathesis-report")
    given, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        # The database's own user passes through.
        os.chmod(folder, 0o755)
        sandbox, address, said = start(given.program, folder)
        try:
            statuses = pathlib.Path(folder, "statuses.json")
            environment = {
                **os.environ,
                "AAROKYA_URL": address,
                "AAROKYA_STATUSES": str(statuses),
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": str(HERE),
            }
            reports = pathlib.Path(given.reports).resolve()
            words = ["schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run"]
            words += [f"{address}/api_docs/openapi.json", "-n", str(given.examples)]
            words += ["--report", "ndjson,junit", "--report-dir", str(reports), *more]
            words[0] = str(pathlib.Path(sys.executable).with_name("schemathesis"))
            outcome = subprocess.run(words, env=environment, cwd=folder, check=False).returncode
            amiss = table(json.loads(statuses.read_text(encoding="utf-8")), operations_of(address))
        finally:
            sandbox.send_signal(signal.SIGINT)
            sandbox.wait(timeout=60)
        (reports / "sandbox.log").write_text(said.read_text(encoding="utf-8"), encoding="utf-8")
    for sentence in amiss:
        print(sentence)
    sys.exit(outcome or bool(amiss))


main()
