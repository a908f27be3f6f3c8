"""docs/deploy.md, followed literally on this machine: `python -m tests.deploy`."""
