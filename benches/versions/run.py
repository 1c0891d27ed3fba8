"""Runs the drivers of this folder, compares their answers and prints rates. See ../versions.sh.

Every driver gets a file with two versions and a tab between them on a line, and milliseconds. It reads and compares
both versions of every line again and again, and prints the best rate of five rounds in comparisons a second of time on
the processor. Then it prints `<`, `=`, `>`, or `!` where it refuses a version, for each line.
"""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
OURS = HERE.parent.parent / pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "release/examples/versions"
MAVEN = "/usr/share/java/maven3-artifact.jar:/usr/share/java/commons-lang3.jar"
JARS = os.environ.get("MAVEN_ARTIFACT", MAVEN)
GOROOT = "/usr/share/gocode"


@dataclasses.dataclass
class Peer:
    ecosystem: str
    fixtures: list[str]
    name: str
    # Of what kind the program is that is measured.
    kind: str
    # What is needed, the command that builds it (with {work}) and the one that runs it; None: it cannot run.
    needs: str | None
    build: list[str] | None
    run: list[str] | None
    why_not: str = ""
    environment: dict = dataclasses.field(default_factory=dict)


def python(variable):
    return os.environ.get(variable, variable.lower())


def native(define, *libraries):
    flags = [f"-l{library}" for library in libraries]
    return ["cc", "-O2", f"-D{define}", str(HERE / "native.c"), "-o", "{work}/native", *flags]


def crate(name):
    return [str(OURS), f"crate:{name}"]


def both(name):
    return [f"{name}-versions.txt", f"{name}-versions-generated.txt"]


SEMVER = ["semver-versions.txt"]
PACKAGING, UNIVERS = python("PACKAGING_PYTHON"), python("UNIVERS_PYTHON")
PEERS = [
    Peer("crates.io", SEMVER, "semver crate", "Rust", str(OURS), None, crate("semver")),
    Peer("PyPI", both("pypi"), "pep440_rs crate", "Rust", str(OURS), None, crate("pep440_rs")),
    Peer("Debian", both("debian"), "debversion crate", "Rust", str(OURS), None, crate("debversion")),
    Peer("Debian", both("debian"), "libdpkg", "C", "cc", native("DPKG", "dpkg", "md"), ["{work}/native"]),
    Peer("Red Hat", ["redhat-versions.txt"], "librpm", "C", "cc", native("RPM", "rpm", "rpmio"), ["{work}/native"]),
    Peer("Go", SEMVER, "golang.org/x/mod", "Go, compiled", "go",
         ["go", "build", "-o", "{work}/go", str(HERE / "semver.go")], ["{work}/go"],
         environment={"GO111MODULE": "off", "GOPATH": GOROOT, "GOCACHE": "{work}/cache", "GOFLAGS": ""}),
    Peer("Maven", both("maven"), "ComparableVersion", "Java, compiled as it runs", "javac",
         ["javac", "-cp", JARS, "-d", "{work}", str(HERE / "maven.java")], ["java", "-cp", "{work}:" + JARS, "Driver"]),
    Peer("npm", SEMVER, "node-semver", "JavaScript, compiled as it runs", "node", None, ["node", str(HERE / "npm.cjs")]),
    Peer("PyPI", both("pypi"), "packaging", "Python, interpreted", PACKAGING, None,
         [PACKAGING, str(HERE / "pypi.py"), "packaging"]),
    Peer("RubyGems", both("rubygems"), "Gem::Version", "Ruby, interpreted", "ruby", None,
         ["ruby", str(HERE / "rubygems.rb")]),
    Peer("Packagist", both("packagist"), "composer/semver", "PHP, interpreted", "php", None,
         ["php", str(HERE / "composer.php")]),
    Peer("Hex", SEMVER, "Version of Elixir", "Elixir, compiled to bytecode", "elixir", None,
         ["elixir", str(HERE / "hex.exs")]),
    Peer("CRAN", both("cran"), "package_version", "R, interpreted", "Rscript", None, ["Rscript", str(HERE / "cran.R")]),
    Peer("Alpine", both("alpine"), "univers (a port)", "Python, interpreted", UNIVERS, None,
         [UNIVERS, str(HERE / "pypi.py"), "apk"]),
    Peer("NuGet", ["nuget-versions.txt"], "univers (a port)", "Python, interpreted", UNIVERS, None,
         [UNIVERS, str(HERE / "pypi.py"), "nuget"]),
    Peer("Alpine", both("alpine"), "apk-tools", "C", None, None, None, "no package for Debian"),
    Peer("NuGet", ["nuget-versions.txt"], "NuGet.Versioning", ".NET", None, None, None, "needs .NET"),
    Peer("Pub", ["pub-versions.txt"], "pub_semver", "Dart", None, None, None, "needs Dart"),
    Peer("Hackage", ["hackage-versions.txt"], "Cabal", "Haskell", None, None, None, "needs GHC, for a file of 7 lines"),
]


