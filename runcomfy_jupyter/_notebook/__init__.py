"""The hands in the notebook: magics and cards. Nothing is decided here."""
