"""Who uses works, where and how often: seen, counted, written by the day, read."""
