"""A whole strike day played in minutes on walls of its own, with the real rules; nothing of it reaches a real account."""
