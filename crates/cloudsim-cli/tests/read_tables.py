"""Reads the tables of a sweep with DuckDB and pandas, and compares them with what `sweep -o json` said.

The folder that is named first holds `sweep.json`, which was printed, and the folders that were written: `sweep`, and that of
the document on sweeps. The second is the one of the documents.
"""

import json
import os
import re
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas

place, documents = Path(sys.argv[1]), Path(sys.argv[2])
said = json.loads((place / "sweep.json").read_text(), parse_float=Decimal, parse_int=Decimal)
tables = place / "sweep"
factor = "auto_scaling_groups.nodes.desired"


def sql(question):
    return duckdb.sql(question.format(tables=tables, factor=factor)).fetchall()


def same(what, one, other):
    assert one == other, f"{what}: {one} instead of {other}"


# Each run, its value and whether it is within the limit, censored ones among them.
censored = 0
for number, point in enumerate(said["points"]):
    rows = sql(
        "select seed, digest, actual, met from '{tables}/runs.parquet' join '{tables}/objectives.parquet' "
        f"using (seed, point) where point = {number} order by seed"
    )
    runs = [(run["seed"], run["digest"], run["objectives"][0]["actual"], run["objectives"][0]["met"]) for run in point["runs"]]
    same(f"the runs of point {number}", rows, runs)
    censored += sum(actual is None for _, _, actual, _ in rows)
assert 0 < censored < 60, censored

# One question groups by a factor.
groups = sql(
    'select "{factor}", count(*), count(actual), count(*) filter (not met) '
    "from '{tables}/objectives.parquet' group by all order by 1"
)
expected = []
for value in said["factors"][0]["values"]:
    of = value["objectives"][0]
    runs = of["runs"]
    expected.append((value["value"], runs["measured"] + runs["censored"], runs["measured"], of["breaches"]["runs"]))
same("breaches by factor", groups, expected)

# Every column is as `schema tables` describes it.
described = json.loads((documents / "schema/tables.json").read_text())["properties"]
names = {"STRING": "VARCHAR", "UINT64": "UBIGINT"}
for table, schema in described.items():
    columns = [(name, names.get(of["format"], of["format"])) for name, of in schema["items"]["properties"].items()]
    found = sql(f"select column_name, column_type from (describe select * from '{tables}/{table}.parquet')")
    same(f"the columns of {table}", found, columns[:2] + [(factor, "VARCHAR")] + columns[2:])

# The phases of an outage follow each other from its start to its end.
torn = sql(
    "select count(*) from (select seed, point, service, outage, min(from_s) a, max(to_s) b, sum(to_s - from_s) spans "
    "from '{tables}/phases.parquet' group by all) join '{tables}/outages.parquet' using (seed, point, service, outage) "
    "where a <> started_s or spans <> b - a or b <> coalesce(restored_s, b)"
)
same("outages that are not the sum of their phases", torn, [(0,)])

# pandas reads the same rows, the empty tables too.
for table in sorted(tables.glob("*.parquet")):
    frame = pandas.read_parquet(table)
    rows = duckdb.sql(f"select count(*) from '{table}'").fetchall()[0][0]
    same(f"rows of {table.name}", len(frame), rows)
    same(f"columns of {table.name}", list(frame.columns[:3]), ["seed", "point", factor])
    same(f"the type of the seed in {table.name}", str(frame["seed"].dtype), "uint64")
frame = pandas.read_parquet(tables / "outages.parquet")
total = sum((of for of in frame["rto_s"] if of is not None), Decimal(0))
same("the sum of recovery times", total, sql("select sum(rto_s) from '{tables}/outages.parquet'")[0][0])

# What the document shows is what is printed.
text = (documents / "sweeps.md").read_text()
question, shown = re.search(r"```sql\n(.*?)```\n\n```text\n(.*?)```\n", text, re.DOTALL).groups()
os.chdir(place)
lines = [line.split("│") for line in shown.splitlines() if line.startswith("│")]
cells = [tuple(cell.strip() for cell in line[1:-1]) for line in lines]
relation = duckdb.sql(question)
same("the head of the document's table", cells[0], tuple(relation.columns))
same("the document's table", cells[2:], [tuple(str(cell) for cell in row) for row in relation.fetchall()])
