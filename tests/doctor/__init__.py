"""Installations that are well, broken in one place each, and looked at by `piquet doctor`."""
