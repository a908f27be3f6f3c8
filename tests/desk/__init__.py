"""The strike desk as community managers use it: a real browser, a real Prefect server, a worker, the wall."""
