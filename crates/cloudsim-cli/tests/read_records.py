"""Reads the records of a run with DuckDB, and compares each with its line of JSON.

The folder that is named holds `run.jsonl` and `run.parquet`, of the same run.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb

place = Path(sys.argv[1])
FLAT = ["request", "class", "outcome", "code", "cause", "zone", "tries"]


def nanos(seconds):
    return int(Decimal(seconds) * 10**9)


rows = duckdb.sql(f"from '{place}/run.parquet' order by number")
columns = rows.columns
lines = [json.loads(line, parse_float=Decimal) for line in (place / "run.jsonl").read_text().splitlines()]
found = rows.fetchall()
assert len(found) == len(lines), (len(found), len(lines))
requests = 0
for line, row in zip(lines, found):
    row = dict(zip(columns, row))
    assert (row["at_ns"], row["number"], row["kind"]) == (nanos(line["at_s"]), line["number"], line["kind"]), (line, row)
    detail = json.loads(row["detail"] or "{}", parse_float=Decimal)
    if line["kind"] == "RequestFinished":
        requests += 1
        assert all(row[name] == line[name] for name in FLAT), (line, row)
        assert row["arrived_ns"] == nanos(line["arrived_s"]), (line, row)
        assert row["latency_ns"] == row["at_ns"] - row["arrived_ns"], (line, row)
        hops = [row[f"hop_{place}"] for place in range(1, 9)]
        assert hops == line["hops"] + [None] * (8 - len(line["hops"])), (line, row)
    else:
        rest = {key: value for key, value in line.items() if key not in ("at_s", "number", "kind")}
        assert detail == rest, (line, row)
    if line["kind"] == "TargetHealthChanged":
        assert (row["subject"], row["state"]) == (line["target"], line["health"]), (line, row)
    if line["kind"] == "FaultStarted":
        assert row["subject"] == lines[0]["faults"][line["fault"]]["name"], (line, row)
assert requests > 1000, requests
