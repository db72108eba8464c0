"""What a manifest does not declare does not type-check, and what it declares does."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from home import ROOT, SOURCE, VECTORS, generate

TYPES = pathlib.Path(__file__).parent / "types"
TOOLS = os.environ.get("ABOVEBOARD_PYTHON_TOOLS", str(ROOT / "target/python"))
MANIFESTS = [
    VECTORS / "telemetry.toml",
    ROOT / "crates/manifest/tests/fixtures/every.toml",
    *sorted((ROOT / "config/profiles").glob("*.toml")),
]


class Types(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aboveboard-types-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def tool(self, *words: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": TOOLS, "MYPYPATH": str(SOURCE)}
        command = [sys.executable, "-m", *words]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)

    def mypy(self, *files: str | pathlib.Path) -> list[str]:
        """What mypy says of these files."""
        options = ["--strict", "--no-error-summary", "--hide-error-context", "--no-pretty"]
        done = self.tool("mypy", *options, "--cache-dir", str(self.folder / "cache"), *files)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_all_that_is_declared_type_checks(self) -> None:
        generate(MANIFESTS[0], self.folder / "telemetry_gen.py")
        shutil.copy(TYPES / "declared.py", self.folder)
        self.assertEqual(self.mypy("declared.py", "telemetry_gen.py"), [])

    def test_nothing_that_is_not_declared_type_checks(self) -> None:
        generate(MANIFESTS[0], self.folder / "telemetry_gen.py")
        shutil.copy(TYPES / "undeclared.py", self.folder)
        lines = (TYPES / "undeclared.py").read_text().splitlines()
        expected = {
            place: found for place, line in enumerate(lines, 1) if (found := re.search("  # ([a-z-]+) (.*)$", line))
        }
        refused = set()
        for message in self.mypy("undeclared.py"):
            found = re.match(r"undeclared.py:(\d+): error: (.*)  \[([a-z-]+)\]$", message)
            if not found:
                self.assertIn(": note: ", message)
                continue
            place = int(found[1])
            self.assertIn(place, expected, message)
            self.assertEqual(found[3], expected[place][1], message)
            self.assertIn(expected[place][2], found[2], message)
            refused.add(place)
        self.assertEqual([lines[place - 1] for place in expected if place not in refused], [], "passes")

    def test_the_types_are_formatted_and_those_of_every_manifest_type_check(self) -> None:
        files = [self.folder / f"types{place}.py" for place in range(len(MANIFESTS))]
        for manifest, file in zip(MANIFESTS, files):
            generate(manifest, file)
        black = self.tool("black", "--check", "--quiet", *files)
        self.assertEqual((black.returncode, black.stdout, black.stderr), (0, "", ""))
        self.assertEqual(self.mypy(*files), [])

    def test_the_package_is_formatted_and_type_checks(self) -> None:
        black = self.tool("black", "--check", "--quiet", "--line-length", "120", SOURCE, pathlib.Path(__file__).parent)
        self.assertEqual((black.returncode, black.stderr), (0, ""))
        self.assertEqual(self.mypy(SOURCE / "aboveboard"), [])

    def test_the_example_product_is_formatted_and_type_checks(self) -> None:
        product = sorted((ROOT / "examples/products/openvino").glob("*.py"))
        black = self.tool("black", "--check", "--quiet", "--line-length", "120", *product)
        self.assertEqual((black.returncode, black.stderr), (0, ""))
        self.assertEqual(self.mypy("--ignore-missing-imports", *product), [])


if __name__ == "__main__":
    unittest.main()
