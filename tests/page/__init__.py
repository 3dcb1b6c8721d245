"""The page of the playground, in a real browser on a real server."""
