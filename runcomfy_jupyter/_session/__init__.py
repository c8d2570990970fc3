"""The plain Python face: a session with its ledger and its runner, and the jobs it hands out."""
