"""A newsroom small enough to try every order of events: real rules and ledger, invented feed, networks and clock."""
