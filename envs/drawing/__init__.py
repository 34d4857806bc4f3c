"""Pictures of the worlds: one canvas, one drawer a world; no event loop here."""
