"""All that `make bench` measures, one report after the other; 0 only where every line of every report holds."""

import subprocess
import sys

from benchmarks.measure import ROOT, python

REPORTS = {
    "cycle": "A cycle, beside a plain loop and an empty flow run",
    "growth": "The ledger's questions as it grows",
    "workers": "Workers that share one ledger",
}


def main() -> int:
    """Run each; the highest exit code."""
    codes = [_report(module, title) for module, title in REPORTS.items()]
    return max(codes)


def _report(module: str, title: str) -> int:
    print(f"\n# {title}\n", flush=True)
    return subprocess.run(python(f"benchmarks.{module}"), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
