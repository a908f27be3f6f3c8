"""Cycles killed at every step and at random moments, and what stands on the networks in the end."""
