"""How long the fuzzers look: the usual number of examples in `make test`, many more with `make fuzz`."""

import os

from hypothesis import settings

if "FUZZ" in os.environ:
    settings.register_profile("fuzz", max_examples=int(os.environ["FUZZ"]), deadline=None)
    settings.load_profile("fuzz")
