"""Version comparisons a second with a Python library; see run.py for what is read and printed.

    python pypi.py packaging|apk|nuget PAIRS MILLISECONDS     # the latter two are univers' ports
"""

import importlib
import sys
import time

CLASSES = {
    "packaging": ("packaging.version", "Version"),
    "apk": ("univers.versions", "AlpineLinuxVersion"),
    "nuget": ("univers.versions", "NugetVersion"),
}


def main(library, file, milliseconds):
    module, name = CLASSES[library]
    read = getattr(importlib.import_module(module), name)
    pairs = [line.rstrip("\n").split("\t") for line in open(file, encoding="utf-8")]

    def compare(a, b):
        try:
            a, b = read(a), read(b)
            return "<" if a < b else "=" if a == b else ">"
        except Exception:  # each library has its own for a text that is no version
            return "!"

    best = 0
    for _ in range(5):
        start, elapsed, done = time.process_time(), 0, 0
        while elapsed < float(milliseconds) / 1e3 / 5:
            for _ in range(1 + 1_000 // len(pairs)):
                for a, b in pairs:
                    compare(a, b)
                done += len(pairs)
            elapsed = time.process_time() - start
        best = max(best, done / elapsed)
    print(f"{best:.0f}")
    for a, b in pairs:
        print(compare(a, b))


main(*sys.argv[1:])
