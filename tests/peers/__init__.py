"""The fault table of Piquet's peers, run against Piquet over real sockets."""
