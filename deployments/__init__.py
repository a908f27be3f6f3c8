"""The outermost layer: command line, applying outlets, the demo, what runs on this machine."""
