"""A pull step of prefect.yaml: where the flows are on the worker that runs them."""

from pathlib import Path

import flows


def project_folder() -> dict[str, str]:
    """The folder that holds `flows/`, wherever Piquet is installed, so that prefect.yaml names no machine's path."""
    return {"directory": str(Path(flows.__file__).parents[1])}
