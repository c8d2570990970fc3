"""The ledger's tables, as numbered steps. Each runs once, in one transaction with its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_jupyter.errors import StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


def _jobs(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE jobs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            base_url TEXT NOT NULL,
            model TEXT NOT NULL,
            inputs TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            state TEXT NOT NULL,
            save_dir TEXT NOT NULL,
            created_at REAL NOT NULL,
            sent_at REAL,
            request_id TEXT,
            accepted_at REAL,
            started_at REAL,
            finished_at REAL,
            cost_usd TEXT,
            error TEXT NOT NULL DEFAULT '',
            files TEXT NOT NULL DEFAULT '[]',
            owner TEXT
        )
        """
    )
    db.execute("CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint, seq)")
    db.execute("CREATE INDEX jobs_by_request ON jobs (request_id)")
    db.execute("CREATE INDEX jobs_by_state ON jobs (state, seq)")
    db.execute("CREATE INDEX jobs_by_model ON jobs (model, state, seq)")


def _notebooks(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE jobs ADD COLUMN notebook TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX jobs_by_notebook ON jobs (notebook, seq)")


def _money_and_ends(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE jobs ADD COLUMN estimate_usd TEXT")
    db.execute("ALTER TABLE jobs ADD COLUMN asked TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE jobs ADD COLUMN gone_at REAL")
    db.execute("ALTER TABLE jobs ADD COLUMN seen_late INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX jobs_by_asked ON jobs (asked, seq)")
    # What is added up is read from here alone, not from rows that hold whole prompts.
    db.execute("CREATE INDEX jobs_by_cost ON jobs (base_url, state, cost_usd)")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_jobs, _notebooks, _money_and_ends)


def migrate(db: sqlite3.Connection) -> None:
    """Bring the ledger up to date; several kernels may try at once."""
    while (done := steps_done(db)) < len(STEPS):
        with db:
            db.execute("BEGIN IMMEDIATE")
            if steps_done(db) == done:
                STEPS[done](db)
                db.execute(f"PRAGMA user_version = {done + 1}")


def steps_done(db: sqlite3.Connection) -> int:
    """Return how many steps a ledger has behind it; raise `StorageError` for more than are known here."""
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if done > len(STEPS):
        message = "The ledger was written by a newer runcomfy_jupyter than this one."
        raise StorageError(message, hint="Upgrade with pip install -U runcomfy_jupyter.")
    return done
