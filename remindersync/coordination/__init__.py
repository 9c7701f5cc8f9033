"""Redis: locks and the limiter."""
