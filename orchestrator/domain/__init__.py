"""The rules of a meeting, pure: no clock, no I/O, no randomness.

``decide(state, command, now, actor)`` returns events or raises ``Refused``;
``evolve(state, event)`` never fails.
"""
