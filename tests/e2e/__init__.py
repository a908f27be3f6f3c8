"""The whole of it: a Prefect server, the wall, the command line, as a stranger would run them."""
