"""What a run meets on a bad day: Prefect's server, the ledger, the disk and the clock failing in its midst."""
