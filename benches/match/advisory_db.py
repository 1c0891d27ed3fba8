"""Makes a folder of RustSec advisories, as cargo-audit reads them, from RustSec's OSV records.

    advisory_db.py RECORDS ADVISORY_DB

What OSV says is affected becomes RustSec's `patched` and `unaffected`: all that lies outside. Texts are left out, so
that cargo-audit has less to read than the records have.
"""

import json
import pathlib
import sys

FIRST = ("0", "0.0.0-0")


def safe(entry):
    """RustSec's (patched, unaffected) requirements for the gaps between the affected stretches."""
    patched, unaffected, fixed = [], [], None
    for event in (event for span in entry["ranges"] for event in span["events"]):
        if "introduced" in event and event["introduced"] not in FIRST:
            start = event["introduced"]
            if fixed is None:
                unaffected.append(f"< {start}")
            else:
                patched.append(f">= {fixed}, < {start}")
            fixed = None
        fixed = event.get("fixed", fixed)
    return patched + ([f">= {fixed}"] if fixed else []), unaffected


def advisory(record):
    (entry,) = record["affected"]
    patched, unaffected = safe(entry)
    about = {"id": record["id"], "package": entry["package"]["name"], "date": record["published"][:10]}
    informational = entry["database_specific"]["informational"]
    about |= {"informational": informational} if informational else {}
    about |= {"withdrawn": record["withdrawn"][:10]} if "withdrawn" in record else {}
    about["aliases"] = record.get("aliases", [])
    lines = ["[advisory]", *(f"{key} = {json.dumps(value)}" for key, value in about.items())]
    lines += ["", "[versions]", f"patched = {json.dumps(patched)}", f"unaffected = {json.dumps(unaffected)}"]
    return "```toml\n" + "\n".join(lines) + f"\n```\n\n# {record['id']}\n\nThe text is left out.\n"


def main(records, place):
    for path in sorted(pathlib.Path(records).rglob("*.json")):
        record = json.loads(path.read_text())
        folder = pathlib.Path(place, "crates", record["affected"][0]["package"]["name"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{record['id']}.md").write_text(advisory(record))


main(*sys.argv[1:])
