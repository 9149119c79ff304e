"""What a library costs at start-up: the median time of importing it in a fresh interpreter.

    python benchmarks/import_times.py [--runs 15] [module ...]

Each figure is over a bare interpreter (``python -I -c pass``) measured in turn with it, so that both see
the same machine. A library that is not installed is left out.
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time

MODULES = ("sqlite3", "sqlalchemy", "click", "httpx", "rich.console", "rich.progress", "mutagen", "yt_dlp")


def seconds(code: str) -> float:
    """The wall time of a fresh interpreter that runs ``code``."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
    return time.perf_counter() - began


def installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def measure(modules: list[str], runs: int) -> dict[str, list[float]]:
    """Milliseconds per run; the empty name is the bare interpreter. Rounds are interleaved."""
    programs = {"": "pass"} | {module: f"import {module}" for module in modules}
    for code in programs.values():
        seconds(code)  # writes the byte code
    times: dict[str, list[float]] = {module: [] for module in programs}
    for _ in range(runs):
        for module, code in programs.items():
            times[module].append(seconds(code) * 1000)
    return times


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args()
    times = measure([module for module in asked.modules if installed(module)], asked.runs)
    bare = statistics.median(times[""])
    print(f"Python {sys.version.split()[0]}, median of {asked.runs} runs; a bare interpreter takes {bare:.1f} ms\n")
    print("| import | ms over bare | fastest |\n|---|---|---|")
    for module, took in times.items():
        if module:
            print(f"| {module} | {statistics.median(took) - bare:.1f} | {min(took) - min(times['']):.1f} |")


if __name__ == "__main__":
    main()
