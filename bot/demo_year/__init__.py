"""A plausible year of orders, made from a seed, so that lists, reports and speed can be judged."""
