"""What is known of libraries and tools: one record a thing, with its source. What has none is unknown."""
