"""Meetings: who plays whom, under what rules, and what may be concluded from it."""
