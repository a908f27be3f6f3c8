"""What is true about feeds, networks, strikes and SQL; it never hears of Prefect."""

__version__ = "0.1.0"