def pairs(folder, names):
    """(a, expected, b) of every line that is no comment."""
    for name in names:
        for line in (folder / name).read_text().splitlines():
            line = line.strip()
            if not line or line.startswith(("//", "#")):
                continue
            sign = next(sign for sign in "<>=" if f" {sign} " in line)
            a, _, b = line.partition(f" {sign} ")
            yield a.strip(), sign, b.strip()


def drive(command, file, environment):
    milliseconds = os.environ.get("MILLISECONDS", "1000")
    answer = subprocess.run([*command, str(file), milliseconds], check=True, capture_output=True, text=True,
                            env=os.environ | environment)
    rate, *signs = answer.stdout.splitlines()
    return float(rate), signs


def fill(parts, work):
    return [part.replace("{work}", str(work)) for part in parts]


def report_answers(lines, ours, theirs):
    """Where the two, or one of them and the fixture, do not say the same."""
    differ = 0
    for (a, expected, b), our, their in zip(lines, ours, theirs, strict=True):
        if not our == their == expected:
            differ += 1
            print(f"    {a} {expected} {b} in the fixture; ours {our}, theirs {their}")
    return differ


def compare(peer, folder, work):
    lines = list(pairs(folder, peer.fixtures))
    file = work / "pairs"
    file.write_text("".join(f"{a}\t{b}\n" for a, _, b in lines))
    environment = {key: value.replace("{work}", str(work)) for key, value in peer.environment.items()}
    if peer.build:
        subprocess.run(fill(peer.build, work), check=True, env=os.environ | environment)
    best, answers = [0.0, 0.0], [None, None]
    for _ in range(int(os.environ.get("RUNS", 3))):
        for place, command in enumerate([[str(OURS), peer.ecosystem], fill(peer.run, work)]):
            rate, answers[place] = drive(command, file, environment)
            best[place] = max(best[place], rate)
    differ = report_answers(lines, *answers)
    return (f"{peer.ecosystem:<10} {peer.name:<18} {peer.kind:<31} {best[0] / 1e6:9.2f} {best[1] / 1e6:9.3f} "
            f"{best[0] / best[1]:7.1f}  {len(lines) - differ} agree, {differ} differ")


def main(folder):
    rows = []
    for peer in PEERS:
        if peer.needs is None or shutil.which(peer.needs) is None:
            why = peer.why_not or f"no {peer.needs} here"
            rows.append(f"{peer.ecosystem:<10} {peer.name:<18} {peer.kind:<31} NOT RUN: {why}")
            continue
        print(f"{peer.ecosystem}, {peer.name}:")
        with tempfile.TemporaryDirectory() as work:
            try:
                rows.append(compare(peer, pathlib.Path(folder), pathlib.Path(work)))
            except subprocess.CalledProcessError as error:
                said = (error.stderr or "").strip().splitlines()
                why = said[-1] if said else str(error)
                rows.append(f"{peer.ecosystem:<10} {peer.name:<18} {peer.kind:<31} NOT RUN: {why}")
    print(f"\n{'':<10} {'':<18} {'millions a second':<31} {'ours':>9} {'theirs':>9} {'ratio':>7}")
    print("\n".join(rows))


if __name__ == "__main__":
    main(sys.argv[1])
