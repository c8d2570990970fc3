"""A stand-in for RunComfy's Model API on loopback: a real queue, real MP4s, no token, no bill.

Start it with `python -m runcomfy_jupyter.sandbox`. It needs the extra `sandbox` and shares no code with the
client, so that each can find the other's misreading of the API.
"""
