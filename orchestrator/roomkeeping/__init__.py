"""Brings digital rooms to what is wanted of them, and fetches what was made there; keeper.py is the heart."""
