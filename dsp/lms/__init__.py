"""Language models: messages in, completions out. Capability by wrapping: `cached(limited(retrying(openai)))`."""
