"""Were we noticed? Strike days set beside ordinary ones, as values, words, pictures and CSV; the ledger is read, never written."""
