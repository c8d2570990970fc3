"""The wire: the one floor that knows httpx, and what RunComfy's Model API looks like in bytes."""
