"""The MCP server: what an AI assistant may see of cloudcrate, and, where it is allowed to, do with it."""
