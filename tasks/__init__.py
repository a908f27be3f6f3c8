"""One step of a cycle each: names, retries, log lines and artifacts around the rules of piquet."""
