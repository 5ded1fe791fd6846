"""Digital meeting rooms: one Protocol (provider.py), and the products that are reached through it."""
