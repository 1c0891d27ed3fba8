"""A made CycloneDX inventory of one ecosystem, the same for the same arguments.

    inventory.py RECORDS COUNT [--ecosystem PyPI|crates.io] [--share 40] [--seed 1] [--lock Cargo.lock] > sbom.cdx.json

RECORDS is a folder of OSV records. SHARE per cent of the components are packages that records name, in versions that
records state: listed as affected, or the first one that is fixed (which some other record may affect). For crates.io,
where no versions are listed, the one before the fixed one is taken too. The other components are packages that no
record names. No two components have the same package and version. `--lock` also writes them as a Cargo.lock.
"""

import argparse
import json
import pathlib
import re
import urllib.parse

TYPES = {"PyPI": "pypi", "crates.io": "cargo"}
NUMBERS = re.compile(r"\d+(\.\d+)+")


class Numbers:
    """SplitMix64, so that the file does not depend on the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        mask = 0xFFFF_FFFF_FFFF_FFFF
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        return (mixed ^ (mixed >> 31)) % limit

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def normal(ecosystem, name):
    """PEP 503 for PyPI; crates are as they are written."""
    return re.sub(r"[-_.]+", "-", name.lower()) if ecosystem == "PyPI" else name


def before(version):
    """1.2.3 for 1.2.4; None where the last number is 0."""
    head, _, last = version.rpartition(".")
    return f"{head}.{int(last) - 1}" if NUMBERS.fullmatch(version) and int(last) > 0 else None


def stated(entry, ecosystem):
    """Versions that an `affected` entry of a record states."""
    yield from entry.get("versions", [])
    for span in entry.get("ranges", []):
        for event in span["events"] if span["type"] != "GIT" else []:
            fixed = event.get("fixed")
            if fixed:
                yield fixed
                if ecosystem == "crates.io" and before(fixed):
                    yield before(fixed)


def known(records, ecosystem):
    """Every (package, version) that the records state, in order, each once."""
    pairs = set()
    for path in records.rglob("*.json"):
        for entry in json.loads(path.read_text()).get("affected", []):
            package = entry.get("package", {})
            if package.get("ecosystem") == ecosystem:
                name = normal(ecosystem, package["name"])
                pairs.update((name, version) for version in stated(entry, ecosystem) if "/" not in version)
    return sorted(pairs)


def components(arguments):
    numbers = Numbers(arguments.seed)
    pairs = known(arguments.records, arguments.ecosystem)
    names = {name for name, _ in pairs}
    numbers.shuffle(pairs)
    chosen = dict.fromkeys(pairs[: arguments.count * arguments.share // 100])
    while len(chosen) < arguments.count:
        name = f"pkg-{numbers.below(300_000)}"
        if name not in names:
            chosen[name, f"{numbers.below(8)}.{numbers.below(30)}.{numbers.below(15)}"] = None
    chosen = list(chosen)
    numbers.shuffle(chosen)
    return chosen


def cyclonedx(pairs, ecosystem):
    def component(name, version):
        purl = f"pkg:{TYPES[ecosystem]}/{name}@{urllib.parse.quote(version, safe=':')}"
        return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}

    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [component(name, version) for name, version in pairs],
    }


def lock(pairs):
    source = "registry+https://github.com/rust-lang/crates.io-index"
    package = '[[package]]\nname = "{}"\nversion = "{}"\nsource = "{}"\n'
    return "version = 4\n\n" + "\n".join(package.format(name, version, source) for name, version in sorted(pairs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("records", type=pathlib.Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--ecosystem", choices=TYPES, default="PyPI")
    parser.add_argument("--share", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lock", type=pathlib.Path)
    arguments = parser.parse_args()
    pairs = components(arguments)
    if arguments.lock:
        arguments.lock.write_text(lock(pairs))
    print(json.dumps(cyclonedx(pairs, arguments.ecosystem), indent=1))


if __name__ == "__main__":
    main()
