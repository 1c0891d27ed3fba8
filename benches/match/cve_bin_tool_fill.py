"""Fills cve-bin-tool's database with OSV records through its own reader; run by a Python that has it.

    HOME=FOLDER python cve_bin_tool_fill.py RECORDS
"""

import json
import pathlib
import sys

from cve_bin_tool.cvedb import CVEDB
from cve_bin_tool.data_sources.osv_source import OSV_Source

source = OSV_Source()
records = [json.loads(path.read_text()) for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.json"))]
database = CVEDB(sources=[source], version_check=False)
database.cachedir.mkdir(parents=True, exist_ok=True)
database.init_database()
severities, affected = source.format_data(records)
database.data = [((severities, affected), source.source_name)]
database.populate_db()
database.create_exploit_db()
print(f"{len(records)} records, {len(affected)} ranges", file=sys.stderr)
