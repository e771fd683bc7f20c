"""Runs a sweep of cloudsim on a Dask cluster: plans it, maps its shards to the workers, merges the parts.

    python sweep.py --scheduler tcp://HOST:8786 --shards 40 --out PLACE -- mine.ron --seeds 0..4000

What stands behind `--` is what `cloudsim sweep` takes. PLACE is a folder that the workers share; the plan goes with the tasks.
The result is what `cloudsim sweep` prints on one machine, byte for byte.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from distributed import Client

INPUT_IS_WRONG = 2


class InputIsWrong(Exception):
    """Trying again does not help."""


def run_shard(program, plan, shard, out):
    """Runs a shard on a worker, which has nothing but the program and PLACE."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        path.write_text(plan)
        command = [program, "sweep", "run", "--plan", str(path), "--shard", str(shard), "--out", out, "--jobs", "1"]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode == INPUT_IS_WRONG:
        raise InputIsWrong(ended.stderr)
    if ended.returncode != 0:
        raise RuntimeError(ended.stderr)
    return shard


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scheduler", required=True)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--out", required=True, help="a folder that the workers share")
    parser.add_argument("--program", default="cloudsim", help="as the workers find it, and this machine")
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--output", choices=["text", "json"], default="text")
    parser.add_argument("sweep", nargs="+", help="what is swept, behind `--`")
    args = parser.parse_args()
    try:
        planned = subprocess.run(
            [args.program, "sweep", "plan", *args.sweep, "--shards", str(args.shards)], stdout=subprocess.PIPE, text=True
        )
    except OSError as problem:
        print(f"error: {args.program} cannot be run here: {problem.strerror}", file=sys.stderr)
        return 1
    if planned.returncode != 0:
        return planned.returncode
    try:
        client = Client(args.scheduler)
    except OSError as problem:
        print(f"error: no scheduler of Dask at {args.scheduler}: {problem}", file=sys.stderr)
        return 1
    with client:
        plan = client.scatter(planned.stdout, broadcast=True)
        shards = range(args.shards)
        # A worker that dies takes its tasks with it; they are run again elsewhere, and a part is whole or not there.
        tasks = [
            client.submit(run_shard, args.program, plan, shard, args.out, pure=False, retries=args.retries)
            for shard in shards
        ]
        try:
            client.gather(tasks)
        except InputIsWrong as problem:
            print(problem, file=sys.stderr)
            return INPUT_IS_WRONG
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        path.write_text(planned.stdout)
        merge = [args.program, "sweep", "merge", args.out, "--plan", str(path), "-o", args.output]
        return subprocess.run(merge).returncode


if __name__ == "__main__":
    sys.exit(main())
