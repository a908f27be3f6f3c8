"""A long run of one-minute cycles on a real Prefect server and worker: does anything grow that should not?"""
