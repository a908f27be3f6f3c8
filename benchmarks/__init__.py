"""Measurements, beside other software in the same run."""
