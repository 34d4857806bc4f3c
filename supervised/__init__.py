"""Learning from labels: data, models, training, and the simple method next to them."""
