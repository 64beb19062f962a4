"""Beside the traffic: a stream is followed, kept in a state folder, and judged again and again."""
