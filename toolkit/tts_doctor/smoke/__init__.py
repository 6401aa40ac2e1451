"""What a smoke test asks of a speech service, and what the answers mean. Values in, values out; sends nothing."""
