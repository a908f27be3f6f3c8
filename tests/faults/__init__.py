"""Trouble between the outbox and every network: exactly one post in the end."""
