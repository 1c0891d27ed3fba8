"""Fills AppThreat's database with OSV records through its own reader; run by a Python that has it.

    VDB_HOME=FOLDER python vdb_fill.py RECORDS
"""

import json
import pathlib
import sys

from vdb.lib import config, db
from vdb.lib.osv import OSVSource

db.get()
db.clear_all()
source = OSVSource()
# Its own refresh reads the PyPI feed with this floor of years; without it older records are left out.
source._start_year = config.osv_feed_start_year("python")
read = 0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.json")):
    source.store(source.convert(json.loads(path.read_text())))
    read += 1
print(f"{read} records; rows of data and of the index: {db.stats()}", file=sys.stderr)
db.optimize_and_close_all()
