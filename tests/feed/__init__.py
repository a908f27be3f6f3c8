"""Tests of piquet.feed."""
