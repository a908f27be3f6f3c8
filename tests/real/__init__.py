"""Real servers of two networks, installed and started for the tests."""
