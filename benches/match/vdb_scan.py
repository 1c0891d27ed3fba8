"""Asks AppThreat's database about a CycloneDX file; a line of id, package URL for each hit.

    VDB_HOME=FOLDER python vdb_scan.py SBOM

`search_bom_detailed` without data is the quickest of its ways: it asks for many components in one query.
"""

import sys

from vdb.lib import db, search

db.get(read_only=True)
for component in search.search_bom_detailed(sys.argv[1], with_data=False)["components"]:
    for hit in component["results"]:
        print(hit["cve_id"], component["locator"]["purl"], sep="\t")
