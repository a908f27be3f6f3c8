"""Simulated readers, and whether the impact report says of them what is true."""
