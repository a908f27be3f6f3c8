"""The wall: an embedded network, one loopback server that shows what readers would see; knows no adapter."""
