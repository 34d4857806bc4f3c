"""The playground: a small network learns in the plane while its settings are changed."""
